"""Stock as tills and warehouses count it: absolute numbers with the time they were taken."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.kernel.columns import Columns
from domain.kernel.import_reports import (
    MOST_CHANGES,
    ImportChange,
    ImportMode,
    ImportReport,
    RowError,
)
from domain.kernel.imports import HandedIn
from domain.kernel.look_alikes import padded
from domain.kernel.moments import CLOCK_SKEW
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row
from domain.mall.reference import Reference
from domain.mall.stock.holding_back import Doubting, hold_back_if_changed
from domain.mall.stock.pools import Change, Delta, Event, Pool, PoolKey
from domain.mall.stock.safety import SafetyRule, held_back
from domain.mall.stock.stocking import StockPorts, shortage_of
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Viewer

MOST_UNITS = 1_000_000
# What tells nothing of units that came or went since a count.
NO_NEWS = frozenset({Event.COUNTED, Event.CORRECTED, Event.MOVED_OUT, Event.MOVED_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many units of a SKU a store had at a moment; None for a number that was not told."""

    store_id: StoreId
    sku: Sku
    on_hand: int
    counted_at: datetime
    damaged: int | None = None
    incoming: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Of how many counts the store's number was the first, or another one than before."""

    created: int = 0
    changed: int = 0
    changes: tuple[ImportChange, ...] = ()

    def and_(self, more: "Taken") -> "Taken":
        """Both together."""
        return Taken(
            created=self.created + more.created,
            changed=self.changed + more.changed,
            changes=(*self.changes, *more.changes)[:MOST_CHANGES],
        )


COLUMNS = Columns(
    names={
        "store_id": ("门店编号", "门店编码", "店铺编号", "店号"),
        "sku": ("SKU编码", "规格编码"),
        "on_hand": ("在库数量", "库存数量", "库存"),
        "counted_at": ("盘点时间", "统计时间"),
        "damaged": ("残次数量", "残次"),
        "incoming": ("在途数量", "在途"),
    },
    ids=("store_id", "sku"),
    codes=frozenset({"store_id", "sku"}),
)
_UNITS = ("on_hand", "damaged", "incoming")


async def import_counts(ports: StockPorts, act: Act, handed: HandedIn) -> ImportReport:
    """Take a file with the columns store_id, sku, on_hand and counted_at.

    The columns damaged and incoming may be added. A count that is no newer than the store's last
    one changes nothing; one below 0 counts as 0, with a warning.
    """
    act.viewer.require("stock.count")
    reference = ports.reference.now()
    table = await handed.table(COLUMNS)
    found = await handed.parse(
        table.rows,
        lambda row: _read_count(row, reference, act),
        key=lambda count: f"{count.store_id} {count.sku}",
    )
    counts = list(found.values.values())
    report = ImportReport(
        rows=len(counts),
        errors=(*table.errors, *found.errors),
        warnings=(*table.warnings, *_below_zero(found.rows.values())),
    )
    report = replace(report, rows=len(counts) + report.bad_rows)
    if report.errors and handed.mode is ImportMode.ALL_OR_NOTHING:
        return report
    do = _look_at if handed.only_check else _take
    taken = await _to_each_pool(ports, act, counts, do)
    return replace(
        report,
        created=taken.created,
        changed=taken.changed,
        unchanged=len(counts) - taken.created - taken.changed,
        changes=taken.changes,
    )


async def take_counts(ports: StockPorts, act: Act, counts: Iterable[Count]) -> Taken:
    """Set what stores have on hand to what they counted, the newest count winning.

    What was sold, shipped or returned after a count was taken, and before it came, stays so. A
    count goes to the region where its store's units are, also while that is just changing.
    """
    return await _to_each_pool(ports, act, counts, _take)


async def _to_each_pool(
    ports: StockPorts,
    act: Act,
    counts: Iterable[Count],
    do: Callable[[StockPorts, "_Counting"], Awaitable[Taken]],
) -> Taken:
    reference = ports.reference.now()
    by_pool: dict[PoolKey, list[Count]] = defaultdict(list)
    for count in counts:
        by_pool[reference.store(count.store_id).region_id, count.sku].append(count)
    taken = Taken()
    while by_pool:
        counting = _Counting(by_pool, reference, await ports.safety.all(), act)
        taken = taken.and_(await do(ports, counting))
        by_pool = counting.gone
    return taken


@dataclass
class _Counting:
    """What counts make of pools, and what those pools were; `gone` are counts for other pools."""

    by_pool: Mapping[PoolKey, Sequence[Count]]
    reference: Reference
    rules: Sequence[SafetyRule]
    act: Act
    before: dict[PoolKey, Pool] = field(default_factory=dict)
    gone: dict[PoolKey, list[Count]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        """Give all of it one name."""
        self.id, self.attempt = self.act.new_id("count"), self.act.new_id("try")

    def as_counted(self, pool: Pool) -> Change | None:
        """What the counts of a pool change."""
        self.before[pool.key] = pool
        deltas = []
        for count in self.by_pool[pool.key]:
            gone_to = pool.store(count.store_id).gone_to
            if gone_to is not None:
                self.gone[gone_to, count.sku].append(count)
            elif (delta := _delta(pool, count, self.reference, self.rules)) is not None:
                deltas.append(delta)
        if not deltas:
            return None
        return Change(
            id=self.id,
            attempt=self.attempt,
            region_id=pool.region_id,
            sku=pool.sku,
            event=Event.COUNTED,
            deltas=tuple(deltas),
            actor=self.act.viewer.id,
            at=self.act.at,
        )

    @property
    def since(self) -> Mapping[StoreId, datetime]:
        """The earliest moment of each store's counts."""
        since: dict[StoreId, datetime] = {}
        for count in [one for found in self.by_pool.values() for one in found]:
            since[count.store_id] = min(count.counted_at, since.get(count.store_id, self.act.at))
        return since


async def _take(ports: StockPorts, counting: _Counting) -> Taken:
    doubting = Doubting(ports, counting.act)
    changes = await ports.pools.apply(
        counting.by_pool, counting.as_counted, recent_since=counting.since, before=doubting
    )
    by_key = {change.key: change for change in changes}
    after = [
        pool.after(by_key[pool.key].deltas) if pool.key in by_key else pool
        for pool in counting.before.values()
    ]
    # Raised before the ledger is written, and again for a count that comes again: so a crash in
    # between loses none.
    await ports.shortages.put(
        [
            shortage
            for pool in after
            for count in counting.by_pool[pool.key]
            if (shortage := shortage_of(pool, count.store_id, now=counting.act.at)) is not None
        ]
    )
    await _make_sure_of_safety(doubting, counting, changes)
    await doubting.end()
    await ports.pools.settle(changes)
    return _taken(counting, changes)


async def _look_at(ports: StockPorts, counting: _Counting) -> Taken:
    """What taking the counts would do."""
    changes: list[Change] = []

    def look(pool: Pool) -> Change | None:
        changes.extend(filter(None, [counting.as_counted(pool)]))
        return None

    await ports.pools.apply(counting.by_pool, look, recent_since=counting.since)
    return _taken(counting, changes)


def _taken(counting: _Counting, changes: Iterable[Change]) -> Taken:
    done = [(counting.before[one.key], delta) for one in changes for delta in one.deltas]
    real = [
        (pool, delta)
        for pool, delta in done
        if delta.store_id not in pool.stores or _differs(delta)
    ]
    created = sum(delta.store_id not in pool.stores for pool, delta in real)
    return Taken(
        created=created,
        changed=len(real) - created,
        changes=tuple(_change(pool, delta) for pool, delta in real[:MOST_CHANGES]),
    )


def _change(pool: Pool, delta: Delta) -> ImportChange:
    """What a count makes of one store's units, as somebody reads it before agreeing to it."""
    before = pool.store(delta.store_id)
    after = before.after(delta)
    return ImportChange(
        id=f"{delta.store_id} {pool.sku}",
        is_new=delta.store_id not in pool.stores,
        differences=tuple(
            f"{kind}: {getattr(before, kind)} → {getattr(after, kind)}"
            for kind in (*_UNITS, "safety")
            if getattr(before, kind) != getattr(after, kind)
        ),
    )


async def _make_sure_of_safety(
    doubting: Doubting, counting: _Counting, changes: Sequence[Change]
) -> None:
    counted = {delta.store_id for change in changes for delta in change.deltas}
    if counted:
        stores = [counting.reference.store(one) for one in sorted(counted)]
        skus = [change.sku for change in changes]
        await hold_back_if_changed(doubting, stores, skus, rules=counting.rules)


def _delta(
    pool: Pool, count: Count, reference: Reference, rules: Sequence[SafetyRule]
) -> Delta | None:
    """What a count changes; None where the store has counted later."""
    stock = pool.store(count.store_id)
    if stock.counted_at is not None and stock.counted_at >= count.counted_at:
        return None
    since = sum(
        movement.delta.on_hand
        for movement in pool.recent
        if movement.delta.store_id == count.store_id
        and movement.at > count.counted_at
        and movement.event not in NO_NEWS
    )
    product = reference.variants[count.sku][0] if count.sku in reference.variants else None
    safety = held_back(rules, reference.store(count.store_id), product, count.sku)
    return Delta(
        store_id=count.store_id,
        on_hand=max(0, count.on_hand + since) - stock.on_hand,
        safety=safety - stock.safety,
        damaged=0 if count.damaged is None else count.damaged - stock.damaged,
        incoming=0 if count.incoming is None else count.incoming - stock.incoming,
        counted_at=count.counted_at,
    )


def _differs(delta: Delta) -> bool:
    return any((delta.on_hand, delta.safety, delta.damaged, delta.incoming))


def _below_zero(rows: Iterable[Row]) -> list[RowError]:
    return [
        row.remark(column, f"{row.optional(column)} is below 0 and counts as 0 (负数按 0 计).")
        for row in rows
        for column in _UNITS
        if row.optional(column) and row.integer(column, low=-MOST_UNITS, high=MOST_UNITS) < 0
    ]


def _read_count(row: Row, reference: Reference, act: Act) -> Count:
    store_id, sku = read_place(row, reference, act.viewer)
    return Count(
        store_id=store_id,
        sku=sku,
        on_hand=row.units("on_hand", high=MOST_UNITS),
        counted_at=read_moment(row, "counted_at", act.at),
        damaged=row.units("damaged", high=MOST_UNITS) if row.optional("damaged") else None,
        incoming=row.units("incoming", high=MOST_UNITS) if row.optional("incoming") else None,
    )


def read_place(row: Row, reference: Reference, viewer: Viewer) -> tuple[StoreId, Sku]:
    """The store and the SKU that a row is about, if the viewer may count there."""
    store_id, sku = StoreId(row.code("store_id")), Sku(row.code("sku"))
    viewer.require("stock.count", store=store_id)
    if store_id not in reference.stores:
        near = _eaten(store_id, reference.stores)
        raise Invalid(f"there is no store {store_id}{near}; import it first.", field=["store_id"])
    if sku not in reference.variants:
        near = _eaten(sku, reference.variants)
        raise Invalid(f"there is no SKU {sku}{near}; import its product first.", field=["sku"])
    return store_id, sku


def _eaten(code: str, known: Container[str]) -> str:
    """What a spreadsheet may have made this code of."""
    longer = next((one for one in padded(code) if one in known), None)
    return f", but {longer}: has a spreadsheet eaten the zeros? (Excel 去掉了 0)" if longer else ""


def read_moment(row: Row, column: str, now: datetime) -> datetime:
    """When something was seen; now where that is not told."""
    moment = row.moment(column) or now
    if moment > now + CLOCK_SKEW:
        raise Invalid(f"{moment.isoformat()} is yet to come.", field=[column])
    return moment
