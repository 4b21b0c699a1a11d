"""Recomputing what stores have from what was written down of it, and putting it right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.kernel.ports import Ports
from domain.mall.reference import Reference
from domain.mall.stock.holding_back import hold_back
from domain.mall.stock.moving import MovePorts, bring_home
from domain.mall.stock.pools import Change, Delta, Event, Pool, PoolKey, StoreStock
from domain.mall.stock.safety import SafetyRule, held_back
from domain.mall.stock.stocking import SafetyDoubt
from domain.network.stores import RegionId, StoreId, StoreState
from domain.people.act import Act

KINDS = ("on_hand", "reserved", "safety", "damaged", "incoming")
COUNTABLE = ("on_hand", "reserved", "damaged", "incoming")
# A pool that others keep changing is looked at so often before it is left to the next run.
MOST_LOOKS = 5
Place = tuple[StoreId, Sku]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One pool as it stands, beside what its movements say.

    `available` and `free` are the totals that are kept with it. `missing` names numbers that its
    document lacks, `stale` the marks of changes that nobody is at any more. `busy` are the stores
    in which something is just being done.
    """

    pool: Pool
    available: int | None
    free: Mapping[StoreId, int | None]
    by_movements: Mapping[StoreId, StoreStock]
    missing: frozenset[tuple[StoreId | None, str]] = frozenset()
    stale: tuple[str, ...] = ()
    busy: frozenset[StoreId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What orders hold in stores, and where one is just being changed."""

    units: Mapping[Place, int] = field(default_factory=dict)
    moving: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the rules say that stores hold back, unless they are just being followed there."""

    reference: Reference
    rules: Sequence[SafetyRule]
    followed: Mapping[StoreId, StoreState | None]
    doubts: Sequence[SafetyDoubt]

    def of(self, store_id: StoreId, sku: Sku) -> int | None:
        """How many units; None where that is just being changed, or the store is not known."""
        store = self.reference.stores.get(store_id)
        if store is None or self.followed.get(store_id, StoreState.OPEN) is not store.state:
            return None
        if any(store_id in one.stores and sku in one.skus for one in self.doubts):
            return None
        product = self.reference.variants[sku][0] if sku in self.reference.variants else None
        return held_back(self.rules, store, product, sku)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A number that is not what it should be; without a store it is the region's total."""

    region_id: RegionId
    sku: Sku
    store_id: StoreId | None
    what: str
    is_now: int | None
    should_be: int

    def __str__(self) -> str:
        """One line for a person."""
        where = self.store_id or "the region"
        now = "missing" if self.is_now is None else self.is_now
        return (
            f"{self.region_id} {self.sku}: {self.what} of {where} is {now}, "
            f"should be {self.should_be}"
        )


class Books(Protocol):
    """Pools and movements, side by side."""

    async def read(self, now: datetime) -> list[Book]:
        """Every pool; while others write, the sides may be of different moments."""

    async def read_one(self, key: PoolKey, now: datetime) -> Book:
        """One pool."""

    async def rewrite(self, book: Book, pool: Pool) -> bool:
        """Write a pool anew over the one in a book; False if it has changed since."""


class Promises(Protocol):
    """What the orders hold."""

    async def read(self) -> Promised:
        """All of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePorts(Ports):
    """The ports that reconciling needs."""

    books: Books
    promises: Promises
    moving: MovePorts


async def reconcile(ports: ReconcilePorts, act: Act) -> list[Discrepancy]:
    """Find every number that differs from what movements and orders make of it."""
    books, promised = await ports.books.read(act.at), await ports.promises.read()
    ruling, homes = await _ruling(ports), _homes(ports)
    suspects = [
        book.pool.key
        for book in books
        if differences(book, promised, homes) or not_as_ruled(book, ruling, homes)
    ]
    found: list[Discrepancy] = []
    for suspect in suspects:
        ruled_before = await _ruling(ports)
        if steady := await _steady(ports, act, suspect):
            book, promised = steady
            found += differences(book, promised, _homes(ports))
            ruled_after = not_as_ruled(book, await _ruling(ports), _homes(ports))
            # What somebody is just changing differs from one of the two, or is in doubt in one.
            found += [
                one for one in not_as_ruled(book, ruled_before, _homes(ports)) if one in ruled_after
            ]
    return found


async def repair(ports: ReconcilePorts, act: Act, found: Collection[Discrepancy]) -> None:
    """Set numbers to what the movements say, then correct what is reserved by the orders.

    The correction is a movement too, so that it can be explained. Units in a region that their
    store has left are brought to where it sells. Stores hold back again what the rules say.
    """
    stocking = ports.moving.stocking
    pools, stores = stocking.pools, stocking.reference.now().stores
    for key in sorted({(one.region_id, one.sku) for one in found}):
        steady = await _steady(ports, act, key)
        if steady is None:
            continue
        book, promised = steady
        pool = Pool(region_id=key[0], sku=key[1], stores=book.by_movements)
        if await ports.books.rewrite(book, pool):
            homes = _homes(ports)
            correct = partial(_correction, book=book, promised=promised, homes=homes, act=act)
            await pools.settle(await pools.apply([key], correct))
            for store_id in _strangers(pool, homes):
                await bring_home(ports.moving, act, store_id, key)
            known = [stores[store_id] for store_id in pool.stores if store_id in stores]
            await hold_back(stocking, act, known, [key[1]])


def differences(
    book: Book, promised: Promised, homes: Mapping[StoreId, RegionId]
) -> Sequence[Discrepancy]:
    """What is wrong in a book; `homes` is where stores sell."""
    pool = book.pool
    tell = partial(_discrepancy, pool)
    found = [
        tell(store_id, kind, None if (store_id, kind) in book.missing else is_now, should_be)
        for store_id, computed in book.by_movements.items()
        for kind in KINDS
        for is_now, should_be in [(getattr(pool.store(store_id), kind), getattr(computed, kind))]
        if is_now != should_be or (store_id, kind) in book.missing
    ]
    found += [
        tell(store_id, f"{kind}, by its movements", n, 0)
        for store_id, computed in book.by_movements.items()
        for kind in COUNTABLE
        if (n := getattr(computed, kind)) < 0
    ]
    found += [
        tell(store_id, "free", book.free.get(store_id), computed.free)
        for store_id, computed in book.by_movements.items()
        if book.free.get(store_id) != computed.free
    ]
    found += [
        tell(store_id, "reserved, by its orders", stock.reserved, should_be)
        for store_id, stock in pool.stores.items()
        if (should_be := _promised(book, promised, homes, store_id)) != stock.reserved
        and should_be is not None
    ]
    found += [
        tell(store_id, "on hand, where it does not sell any more,", pool.store(store_id).on_hand, 0)
        for store_id in _strangers(pool, homes)
    ]
    available = sum(stock.available for stock in book.by_movements.values())
    if book.available != available:
        found.append(tell(None, "available", book.available, available))
    if book.stale or (None, "in_flight") in book.missing:
        found.append(tell(None, "marks that nobody is at", len(book.stale) or None, 0))
    return found


def not_as_ruled(
    book: Book, ruling: Ruling, homes: Mapping[StoreId, RegionId]
) -> Sequence[Discrepancy]:
    """Where stores of a book hold back something else than the rules say."""
    pool = book.pool
    return [
        _discrepancy(pool, store_id, "safety, by the rules", stock.safety, should_be)
        for store_id, stock in pool.stores.items()
        if store_id not in book.busy and homes.get(store_id) == pool.region_id
        if (should_be := ruling.of(store_id, pool.sku)) not in (None, stock.safety)
    ]


def _promised(
    book: Book, promised: Promised, homes: Mapping[StoreId, RegionId], store_id: StoreId
) -> int | None:
    """What orders hold in a store by this pool; None where that is just being changed."""
    place = store_id, book.pool.sku
    if (
        store_id in book.busy
        or place in promised.moving
        or store_id in _strangers(book.pool, homes)
    ):
        return None
    at_home = homes.get(store_id, book.pool.region_id) == book.pool.region_id
    return promised.units.get(place, 0) if at_home else 0


def _strangers(pool: Pool, homes: Mapping[StoreId, RegionId]) -> list[StoreId]:
    """Stores that have units in this region and sell in another."""
    return [
        store_id
        for store_id, stock in pool.stores.items()
        if homes.get(store_id, pool.region_id) != pool.region_id
        and any(getattr(stock, kind) for kind in COUNTABLE)
    ]


async def _ruling(ports: ReconcilePorts) -> Ruling:
    stocking = ports.moving.stocking
    reference, rules = stocking.reference.now(), await stocking.safety.all()
    applied = await stocking.applied.all()
    return Ruling(
        reference=reference,
        rules=rules,
        followed={store_id: one.state for store_id, one in applied.items()},
        # Read last: who has changed what was read before has their doubt here, or is through.
        doubts=[one for one in await stocking.doubts.all() if not one.looked_at],
    )


def _homes(ports: ReconcilePorts) -> Mapping[StoreId, RegionId]:
    stores = ports.moving.stocking.reference.now().stores
    return {store.id: store.region_id for store in stores.values()}


def _discrepancy(
    pool: Pool, store_id: StoreId | None, what: str, is_now: int | None, should_be: int
) -> Discrepancy:
    return Discrepancy(
        region_id=pool.region_id,
        sku=pool.sku,
        store_id=store_id,
        what=what.replace("_", " "),
        is_now=is_now,
        should_be=should_be,
    )


async def _steady(ports: ReconcilePorts, act: Act, key: PoolKey) -> tuple[Book, Promised] | None:
    """A pool and the orders of one moment; None if others keep changing it."""
    before = await ports.books.read_one(key, act.at)
    for _ in range(MOST_LOOKS):
        promised = await ports.promises.read()
        after = await ports.books.read_one(key, act.at)
        if before == after:
            return after, promised
        before = after
    return None


def _correction(
    pool: Pool,
    *,
    book: Book,
    promised: Promised,
    homes: Mapping[StoreId, RegionId],
    act: Act,
) -> Change | None:
    """What makes a pool that is as its movements say hold what orders hold, and nothing below 0."""
    deltas = []
    for store_id, stock in pool.stores.items():
        if stock != book.by_movements.get(store_id, StoreStock()):
            return None  # others have gone on with it: the next run looks again
        wanted = {kind: max(0, getattr(stock, kind)) for kind in COUNTABLE}
        held = _promised(book, promised, homes, store_id)
        wanted["reserved"] = wanted["reserved"] if held is None else held
        changed = {kind: n - getattr(stock, kind) for kind, n in wanted.items()}
        if any(changed.values()):
            deltas.append(Delta(store_id=store_id, **changed))
    if not deltas:
        return None
    return Change(
        id=act.new_id("correction"),
        attempt=act.new_id("try"),
        region_id=pool.region_id,
        sku=pool.sku,
        event=Event.CORRECTED,
        deltas=tuple(deltas),
        actor=act.viewer.id,
        at=act.at,
        reason="Recomputed from the orders.",
    )
