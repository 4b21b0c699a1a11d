"""Stock as tills and warehouses count it: absolute numbers with the time they were taken."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.mall.catalogue import Sku
from domain.mall.ordering import NewId
from domain.mall.reference import Reference, ReferenceSource
from domain.mall.stock import Change, Delta, Event, Pool, PoolKey, Pools
from domain.mall.stores import StoreId
from domain.people.viewer import Role, Viewer
from domain.refusals import Invalid
from domain.tables import ImportMode, ImportReport, Row, RowError, parse_rows, read_rows

# A till's clock may run ahead of ours by this much.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocking:
    """The ports that feeds of stock need."""

    reference: ReferenceSource
    pools: Pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many units of a SKU a store had at a moment."""

    store_id: StoreId
    sku: Sku
    on_hand: int
    counted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Of how many counts the store's number was the first, or another one than before."""

    created: int = 0
    changed: int = 0


async def import_counts(
    stocking: Stocking,
    file: str,
    data: bytes,
    mode: ImportMode,
    *,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> ImportReport:
    """Take a file with the columns store_id, sku, on_hand and counted_at.

    A count that is no newer than the store's last one changes nothing.
    """
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    reference = stocking.reference.now()
    rows, unread = read_rows(file, data)
    counts, refused = parse_rows(
        rows,
        lambda row: _read_count(row, reference, now),
        key=lambda count: f"{count.store_id} {count.sku}",
    )
    errors = [*unread, *refused]
    if errors and mode is ImportMode.ALL_OR_NOTHING:
        return ImportReport(rows=_rows(counts, errors), errors=tuple(errors))
    taken = await take_counts(stocking, counts, actor=viewer.id, now=now, new_id=new_id)
    return ImportReport(
        rows=_rows(counts, errors),
        created=taken.created,
        changed=taken.changed,
        unchanged=len(counts) - taken.created - taken.changed,
        errors=tuple(errors),
    )


async def take_counts(
    stocking: Stocking, counts: Iterable[Count], *, actor: str, now: datetime, new_id: NewId
) -> Taken:
    """Set what stores have on hand to what they counted, the newest count winning."""
    reference = stocking.reference.now()
    by_pool: dict[PoolKey, list[Count]] = defaultdict(list)
    for count in counts:
        by_pool[reference.stores[count.store_id].region_id, count.sku].append(count)
    count_id, attempt = new_id("count"), new_id("try")
    before: dict[PoolKey, Pool] = {}

    def as_counted(pool: Pool) -> Change | None:
        before[pool.key] = pool
        deltas = [_delta(pool, count) for count in by_pool[pool.key]]
        found = tuple(delta for delta in deltas if delta is not None)
        if not found:
            return None
        return Change(
            id=count_id,
            attempt=attempt,
            region_id=pool.region_id,
            sku=pool.sku,
            event=Event.COUNTED,
            deltas=found,
            actor=actor,
            at=now,
        )

    changes = await stocking.pools.apply(by_pool, as_counted)
    await stocking.pools.settle(changes)
    done = [(before[one.key], delta) for one in changes for delta in one.deltas]
    return Taken(
        created=sum(delta.store_id not in pool.stores for pool, delta in done),
        changed=sum(delta.store_id in pool.stores and delta.on_hand != 0 for pool, delta in done),
    )


def _delta(pool: Pool, count: Count) -> Delta | None:
    """What a count changes; None where the store has counted later."""
    stock = pool.store(count.store_id)
    if stock.counted_at is not None and stock.counted_at >= count.counted_at:
        return None
    return Delta(
        store_id=count.store_id,
        on_hand=count.on_hand - stock.on_hand,
        counted_at=count.counted_at,
    )


def _read_count(row: Row, reference: Reference, now: datetime) -> Count:
    store_id, sku = StoreId(row.text("store_id")), Sku(row.text("sku"))
    if store_id not in reference.stores:
        raise Invalid(f"there is no store {store_id}; import it first.", field=["store_id"])
    if sku not in reference.variants:
        raise Invalid(f"there is no SKU {sku}; import its product first.", field=["sku"])
    counted_at = row.moment("counted_at") or now
    if counted_at > now + CLOCK_SKEW:
        raise Invalid(f"{counted_at.isoformat()} is yet to come.", field=["counted_at"])
    return Count(
        store_id=store_id,
        sku=sku,
        on_hand=row.integer("on_hand", high=1_000_000),
        counted_at=counted_at,
    )


def _rows(counts: Sequence[Count], errors: Sequence[RowError]) -> int:
    return len(counts) + len({(error.file, error.line) for error in errors})
