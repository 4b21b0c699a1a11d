"""Stores near a consumer: which are open, what they offer, what can be picked up there today."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.mall.stock.pools import Pool
from domain.mall.stock.showing import ShownStock
from domain.network.directory import DirectorySource
from domain.network.nearest import Near
from domain.network.stores import RegionId, Service, Store
from domain.people.act import Act

MOST_STORES = 50
MOST_SKUS = 20
# Farther than this nobody calls near.
FARTHEST_M = 100_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a store must offer to be told of."""

    open_now: bool = False
    services: frozenset[Service] = frozenset()
    skus: tuple[Sku, ...] = ()
    pickup_today: bool = False

    def __post_init__(self) -> None:
        """Refuse more SKUs than a cart would have."""
        if len(self.skus) > MOST_SKUS:
            raise Invalid(f"Ask for at most {MOST_SKUS} SKUs at a time.", field=["skus"])

    def offered_by(self, store: Store, now: datetime) -> bool:
        """Whether a store meets it, as far as that can be told without its stock."""
        if not store.receives or not self.services <= store.services:
            return False
        if self.pickup_today and not hands_over_today(store, now):
            return False
        return not self.open_now or store.open_at(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyStore:
    """A store, its distance, and its own units of the SKUs that were asked about.

    `pickup_today` is whether all of them can be picked up there before it closes today.
    """

    store: Store
    distance_m: float
    units: Mapping[Sku, int]
    pickup_today: bool


def hands_over_today(store: Store, now: datetime) -> bool:
    """Whether customers can still pick something up today: it offers pickup and is yet to close."""
    hours = store.opening_hours
    still_open = hours is None or hours.open_later_on(now)
    return store.hands_over and still_open


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyPorts(Ports):
    """What finding stores near a consumer needs."""

    reference: DirectorySource
    stock: ShownStock


async def nearby_stores(
    ports: NearbyPorts, act: Act, position: Position, wanted: Wanted, *, most: int
) -> list[NearbyStore]:
    """The nearest stores that offer what is wanted; one round trip a region that is new here.

    Where only stores with all SKUs count, the nearest 50 within 100 km are looked at.
    """
    if not 1 <= most <= MOST_STORES:
        raise Invalid(f"Ask for 1 to {MOST_STORES} stores.", field=["first"])
    near = ports.reference.directory().shop_map.nearest(
        position,
        most=MOST_STORES if wanted.pickup_today and wanted.skus else most,
        within_m=FARTHEST_M,
        where=lambda store: wanted.offered_by(store, act.at),
    )
    known = await _pools(ports.stock, near, wanted.skus)
    found = [_nearby(one, known, wanted.skus, act.at) for one in near]
    return [one for one in found if one.pickup_today or not wanted.pickup_today][:most]


async def _pools(
    stock: ShownStock, near: Sequence[Near], skus: Collection[Sku]
) -> Mapping[RegionId, Mapping[Sku, Pool]]:
    if not skus:
        return {}
    regions = sorted({one.store.region_id for one in near})
    return {region: await stock.pools(region, skus) for region in regions}


def _nearby(
    near: Near,
    known: Mapping[RegionId, Mapping[Sku, Pool]],
    skus: Collection[Sku],
    now: datetime,
) -> NearbyStore:
    store = near.store
    units = {sku: known[store.region_id][sku].store(store.id).available for sku in skus}
    return NearbyStore(
        store=store,
        distance_m=near.distance_m,
        units=units,
        pickup_today=hands_over_today(store, now) and all(units.values()),
    )
