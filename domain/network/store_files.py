"""Taking in owners and stores from files."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from domain.kernel.places import Datum, Position, distance_m
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.kernel.tables import (
    ImportMode,
    ImportReport,
    Row,
    RowError,
    parse_rows,
    plan_import,
    read_all,
    read_rows,
)
from domain.mall.reference import Reference, ReferenceSource, ReferenceWriter
from domain.network.divisions import Division, Divisions
from domain.network.hours import OpeningHours, parse_hours
from domain.network.stores import (
    Owner,
    OwnerId,
    OwnerKind,
    Region,
    RegionId,
    Service,
    Store,
    StoreId,
    StoreKind,
    StoreState,
)
from domain.people.viewer import Role, Viewer

# The largest counties of Xinjiang and Tibet reach about this far from their centres.
FARTHEST_KM = 500

K = TypeVar("K", bound=str)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPorts(Ports):
    """What the brand's network of stores is read from and written to."""

    reference: ReferenceSource
    writer: ReferenceWriter
    divisions: Divisions


async def import_owners(
    network: NetworkPorts, viewer: Viewer, file: str, data: bytes, *, mode: ImportMode
) -> ImportReport:
    """Write the owners of a file with the columns owner_code, name, kind."""
    viewer.require(Role.HEAD_OFFICE)
    values, errors = _values(file, data, _read_owner, key=lambda owner: owner.id)
    changes, counted = plan_import(
        existing=network.reference.now().owners, values=values, errors=errors, mode=mode
    )
    await network.writer.save_owners(list(changes.values()))
    return counted


async def import_stores(
    network: NetworkPorts, viewer: Viewer, file: str, data: bytes, *, mode: ImportMode
) -> ImportReport:
    """Write the stores of a file, and a region for each city that gets its first store.

    A store that exists keeps its region: moving it takes its stock along, which is an action of
    its own.
    """
    viewer.require(Role.HEAD_OFFICE)
    known = network.reference.now()
    made: dict[RegionId, Region] = {}

    def read(row: Row) -> Store:
        return _read_store(row, known, network.divisions, made)

    values, errors = _values(file, data, read, key=lambda store: store.id)
    changes, counted = plan_import(existing=known.stores, values=values, errors=errors, mode=mode)
    needed = {store.region_id for store in changes.values()}
    await network.writer.save_regions([region for region in made.values() if region.id in needed])
    await network.writer.save_stores([_next_version(store, known) for store in changes.values()])
    return counted


def _next_version(store: Store, known: Reference) -> Store:
    return replace(store, version=store.version + 1) if store.id in known.stores else store


def _values(
    file: str, data: bytes, read: Callable[[Row], T], *, key: Callable[[T], K]
) -> tuple[dict[K, T], list[RowError]]:
    rows, unread = read_rows(file, data)
    values, refused = parse_rows(rows, read, key=key)
    return {key(value): value for value in values}, [*unread, *refused]


def _read_owner(row: Row) -> Owner:
    return Owner(
        id=OwnerId(row.text("owner_code", most=40)),
        name=row.text("name"),
        kind=row.one_of("kind", OwnerKind),
    )


def _read_store(
    row: Row, known: Reference, divisions: Divisions, made: dict[RegionId, Region]
) -> Store:
    fields = read_all(
        {
            "id": lambda: StoreId(row.text("store_id", most=40)),
            "name": lambda: row.text("name", most=80),
            "owner_id": lambda: _owner(row, known),
            "district": lambda: divisions.district(row.text("district")).code,
            "address": lambda: row.text("address"),
            "position": lambda: Position(
                longitude=row.number("longitude"),
                latitude=row.number("latitude"),
                datum=row.one_of("datum", Datum),
            ),
            "phone": lambda: row.optional("phone"),
            "kind": lambda: row.one_of("kind", StoreKind),
            "state": lambda: row.one_of("state", StoreState),
            "services": lambda: frozenset(_service(name) for name in row.items("services")),
            "capacity_a_day": lambda: row.integer("capacity_a_day", high=100_000),
            "opening_hours": lambda: _hours(row),
        }
    )
    _refuse_far_off(fields["position"], divisions.by_code[fields["district"]])
    region = _region(row, fields["id"], fields["district"], known, divisions)
    if region.id not in known.regions:
        made[region.id] = region
    before = known.stores.get(fields["id"])
    closed = StoreState.CLOSED
    if before and before.state is closed and fields["state"] is not closed:
        raise Invalid(f"{before.id} is closed for ever; open another.", field=["state"])
    return Store(**fields, region_id=region.id, version=before.version if before else 1)


def _refuse_far_off(position: Position, district: Division) -> None:
    """Refuse a position that can't be in its district, such as one with its degrees mixed up."""
    away_km = distance_m(position, district.centre) / 1000
    if away_km > FARTHEST_KM:
        raise Invalid(
            f"this is {away_km:,.0f} km from {district.name}; check the position and the district.",
            field=["longitude"],
        )


def _owner(row: Row, known: Reference) -> OwnerId:
    code = OwnerId(row.text("owner_code", most=40))
    if code not in known.owners:
        raise Invalid(f"there is no owner {code}; import the owners first.", field=["owner_code"])
    return code


def _service(name: str) -> Service:
    try:
        return Service(name.upper())
    except ValueError:
        raise Invalid(
            f"{name!r} is not one of {', '.join(Service)}; separate them with semicolons.",
            field=["services"],
        ) from None


def _hours(row: Row) -> OpeningHours | None:
    text = row.optional("opening_hours")
    return parse_hours(text) if text else None


def _region(
    row: Row, store_id: StoreId, district: str, known: Reference, divisions: Divisions
) -> Region:
    """The region that the store is in, else the one that the row names, else its city's."""
    named = row.optional("region")
    store = known.stores.get(store_id)
    if store is None and named is None:
        return divisions.region_of(district)
    if store is not None and named not in (None, store.region_id):
        raise Invalid(
            f"{store_id} sells in region {store.region_id}; move it with storeMove, "
            "which takes its stock along.",
            field=["region"],
        )
    region = known.regions.get(store.region_id if store else RegionId(named or ""))
    if region is None:
        raise Invalid(f"there is no region {named}; make it with regionCreate.", field=["region"])
    return region
