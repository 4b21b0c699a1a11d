"""Whether stores stand where their rows say, as far as that can be told."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import fmean

from domain.kernel.import_reports import RowError
from domain.kernel.places import Datum, Position, distance_m
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row
from domain.network.divisions import Division, Divisions
from domain.network.stores import Store, StoreId

# The largest counties of Xinjiang and Tibet reach about this far from their centres.
FARTHEST_KM = 500
# Farther than this from its district's centre a store of most districts is outside its city.
FAR_KM = 60
# China's degrees of longitude and of latitude; neither range reaches into the other.
_EASTWARDS, _NORTHWARDS = (73.0, 136.0), (3.0, 54.0)
# As in 上海市上海市: whoever made the list joined two columns that both had it.
_SAID_TWICE = re.compile(r"(.{2,}?[省市区县州])\1")
# More neighbours than these are not named.
MOST_NAMED = 5


def read_position(longitude: float, latitude: float, datum: Datum) -> Position:
    """A position; one in China whose degrees were swapped is refused as that."""
    if _between(longitude, _NORTHWARDS) and _between(latitude, _EASTWARDS):
        raise Invalid(
            f"longitude {longitude:g} and latitude {latitude:g} look swapped: exchange the two "
            "(经度和纬度似乎写反了).",
            field=["longitude"],
        )
    return Position(longitude=longitude, latitude=latitude, datum=datum)


def refuse_far_off(position: Position, district: Division) -> None:
    """Refuse a position that can't be in its district."""
    away_km = distance_m(position, district.centre) / 1000
    if away_km > FARTHEST_KM:
        raise Invalid(
            f"this is {away_km:,.0f} km from {district.name}; check the position and the district.",
            field=["longitude"],
        )


def position_remarks(
    rows: Mapping[StoreId, Row],
    values: Mapping[StoreId, Store],
    known: Mapping[StoreId, Store],
    divisions: Divisions,
) -> Iterator[RowError]:
    """What is odd about where a file's stores stand.

    They are far from their districts, on one point, or in a city that is said twice.
    """
    here: dict[tuple[float, float], list[StoreId]] = defaultdict(list)
    for store in {**known, **values}.values():
        here[_point(store)].append(store.id)
    for code, store in values.items():
        district = divisions.by_code[store.district]
        away_km = distance_m(store.position, district.centre) / 1000
        if away_km > FAR_KM:
            message = (
                f"this is {away_km:,.0f} km from the centre of {district.name}, and looks far "
                "outside its city (离所属区县太远); check the position and the district."
            )
            yield rows[code].remark("longitude", message)
        if said_twice := _SAID_TWICE.match(store.address):
            message = f"{said_twice[1]} stands there twice (地址开头重复); leave one out."
            yield rows[code].remark("address", message)
        others = sorted(other for other in here[_point(store)] if other != code)
        if others:
            named = ", ".join(others[:MOST_NAMED]) + (" …" if len(others) > MOST_NAMED else "")
            message = f"{len(others)} more on this very point (位置重复): {named}; check them."
            yield rows[code].remark("longitude", message)


def position_notes(values: Mapping[StoreId, Store], divisions: Divisions) -> tuple[str, ...]:
    """How far a file's stores lie from their districts' centres, on average."""
    if not values:
        return ()
    average_km = fmean(
        distance_m(store.position, divisions.by_code[store.district].centre) / 1000
        for store in values.values()
    )
    return (
        f"{len(values)} stores lie {average_km:,.1f} km from their districts' centres on average; "
        "some 0.5 km more than before may be the other datum (WGS84, GCJ02).",
    )


def _between(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _point(store: Store) -> tuple[float, float]:
    """To a metre or so, in one datum."""
    position = store.position.to_gcj02()
    return round(position.longitude, 5), round(position.latitude, 5)
