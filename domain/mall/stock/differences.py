"""Stock as tills tell it sale by sale: differences, each with the till's own id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import NewId
from domain.kernel.refusals import Invalid
from domain.kernel.tables import ImportMode, ImportReport, Row, parse_rows, read_rows
from domain.mall.reference import Reference
from domain.mall.stock.counts import CLOCK_SKEW, MOST_UNITS, read_moment, read_place
from domain.mall.stock.pools import Change, Delta, Event, Pool, PoolKey, within_stock
from domain.mall.stock.stocking import StockPorts, conclude
from domain.network.stores import StoreId
from domain.people.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """So many units of a SKU more (or fewer) in a store; the id is the till's, unique there."""

    id: str
    store_id: StoreId
    sku: Sku
    units: int
    at: datetime
    reason: str = ""


async def import_differences(
    stocking: StockPorts,
    file: str,
    data: bytes,
    mode: ImportMode,
    *,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> ImportReport:
    """Take a file with the columns id, store_id, sku, units and at, and reason if there is one.

    An id that came before changes nothing.
    """
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    reference = stocking.reference.now()
    rows, unread = read_rows(file, data)
    found, refused = parse_rows(
        rows,
        lambda row: _read_difference(row, reference, now),
        key=lambda one: f"{one.store_id} {one.id} {one.sku}",
    )
    errors = [*unread, *refused]
    bad = len({(error.file, error.line) for error in errors})
    if errors and mode is ImportMode.ALL_OR_NOTHING:
        return ImportReport(rows=len(found) + bad, errors=tuple(errors))
    taken = await take_differences(stocking, found, actor=viewer.id, now=now, new_id=new_id)
    return ImportReport(
        rows=len(found) + bad,
        changed=taken,
        unchanged=len(found) - taken,
        errors=tuple(errors),
    )


async def tell_difference(
    stocking: StockPorts, difference: Difference, *, viewer: Viewer, now: datetime, new_id: NewId
) -> bool:
    """Add one difference to what a store has; tell whether it changed anything."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED, Role.STORE_MANAGER)
    if viewer.role is Role.STORE_MANAGER:
        viewer.require_store(difference.store_id)
    stocking.reference.now().catalogue.variant(difference.sku)
    if difference.at > now + CLOCK_SKEW:
        raise Invalid(f"{difference.at.isoformat()} is yet to come.", field=["input", "at"])
    if not difference.units or abs(difference.units) > MOST_UNITS:
        raise Invalid("Tell how many units more, or fewer.", field=["input", "units"])
    taken = await take_differences(stocking, [difference], actor=viewer.id, now=now, new_id=new_id)
    return taken == 1


async def take_differences(
    stocking: StockPorts,
    differences: Iterable[Difference],
    *,
    actor: str,
    now: datetime,
    new_id: NewId,
) -> int:
    """Add differences to what stores have on hand; tell how many changed something.

    One that a store has told before changes nothing, nor does one from before the store's last
    count, which has it in it.
    """
    reference, attempt = stocking.reference.now(), new_id("try")
    taken = 0
    left = [_change(one, reference, actor, attempt) for one in differences]
    while left:
        # Of each pool one at a time: each of them is a change of its own.
        first = {change.key: change for change in reversed(left)}
        left = [change for change in left if change is not first[change.key]]
        for key in await stocking.pools.recorded(list(first.values())):
            del first[key]
        done = await stocking.pools.apply(first, partial(_as_told, first))
        await conclude(stocking, done, now=now)
        taken += len(done)
    return taken


def _as_told(changes: Mapping[PoolKey, Change], pool: Pool) -> Change | None:
    """The difference of a pool, unless the store has counted since."""
    change = changes[pool.key]
    counted_at = pool.store(change.deltas[0].store_id).counted_at
    if counted_at is not None and counted_at >= change.at:
        return None
    return within_stock(change, pool)


def _change(one: Difference, reference: Reference, actor: str, attempt: str) -> Change:
    return Change(
        id=f"till:{one.store_id}:{one.id}",
        attempt=attempt,
        region_id=reference.store(one.store_id).region_id,
        sku=one.sku,
        event=Event.SOLD if one.units < 0 else Event.ADJUSTED,
        deltas=(Delta(store_id=one.store_id, on_hand=one.units),),
        actor=actor,
        at=one.at,
        reason=one.reason,
    )


def _read_difference(row: Row, reference: Reference, now: datetime) -> Difference:
    store_id, sku = read_place(row, reference)
    return Difference(
        id=row.text("id", most=64),
        store_id=store_id,
        sku=sku,
        units=row.integer("units", low=-MOST_UNITS, high=MOST_UNITS),
        at=read_moment(row, "at", now),
        reason=row.optional("reason") or "",
    )
