"""The stock that a region's stores sell from: one pool for each SKU, and what may change it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.apply_once import Ledger
from domain.kernel.paging import Page, PageRequest
from domain.network.stores import RegionId, StoreId

OrderId = NewType("OrderId", str)
PoolKey = tuple[RegionId, Sku]


class Event(StrEnum):
    """What happened to units in a store."""

    COUNTED = "COUNTED"
    SOLD = "SOLD"
    ADJUSTED = "ADJUSTED"
    SAFETY_SET = "SAFETY_SET"
    CORRECTED = "CORRECTED"
    TRANSFER_SENT = "TRANSFER_SENT"
    TRANSFER_COMING = "TRANSFER_COMING"
    TRANSFER_RECEIVED = "TRANSFER_RECEIVED"
    TRANSFER_FOUND = "TRANSFER_FOUND"
    TRANSFER_LOST = "TRANSFER_LOST"
    MOVED_OUT = "MOVED_OUT"
    MOVED_IN = "MOVED_IN"
    RESERVED = "RESERVED"
    RELEASED = "RELEASED"
    SHIPPED = "SHIPPED"
    WRITTEN_OFF = "WRITTEN_OFF"
    DAMAGED = "DAMAGED"
    RETURNED = "RETURNED"
    RETURNED_DAMAGED = "RETURNED_DAMAGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStock:
    """One store's units of one SKU; `counted_at` is when the store last counted them.

    `gone_to` is the region whose pool has them since the store has moved there.
    """

    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    damaged: int = 0
    incoming: int = 0
    counted_at: datetime | None = None
    gone_to: RegionId | None = None

    @property
    def free(self) -> int:
        """What is neither promised nor held back; below 0 where more is promised than there is."""
        return self.on_hand - self.reserved - self.safety

    @property
    def available(self) -> int:
        """What may be sold."""
        return max(0, self.free)

    def after(self, delta: "Delta") -> "StoreStock":
        """The same stock, changed."""
        return replace(
            self,
            on_hand=self.on_hand + delta.on_hand,
            reserved=self.reserved + delta.reserved,
            safety=self.safety + delta.safety,
            damaged=self.damaged + delta.damaged,
            incoming=self.incoming + delta.incoming,
            counted_at=delta.counted_at or self.counted_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """How many units more (or fewer) one store has of each kind; a count says when it was taken."""

    store_id: StoreId
    on_hand: int = 0
    reserved: int = 0
    safety: int = 0
    damaged: int = 0
    incoming: int = 0
    counted_at: datetime | None = None

    @property
    def free(self) -> int:
        """How many units more are free."""
        return self.on_hand - self.reserved - self.safety

    def reversed(self) -> "Delta":
        """What takes it back."""
        return Delta(
            store_id=self.store_id,
            on_hand=-self.on_hand,
            reserved=-self.reserved,
            safety=-self.safety,
            damaged=-self.damaged,
            incoming=-self.incoming,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One SKU in one region: what each store has of it.

    `recent` are movements of its stores, for a rule that asked for those since a moment.
    """

    region_id: RegionId
    sku: Sku
    stores: Mapping[StoreId, StoreStock] = field(default_factory=dict)
    recent: tuple["Movement", ...] = ()

    @property
    def key(self) -> PoolKey:
        """What names the pool."""
        return self.region_id, self.sku

    @property
    def available(self) -> int:
        """What the region may sell, the same in every storefront of it."""
        return sum(stock.available for stock in self.stores.values())

    def store(self, id: StoreId) -> StoreStock:
        """A store's stock; one that never had any has nothing."""
        return self.stores.get(id, StoreStock())

    def after(self, deltas: Iterable[Delta]) -> "Pool":
        """The pool with some stores' stock changed."""
        stores = dict(self.stores)
        for delta in deltas:
            stores[delta.store_id] = stores.get(delta.store_id, StoreStock()).after(delta)
        return replace(self, stores=stores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one operation does to one pool.

    `id` names the operation: whatever is done twice under one id in one pool takes effect once.
    `attempt` names one carrying out of it, to tell two at the same time apart.
    A tentative change stands only if the order that it is for is placed with it.
    """

    id: str
    attempt: str
    region_id: RegionId
    sku: Sku
    event: Event
    deltas: tuple[Delta, ...]
    actor: str
    at: datetime
    reason: str = ""
    order_id: OrderId | None = None
    tentative: bool = False

    @property
    def key(self) -> PoolKey:
        """The pool that it changes."""
        return self.region_id, self.sku

    @property
    def promises(self) -> bool:
        """Whether it takes free units for something, and stands only if that comes about."""
        return self.event in (Event.RESERVED, Event.TRANSFER_SENT)

    @property
    def movements(self) -> list["Movement"]:
        """The lines of the ledger that it makes."""
        return [
            Movement(
                change_id=self.id,
                region_id=self.region_id,
                sku=self.sku,
                event=self.event,
                delta=delta,
                actor=self.actor,
                at=self.at,
                reason=self.reason,
                order_id=self.order_id,
            )
            for delta in self.deltas
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of the ledger: what one operation did to one SKU in one store.

    A move out says in `to_region` where the store's units are from then on.
    """

    change_id: str
    region_id: RegionId
    sku: Sku
    event: Event
    delta: Delta
    actor: str
    at: datetime
    reason: str = ""
    order_id: OrderId | None = None
    to_region: RegionId | None = None

    @property
    def till_id(self) -> str | None:
        """The till's own id, where a till told it."""
        start = told_by_till(self.delta.store_id, "")
        return self.change_id.removeprefix(start) if self.change_id.startswith(start) else None

    @property
    def id(self) -> str:
        """What names it: one operation moves one SKU in one store once."""
        return f"{self.change_id}/{self.sku}/{self.delta.store_id}"

    @property
    def key(self) -> PoolKey:
        """The pool that it changes."""
        return self.region_id, self.sku


def told_by_till(store_id: StoreId, till_id: str) -> str:
    """What names a change that a store's till told under an id of its own."""
    return f"till:{store_id}:{till_id}"


# Given a pool as it is, what to do to it; None for nothing.
Rule = Callable[[Pool], Change | None]
# Told of changes before they are written.
Before = Callable[[Sequence[Change]], Awaitable[None]]


class Pools(Protocol):
    """The pools of every region, and the ledger of their movements.

    What must happen in any case goes through `ledger`: it is written down first and applied once.
    What may still come to nothing, or follows from the pool as it is, changes the pool first, and
    leaves the mark of its operation in the same write. `settle` copies what the marks say to the
    ledger and takes them off; until then such a change can be undone.
    """

    @property
    def ledger(self) -> Ledger[Movement]:
        """The movements that are written down first."""

    async def load(self, region_id: RegionId, skus: Collection[Sku]) -> dict[Sku, Pool]:
        """Each SKU's pool as it is now, in one round trip; an unknown SKU has an empty one."""

    async def stocked(self, region_id: RegionId, store_id: StoreId) -> list[Sku]:
        """The SKUs that a store has, or had, in the pools of a region."""

    async def take(self, changes: Sequence[Change]) -> list[Change]:
        """Make those changes that leave no store with fewer than 0 free units; tell which.

        The check is in the write. A change whose mark is in its pool counts as made.
        """

    async def apply(
        self,
        keys: Iterable[PoolKey],
        rule: Rule,
        *,
        recent_since: Mapping[StoreId, datetime] | None = None,
        before: Before | None = None,
    ) -> list[Change]:
        """Do to each pool what a rule says of it as it is at that moment; tell what was done.

        The rule sees the movements of some stores since a moment if it asks for them. A count of
        a store stands only on the stock that the rule saw. `before` is told of what is about to be
        written, if there is anything. Unavailable if others keep changing a pool.
        """

    async def settle(self, changes: Sequence[Change]) -> None:
        """Write the ledger and take the marks off; what another attempt has done is undone."""

    async def undo(self, changes: Sequence[Change]) -> list[Change]:
        """Take changes back whose marks are still there; tell which those were."""

    async def being_promised(
        self, region_id: RegionId, skus: Collection[Sku], order_id: OrderId
    ) -> bool:
        """Whether somebody is just taking units for an order, which may still come to nothing."""

    async def movements(
        self, region_id: RegionId, store_id: StoreId, sku: Sku, request: PageRequest
    ) -> Page[Movement]:
        """What became of one SKU in one store that sells in a region, the newest first."""

    async def unsettled(self, before: datetime, most: int) -> list[Change]:
        """Changes made before a moment whose marks are still there."""


def promise(
    *,
    id: str,
    attempt: str,
    region_id: RegionId,
    order_id: OrderId,
    at: datetime,
    actor: str,
    shares: Mapping[StoreId, Units],
    tentative: bool,
) -> list[Change]:
    """Reserve units of each store for an order: one change for each SKU, in the order of SKUs."""
    skus = sorted({sku for units in shares.values() for sku in units})
    return [
        Change(
            id=id,
            attempt=attempt,
            region_id=region_id,
            sku=sku,
            event=Event.RESERVED,
            deltas=tuple(
                Delta(store_id=store_id, reserved=units[sku])
                for store_id, units in sorted(shares.items())
                if sku in units
            ),
            actor=actor,
            at=at,
            order_id=order_id,
            tentative=tentative,
        )
        for sku in skus
    ]
