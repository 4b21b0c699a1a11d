"""Taking in owners and stores from files."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from domain.kernel.columns import Columns
from domain.kernel.import_reports import ImportReport
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.lines import read_line
from domain.kernel.look_alikes import look_alikes
from domain.kernel.places import Datum, Position
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row, read_all
from domain.kernel.versions import all_risen
from domain.kernel.wording import Wording, sayable
from domain.network.directory import Directory, NetworkPorts
from domain.network.divisions import Divisions
from domain.network.hours import OpeningHours, read_hours
from domain.network.positions import (
    position_notes,
    position_remarks,
    read_position,
    refuse_far_off,
)
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

OWNER_COLUMNS = Columns(
    names={
        "owner_code": ("业主编号", "业主编码", "加盟商编号"),
        "name": ("业主名称", "名称"),
        "kind": ("业主类型", "类型"),
    },
    ids=("owner_code",),
    codes=frozenset({"owner_code"}),
)
STORE_COLUMNS = Columns(
    names={
        "store_id": ("门店编号", "门店编码", "店铺编号", "店号"),
        "name": ("门店名称", "店铺名称", "店名"),
        "owner_code": ("业主编号", "业主编码", "加盟商编号"),
        "district": ("区划代码", "行政区划"),
        "address": ("地址", "详细地址"),
        "longitude": ("经度",),
        "latitude": ("纬度",),
        "datum": ("坐标系",),
        "phone": ("电话", "联系电话"),
        "kind": ("门店类型", "类型"),
        "state": ("营业状态", "状态"),
        "services": ("服务",),
        "capacity_a_day": ("日接单量", "每日接单量"),
        "opening_hours": ("营业时间",),
        "region": ("区域", "所属区域"),
    },
    ids=("store_id",),
    codes=frozenset({"store_id", "owner_code", "district", "phone", "region"}),
)


async def import_owners(ports: NetworkPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Write the owners of a file with the columns owner_code, name, kind.

    A blank cell leaves what is there of an owner.
    """
    act.viewer.require("network.keep")
    table = await handed.table(OWNER_COLUMNS)

    async def read() -> RowsRead[OwnerId, Owner]:
        known = ports.source.directory().owners
        found = await handed.parse(
            table.rows,
            lambda row: _read_owner(row, known, ports.wording),
            key=lambda owner: owner.id,
        )
        eaten = look_alikes(found.rows, known, column="owner_code", what="owner")
        return RowsRead(
            existing=known,
            values=found.values,
            errors=[*table.errors, *found.errors],
            warnings=[*table.warnings, *eaten],
        )

    async def save(owners: Mapping[OwnerId, Owner]) -> None:
        await ports.writer.save_owners(all_risen(owners.values()))

    return await take_in(read, save, handed)


async def import_stores(ports: NetworkPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Write the stores of a file, and a region for each city that gets its first store.

    A blank cell leaves what is there of a store. A store that exists keeps its region: moving it
    takes its stock along, which is an action of its own.
    """
    act.viewer.require("network.keep")
    table = await handed.table(STORE_COLUMNS)

    async def read() -> RowsRead[StoreId, Store]:
        known = ports.source.directory()
        found = await handed.parse(
            table.rows,
            lambda row: _read_store(row, known, ports),
            key=lambda store: store.id,
        )
        eaten = look_alikes(found.rows, known.stores, column="store_id", what="store")
        return RowsRead(
            existing=known.stores,
            values=found.values,
            errors=[*table.errors, *found.errors],
            warnings=[
                *table.warnings,
                *eaten,
                *position_remarks(found.rows, found.values, known.stores, ports.divisions),
            ],
            notes=position_notes(found.values, ports.divisions),
        )

    async def save(stores: Mapping[StoreId, Store]) -> None:
        known = ports.source.directory().regions
        made = {
            store.region_id: replace(ports.divisions.region_of(store.district), version=0)
            for store in stores.values()
            if store.region_id not in known
        }
        await ports.writer.save_regions(all_risen(made.values()))
        await ports.writer.save_stores(all_risen(stores.values()))

    return await take_in(read, save, handed)


def _read_owner(row: Row, known: Mapping[OwnerId, Owner], wording: Wording) -> Owner:
    code = OwnerId(row.code("owner_code"))
    before = known.get(code)
    name = before.name if before and not row.says("name") else _line(row, "name", most=80)
    return Owner(
        id=code,
        name=sayable(wording, name, before.name if before else None, ["name"]),
        kind=before.kind if before and not row.says("kind") else row.one_of("kind", OwnerKind),
        version=before.version if before else 0,
    )


# What is read from a store's cells, and from which of them.
_StoreReader = Callable[[Row, Directory, Divisions], Any]
_STORE: Mapping[str, tuple[tuple[str, ...], _StoreReader]] = {
    "name": (("name",), lambda row, _, __: _line(row, "name", most=80)),
    "owner_id": (("owner_code",), lambda row, known, _: _owner(row, known)),
    "district": (
        ("district",),
        lambda row, _, divisions: divisions.district(row.code("district")).code,
    ),
    "address": (("address",), lambda row, _, __: _line(row, "address", most=200)),
    "position": (("longitude", "latitude", "datum"), lambda row, _, __: _position(row)),
    "phone": (("phone",), lambda row, _, __: row.id("phone") if row.optional("phone") else None),
    "kind": (("kind",), lambda row, _, __: row.one_of("kind", StoreKind)),
    "state": (("state",), lambda row, _, __: row.one_of("state", StoreState)),
    "services": (("services",), lambda row, _, __: row.some_of("services", Service)),
    "capacity_a_day": (
        ("capacity_a_day",),
        lambda row, _, __: row.integer("capacity_a_day", high=100_000),
    ),
    "opening_hours": (("opening_hours",), lambda row, _, __: _hours(row)),
}


def _read_store(row: Row, known: Directory, ports: NetworkPorts) -> Store:
    code = StoreId(row.code("store_id"))
    before = known.stores.get(code)
    fields = read_all(
        {
            name: partial(read, row, known, ports.divisions)
            for name, (columns, read) in _STORE.items()
            if before is None or any(map(row.says, columns))
        }
    )
    if before is not None:
        fields = {name: getattr(before, name) for name in _STORE} | fields
    sayable(ports.wording, fields["name"], before.name if before else None, ["name"])
    refuse_far_off(fields["position"], ports.divisions.by_code[fields["district"]])
    region_id = _region(row, code, fields["district"], known, ports.divisions)
    if before and fields["state"] not in {before.state, *STORE.next[before.state]}:
        raise Invalid(f"{before.id} is closed for ever; open another.", field=["state"])
    return Store(id=code, **fields, region_id=region_id, version=before.version if before else 0)


def _line(row: Row, column: str, *, most: int) -> str:
    return read_line(row.text(column, most=most), most=most, least=1, field=[column])


def _position(row: Row) -> Position:
    return read_position(
        row.number("longitude"), row.number("latitude"), row.one_of("datum", Datum)
    )


def _owner(row: Row, known: Directory) -> OwnerId:
    code = OwnerId(row.code("owner_code"))
    if code not in known.owners:
        raise Invalid(f"there is no owner {code}; import the owners first.", field=["owner_code"])
    return code


def _hours(row: Row) -> OpeningHours | None:
    text = row.optional("opening_hours")
    return read_hours(text, ["opening_hours"]) if text else None


def _region(
    row: Row, store_id: StoreId, district: str, known: Directory, divisions: Divisions
) -> RegionId:
    """The region that the store is in, else the one that the row names, else its city's."""
    named = row.code("region") if row.optional("region") else None
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
