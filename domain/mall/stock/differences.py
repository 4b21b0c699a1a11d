"""Stock as tills tell it sale by sale: differences, each with the till's own id."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import State
from domain.kernel.codes import plain_id
from domain.kernel.columns import Columns
from domain.kernel.import_reports import MOST_CHANGES, ImportChange, ImportMode, ImportReport
from domain.kernel.imports import HandedIn
from domain.kernel.moments import CLOCK_SKEW
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row
from domain.mall.reference import Reference
from domain.mall.stock.counts import MOST_UNITS, read_moment, read_place
from domain.mall.stock.heeding import heed
from domain.mall.stock.ledger import as_done
from domain.mall.stock.operations import do_once
from domain.mall.stock.pools import Delta, Event, Movement, told_by_till
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import RegionId, StoreId
from domain.people.act import Act

MOST_AT_ONCE = 500
LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """So many units of a SKU more (or fewer) in a store; the id is the till's, unique there."""

    id: str
    store_id: StoreId
    sku: Sku
    units: int
    at: datetime
    reason: str = ""


COLUMNS = Columns(
    names={
        "id": ("流水号", "小票号", "单号"),
        "store_id": ("门店编号", "门店编码", "店铺编号", "店号"),
        "sku": ("SKU编码", "规格编码"),
        "units": ("变动数量", "增减数量"),
        "at": ("发生时间", "时间"),
        "reason": ("原因", "备注"),
    },
    ids=("id", "store_id", "sku"),
    codes=frozenset({"id", "store_id", "sku"}),
)


async def import_differences(ports: StockPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Take a file with the columns id, store_id, sku, units and at, and reason if there is one.

    An id that came before changes nothing.
    """
    act.viewer.require("stock.count")
    reference = ports.reference.now()
    table = await handed.table(COLUMNS)
    found = await handed.parse(
        table.rows,
        lambda row: _read_difference(row, reference, act),
        key=lambda one: f"{one.store_id} {one.id} {one.sku}",
    )
    told = list(found.values.values())
    report = ImportReport(
        rows=len(told), errors=(*table.errors, *found.errors), warnings=tuple(table.warnings)
    )
    report = replace(report, rows=len(told) + report.bad_rows)
    if report.errors and handed.mode is ImportMode.ALL_OR_NOTHING:
        return report
    if handed.only_check:
        new = await _untold(ports, act, told)
        changes = tuple(map(_change, new[:MOST_CHANGES]))
        return replace(report, changed=len(new), unchanged=len(told) - len(new), changes=changes)
    taken = await take_differences(ports, act, told)
    return replace(report, changed=taken, unchanged=len(told) - taken)


async def _untold(
    ports: StockPorts, act: Act, differences: Sequence[Difference]
) -> list[Difference]:
    """Those that would change something: told for the first time, and not counted since."""
    reference = ports.reference.now()
    found: list[Difference] = []
    for start in range(0, len(differences), MOST_AT_ONCE):
        part = differences[start : start + MOST_AT_ONCE]
        movements = [_movement(one, reference, act.viewer.id) for one in part]
        told = await ports.pools.ledger.entries([one.id for one in movements])
        skus: dict[RegionId, set[Sku]] = defaultdict(set)
        for movement in movements:
            skus[movement.region_id].add(movement.sku)
        pools = {
            (region, sku): pool
            for region, wanted in skus.items()
            for sku, pool in (await ports.pools.load(region, wanted)).items()
        }
        found += [
            one
            for one, movement in zip(part, movements, strict=True)
            if movement.id not in told and as_done(movement, pools[movement.key]) is not None
        ]
    return found


def _change(one: Difference) -> ImportChange:
    return ImportChange(
        id=f"{one.store_id} {one.id}", is_new=False, differences=(f"{one.sku}: {one.units:+}",)
    )


async def tell_difference(ports: StockPorts, act: Act, difference: Difference) -> bool:
    """Add one difference to what a store has; tell whether it changed anything."""
    act.viewer.require("stock.adjust", store=difference.store_id)
    reference = ports.reference.now()
    reference.store(difference.store_id)
    reference.catalogue.variant(difference.sku)
    if difference.at > act.at + CLOCK_SKEW:
        raise Invalid(f"{difference.at.isoformat()} is yet to come.", field=["input", "at"])
    if not difference.units or abs(difference.units) > MOST_UNITS:
        raise Invalid("Tell how many units more, or fewer.", field=["input", "units"])
    told = replace(difference, id=plain_id(difference.id))
    if not 1 <= len(told.id) <= LONGEST_ID:
        raise Invalid(f"Give it the till's own id, of 1 to {LONGEST_ID} characters.", field=["id"])
    return await take_differences(ports, act, [told]) == 1


async def take_differences(ports: StockPorts, act: Act, differences: Sequence[Difference]) -> int:
    """Add differences to what stores have on hand; tell how many changed something.

    One that a store has told before changes nothing, nor does one from before the store's last
    count, which has it in it. Ids are told apart by every letter, capital or small.
    """
    reference = ports.reference.now()
    taken = 0
    for start in range(0, len(differences), MOST_AT_ONCE):
        part = [
            _movement(one, reference, act.viewer.id)
            for one in differences[start : start + MOST_AT_ONCE]
        ]
        entries = await do_once(ports.pools, part, first=heed(ports, act))
        taken += sum(entry.fresh and entry.state is State.APPLIED for entry in entries)
    return taken


def _movement(one: Difference, reference: Reference, actor: str) -> Movement:
    return Movement(
        change_id=told_by_till(one.store_id, one.id),
        region_id=reference.store(one.store_id).region_id,
        sku=one.sku,
        event=Event.SOLD if one.units < 0 else Event.ADJUSTED,
        delta=Delta(store_id=one.store_id, on_hand=one.units),
        actor=actor,
        at=one.at,
        reason=one.reason,
    )


def _read_difference(row: Row, reference: Reference, act: Act) -> Difference:
    store_id, sku = read_place(row, reference, act.viewer)
    return Difference(
        id=row.id("id", most=LONGEST_ID),
        store_id=store_id,
        sku=sku,
        units=row.integer("units", low=-MOST_UNITS, high=MOST_UNITS),
        at=read_moment(row, "at", act.at),
        reason=row.optional("reason") or "",
    )
