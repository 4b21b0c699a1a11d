"""Recomputing what stores have from what was written down of it, and putting it right."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import NewId
from domain.kernel.states import SYSTEM
from domain.mall.stock.pools import Change, Delta, Event, Pool, PoolKey, Pools, StoreStock
from domain.network.stores import RegionId, StoreId

KINDS = ("on_hand", "reserved", "safety", "damaged", "incoming")
# A pool that others keep changing is looked at so often before it is left to the next run.
MOST_LOOKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One pool as it stands, beside what its movements and the orders say.

    `available` and `free` are the totals that are kept with it. `promised` counts what open orders
    hold in each store; it is None where an order is just being changed.
    """

    pool: Pool
    available: int
    free: Mapping[StoreId, int]
    by_movements: Mapping[StoreId, StoreStock]
    promised: Mapping[StoreId, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number that is not what it should be; without a store it is the region's total."""

    region_id: RegionId
    sku: Sku
    store_id: StoreId | None
    what: str
    is_now: int
    should_be: int

    def __str__(self) -> str:
        """One line for a person."""
        where = self.store_id or "the region"
        return (
            f"{self.region_id} {self.sku}: {self.what} of {where} is {self.is_now}, "
            f"should be {self.should_be}"
        )


class Books(Protocol):
    """Pools, movements and orders, side by side."""

    async def read(self) -> list[Book]:
        """Every pool; while others write, the sides may be of different moments."""

    async def read_one(self, key: PoolKey) -> Book | None:
        """One pool with all sides of one moment; None if others keep changing it."""

    async def rewrite(self, book: Book, pool: Pool) -> bool:
        """Write a pool anew over the one in a book; False if it has changed since."""


async def reconcile(books: Books) -> list[Difference]:
    """Find every number that differs from what movements and orders make of it."""
    found: list[Difference] = []
    for suspect in [book.pool.key for book in await books.read() if differences(book)]:
        book = await _steady(books, suspect)
        found += differences(book) if book else []
    return found


async def repair(
    books: Books, pools: Pools, found: Collection[Difference], *, now: datetime, new_id: NewId
) -> None:
    """Set numbers to what the movements say, then correct what is reserved by the orders.

    The correction is a movement too, so that it can be explained.
    """
    for key in sorted({(one.region_id, one.sku) for one in found}):
        book = await _steady(books, key)
        if book is None:
            continue
        pool = Pool(region_id=key[0], sku=key[1], stores=book.by_movements)
        if not await books.rewrite(book, pool) or book.promised is None:
            continue
        correct = partial(_correction, promised=book.promised, now=now, new_id=new_id)
        await pools.settle(await pools.apply([key], correct))


def differences(book: Book) -> Sequence[Difference]:
    """What is wrong in a book."""
    pool = book.pool
    found = [
        _difference(pool, store_id, kind, getattr(pool.store(store_id), kind), should_be)
        for store_id, computed in book.by_movements.items()
        for kind in KINDS
        if (should_be := getattr(computed, kind)) != getattr(pool.store(store_id), kind)
    ]
    for store_id, stock in pool.stores.items():
        free = book.by_movements[store_id].free
        if book.free[store_id] != free:
            found.append(_difference(pool, store_id, "free", book.free[store_id], free))
        promised = stock.reserved if book.promised is None else book.promised.get(store_id, 0)
        if stock.reserved != promised:
            found.append(
                _difference(pool, store_id, "reserved, by its orders", stock.reserved, promised)
            )
    available = sum(stock.available for stock in book.by_movements.values())
    if book.available != available:
        found.append(_difference(pool, None, "available", book.available, available))
    return found


def _difference(
    pool: Pool, store_id: StoreId | None, what: str, is_now: int, should_be: int
) -> Difference:
    return Difference(
        region_id=pool.region_id,
        sku=pool.sku,
        store_id=store_id,
        what=what.replace("_", " "),
        is_now=is_now,
        should_be=should_be,
    )


async def _steady(books: Books, key: PoolKey) -> Book | None:
    for _ in range(MOST_LOOKS):
        book = await books.read_one(key)
        if book is not None:
            return book
    return None


def _correction(
    pool: Pool, *, promised: Mapping[StoreId, int], now: datetime, new_id: NewId
) -> Change | None:
    deltas = tuple(
        Delta(store_id=store_id, reserved=promised.get(store_id, 0) - stock.reserved)
        for store_id, stock in pool.stores.items()
        if promised.get(store_id, 0) != stock.reserved
    )
    if not deltas:
        return None
    return Change(
        id=new_id("correction"),
        attempt=new_id("try"),
        region_id=pool.region_id,
        sku=pool.sku,
        event=Event.CORRECTED,
        deltas=deltas,
        actor=SYSTEM,
        at=now,
        reason="Recomputed from the orders.",
    )
