"""The stores nearest to a position, against looking at every one of them."""

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.places import Datum, Position, distance_m
from domain.network.nearest import StoreMap
from tests.support.builders import a_store

positions = st.builds(
    Position,
    longitude=st.floats(73, 135),
    latitude=st.floats(3, 54),
    datum=st.sampled_from(Datum),
)
# Some stand close together, some on the very same spot.
clustered = st.builds(
    Position,
    longitude=st.integers(1206, 1209).map(lambda tenths: tenths / 10),
    latitude=st.integers(312, 315).map(lambda tenths: tenths / 10),
    datum=st.just(Datum.GCJ02),
)
anywhere = st.one_of(positions, clustered)


def stores_at(places):
    return [a_store(f"S{index:03d}", position=place) for index, place in enumerate(places)]


@given(st.lists(anywhere, max_size=40), anywhere, st.integers(1, 6), st.floats(1, 3_000_000))
def test_the_map_finds_what_looking_at_every_store_finds(places, here, most, within_m):
    stores = stores_at(places)

    def wanted(store):
        return int(store.id[1:]) % 3 != 0

    away_m = {store.id: distance_m(here, store.position) for store in stores}
    near = [store.id for store in stores if away_m[store.id] <= within_m and wanted(store)]
    near.sort(key=lambda store_id: (away_m[store_id], store_id))
    found = StoreMap(stores).nearest(here, most=most, within_m=within_m, where=wanted)
    assert [one.store.id for one in found] == near[:most]


def test_stores_at_one_distance_come_in_the_order_of_their_ids():
    spot = Position(longitude=120.6, latitude=31.3, datum=Datum.GCJ02)
    stores = stores_at([spot] * 5)
    found = StoreMap(reversed(stores)).nearest(spot, most=3)
    assert [one.store.id for one in found] == ["S000", "S001", "S002"]
