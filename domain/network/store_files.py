"""Taking in owners and stores from files."""

from collections.abc import Mapping
from dataclasses import replace

from domain.kernel.codes import read_code
from domain.kernel.imports import RowsRead, take_in
from domain.kernel.lines import read_line
from domain.kernel.places import Datum, Position, distance_m
from domain.kernel.refusals import Invalid
from domain.kernel.tables import ImportMode, ImportReport, Row, read_all, read_values
from domain.kernel.versions import all_risen
from domain.network.directory import Directory, NetworkPorts
from domain.network.divisions import Division, Divisions
from domain.network.hours import OpeningHours, parse_hours
from domain.network.stores import (
    STORE,
    Owner,
    OwnerId,
    OwnerKind,
    RegionId,
    Service,
    Store,
    StoreId,
    StoreKind,
    StoreState,
)
from domain.people.act import Act
from domain.people.viewer import Role

# The largest counties of Xinjiang and Tibet reach about this far from their centres.
FARTHEST_KM = 500


async def import_owners(
    ports: NetworkPorts, act: Act, file: str, data: bytes, *, mode: ImportMode
) -> ImportReport:
    """Write the owners of a file with the columns owner_code, name, kind."""
    act.viewer.require(Role.HEAD_OFFICE)

    async def read() -> RowsRead[OwnerId, Owner]:
        known = ports.source.directory().owners
        values, errors = read_values(
            file, data, lambda row: _read_owner(row, known), key=lambda owner: owner.id
        )
        return RowsRead(existing=known, values=values, errors=errors)

    async def save(owners: Mapping[OwnerId, Owner]) -> None:
        await ports.writer.save_owners(all_risen(owners.values()))

    return await take_in(read, save, mode)


async def import_stores(
    ports: NetworkPorts, act: Act, file: str, data: bytes, *, mode: ImportMode
) -> ImportReport:
    """Write the stores of a file, and a region for each city that gets its first store.

    A store that exists keeps its region: moving it takes its stock along, which is an action of
    its own.
    """
    act.viewer.require(Role.HEAD_OFFICE)

    async def read() -> RowsRead[StoreId, Store]:
        known = ports.source.directory()
        values, errors = read_values(
            file,
            data,
            lambda row: _read_store(row, known, ports.divisions),
            key=lambda store: store.id,
        )
        return RowsRead(existing=known.stores, values=values, errors=errors)

    async def save(stores: Mapping[StoreId, Store]) -> None:
        known = ports.source.directory().regions
        made = {
            store.region_id: replace(ports.divisions.region_of(store.district), version=0)
            for store in stores.values()
            if store.region_id not in known
        }
        await ports.writer.save_regions(all_risen(made.values()))
        await ports.writer.save_stores(all_risen(stores.values()))

    return await take_in(read, save, mode)


def _read_owner(row: Row, known: Mapping[OwnerId, Owner]) -> Owner:
    code = OwnerId(read_code(row.text("owner_code"), ["owner_code"]))
    before = known.get(code)
    return Owner(
        id=code,
        name=_line(row, "name", most=80),
        kind=row.one_of("kind", OwnerKind),
        version=before.version if before else 0,
    )


def _read_store(row: Row, known: Directory, divisions: Divisions) -> Store:
    fields = read_all(
        {
            "id": lambda: StoreId(read_code(row.text("store_id"), ["store_id"])),
            "name": lambda: _line(row, "name", most=80),
            "owner_id": lambda: _owner(row, known),
            "district": lambda: divisions.district(row.text("district")).code,
            "address": lambda: _line(row, "address", most=200),
            "position": lambda: Position(
                longitude=row.number("longitude"),
                latitude=row.number("latitude"),
                datum=row.one_of("datum", Datum),
            ),
            "phone": lambda: _line(row, "phone", most=40) if row.optional("phone") else None,
            "kind": lambda: row.one_of("kind", StoreKind),
            "state": lambda: row.one_of("state", StoreState),
            "services": lambda: frozenset(_service(name) for name in row.items("services")),
            "capacity_a_day": lambda: row.integer("capacity_a_day", high=100_000),
            "opening_hours": lambda: _hours(row),
        }
    )
    _refuse_far_off(fields["position"], divisions.by_code[fields["district"]])
    region_id = _region(row, fields["id"], fields["district"], known, divisions)
    before = known.stores.get(fields["id"])
    if before and fields["state"] not in {before.state, *STORE.next[before.state]}:
        raise Invalid(f"{before.id} is closed for ever; open another.", field=["state"])
    return Store(**fields, region_id=region_id, version=before.version if before else 0)


def _refuse_far_off(position: Position, district: Division) -> None:
    """Refuse a position that can't be in its district, such as one with its degrees mixed up."""
    away_km = distance_m(position, district.centre) / 1000
    if away_km > FARTHEST_KM:
        raise Invalid(
            f"this is {away_km:,.0f} km from {district.name}; check the position and the district.",
            field=["longitude"],
        )


def _line(row: Row, column: str, *, most: int) -> str:
    return read_line(row.text(column, most=most), most=most, least=1, field=[column])


def _owner(row: Row, known: Directory) -> OwnerId:
    code = OwnerId(read_code(row.text("owner_code"), ["owner_code"]))
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
    row: Row, store_id: StoreId, district: str, known: Directory, divisions: Divisions
) -> RegionId:
    """The region that the store is in, else the one that the row names, else its city's."""
    said = row.optional("region")
    named = read_code(said, ["region"]) if said else None
    store = known.stores.get(store_id)
    if store is None and named is None:
        return divisions.region_of(district).id
    if store is not None and named not in (None, store.region_id):
        raise Invalid(
            f"{store_id} sells in region {store.region_id}; move it with storeMove, "
            "which takes its stock along.",
            field=["region"],
        )
    region = known.regions.get(store.region_id if store else RegionId(named or ""))
    if region is None:
        raise Invalid(f"there is no region {named}; make it with regionCreate.", field=["region"])
    return region.id
