"""What follows an order's placing: its payment, and the part that each store is asked to do."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.ids import PersonId
from domain.kernel.money import NOTHING, Fen
from domain.kernel.places import Position
from domain.kernel.refusals import NotFound
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.mall.fulfilment.payments import Payment
from domain.mall.fulfilment.returns import Return
from domain.mall.fulfilment.shipping_reports import NOTHING_TOLD, ShippingReports
from domain.mall.orders.order import NO_WISHES, Recipient, Wishes
from domain.mall.routing.routing import Considered, Share
from domain.network.stores import RegionId, StoreId
from domain.promotions.rechecks import Recheck
from domain.sharing.attribution import Credit

FulfilmentOrderId = NewType("FulfilmentOrderId", str)


class PartState(StrEnum):
    """Where a fulfilment order stands."""

    ROUTING = "ROUTING"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    HELD = "HELD"
    READY = "READY"
    SHIPPED = "SHIPPED"
    HANDED_OVER = "HANDED_OVER"
    UNCLAIMED = "UNCLAIMED"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    UNASSIGNED = "UNASSIGNED"
    SPLIT = "SPLIT"
    CANCELLED = "CANCELLED"


# A part that is being routed can't be cancelled: units may be on their way into its name. It is
# offered or unassigned in a moment.
PART: Machine[PartState] = Machine(
    "fulfilment order",
    begins=frozenset({PartState.OFFERED, PartState.ROUTING, PartState.ACCEPTED}),
    next={
        PartState.ROUTING: frozenset({PartState.OFFERED, PartState.UNASSIGNED, PartState.SPLIT}),
        PartState.OFFERED: frozenset(
            {PartState.ACCEPTED, PartState.REJECTED, PartState.TIMED_OUT, PartState.CANCELLED}
        ),
        PartState.ACCEPTED: frozenset(
            {
                PartState.HELD,
                PartState.READY,
                PartState.SHIPPED,
                PartState.SPLIT,
                PartState.REJECTED,
                PartState.CANCELLED,
            }
        ),
        PartState.HELD: frozenset({PartState.ACCEPTED, PartState.REJECTED, PartState.CANCELLED}),
        PartState.READY: frozenset(
            {PartState.HANDED_OVER, PartState.UNCLAIMED, PartState.CANCELLED}
        ),
        PartState.UNCLAIMED: frozenset({PartState.READY, PartState.CANCELLED}),
        PartState.UNASSIGNED: frozenset({PartState.ROUTING, PartState.CANCELLED}),
        PartState.SHIPPED: frozenset(),
        PartState.HANDED_OVER: frozenset(),
        PartState.REJECTED: frozenset(),
        PartState.TIMED_OUT: frozenset(),
        PartState.SPLIT: frozenset(),
        PartState.CANCELLED: frozenset(),
    },
)

DONE = frozenset({PartState.SHIPPED, PartState.HANDED_OVER})
REPLACED = frozenset({PartState.REJECTED, PartState.TIMED_OUT, PartState.SPLIT})


class RejectReason(StrEnum):
    """Why a store turns a fulfilment order down; of the first two it corrects its count."""

    NOT_ON_SHELF = "NOT_ON_SHELF"
    DAMAGED = "DAMAGED"
    TOO_BUSY = "TOO_BUSY"
    CLOSED = "CLOSED"
    OTHER = "OTHER"


class StockEffectKind(StrEnum):
    """What a step of fulfilment does to a store's stock."""

    RELEASE = "RELEASE"
    SHIP = "SHIP"
    WRITE_OFF = "WRITE_OFF"
    DAMAGE = "DAMAGE"
    RESTOCK = "RESTOCK"
    RESTOCK_DAMAGED = "RESTOCK_DAMAGED"


# What these do to reserved units is still to come while they wait.
UNRESERVING = frozenset(
    {
        StockEffectKind.RELEASE,
        StockEffectKind.SHIP,
        StockEffectKind.WRITE_OFF,
        StockEffectKind.DAMAGE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEffect:
    """A change of stock that a saved step calls for; done once, however often it is tried.

    `at` is the moment of the step, whenever it is done; None in those from before it was kept.
    """

    id: str
    kind: StockEffectKind
    store_id: StoreId
    units: Units
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """Units of one SKU at the catalogue's price when they were sold, less what was taken `off`."""

    sku: Sku
    quantity: int
    price: Fen
    name: str
    options: str
    off: Fen = NOTHING

    @property
    def payable(self) -> Fen:
        """What all of them were sold for."""
        return Fen(self.quantity * self.price - self.off)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentOrder:
    """The part of an order that one store is asked to ship or hand over.

    `held` are the units reserved in its name, in the store `held_at`: while it is being routed
    that is still the last store, and `reservation` is the operation that is to reserve in the
    planned one. `refused` are the stores that it is not offered to again.
    """

    id: FulfilmentOrderId
    units: Units
    state: PartState
    store_id: StoreId | None = None
    held_at: StoreId | None = None
    held: Units = field(default_factory=dict)
    refused: frozenset[StoreId] = frozenset()
    considered: tuple[Considered, ...] = ()
    reservation: str | None = None
    tries: int = 0
    replaces: FulfilmentOrderId | None = None
    accept_by: datetime | None = None
    reject_reason: RejectReason | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    pickup_code: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """All that follows an order's placing, under the order's own id, as one aggregate.

    `history` has every step in order; facts were said of the first `told` of them. `effects` are
    the changes of stock that steps called for and that are not known to be done yet, in their
    order; `operations` counts what has ever been asked of stock, and gives each its id. `keys` are
    those of requests that a repeat would do twice.
    """

    id: str
    version: int
    buyer_id: PersonId
    region_id: RegionId
    lines: tuple[OrderedLine, ...]
    payment: Payment
    pay_by: datetime
    rechecks: tuple[Recheck, ...] = ()
    shipping_fee: Fen = NOTHING
    recipient: Recipient | None = None
    destination: Position | None = None
    pickup_store_id: StoreId | None = None
    credit: Credit | None = None
    wishes: Wishes = NO_WISHES
    settled: bool = False
    parts: tuple[FulfilmentOrder, ...] = ()
    returns: tuple[Return, ...] = ()
    history: tuple[Step, ...] = ()
    told: int = 0
    effects: tuple[StockEffect, ...] = ()
    operations: int = 0
    keys: tuple[RequestKey, ...] = ()
    reports: ShippingReports = NOTHING_TOLD

    def part(self, id: str) -> FulfilmentOrder:
        """The fulfilment order of this id, or NotFound."""
        for part in self.parts:
            if part.id == id:
                return part
        raise NotFound(f"There is no fulfilment order {id}; look its id up in the queue.")

    @property
    def holds(self) -> tuple[Share, ...]:
        """What is reserved in the names of its parts in which store."""
        return tuple(
            Share(store_id=part.held_at, units=part.held)
            for part in self.parts
            if part.held_at is not None
        )

    @property
    def moving(self) -> tuple[Share, ...]:
        """What is just being reserved, given back or taken away."""
        routing = [part for part in self.parts if part.state is PartState.ROUTING]
        places = [(part.store_id, part.units) for part in routing]
        places += [(part.held_at, part.held) for part in routing]
        places += [(one.store_id, one.units) for one in self.effects if one.kind in UNRESERVING]
        return tuple(Share(store_id=where, units=units) for where, units in places if where)

    def live_parts(self) -> tuple[FulfilmentOrder, ...]:
        """The parts that others have not taken the place of."""
        return tuple(part for part in self.parts if part.state not in REPLACED)

    def with_step(self, step: Step, **changes: Any) -> "Fulfilment":
        """The fulfilment with some of it changed, and the step that did so recorded."""
        return replace(self, history=(*self.history, step), **changes)

    def with_part(
        self, part: FulfilmentOrder, after: PartState, cause: Cause, **changes: Any
    ) -> "Fulfilment":
        """Take one part a step further and record it."""
        step = PART.step(part.id, part.state, after, cause)
        return self.with_plan(part, state=after, **changes).with_step(step)

    def with_plan(self, part: FulfilmentOrder, **changes: Any) -> "Fulfilment":
        """Change what is planned for a part that stays in its state."""
        changed = replace(part, **changes)
        parts = tuple(changed if one.id == part.id else one for one in self.parts)
        return replace(self, parts=parts)

    def with_target(self, part: FulfilmentOrder, store_id: StoreId, **changes: Any) -> "Fulfilment":
        """Plan a store for a part, where an operation of its own is to reserve its units."""
        counted = replace(self, operations=self.operations + 1)
        return counted.with_plan(
            part, store_id=store_id, reservation=counted._operation_id, **changes
        )

    def with_new_part(self, cause: Cause, state: PartState, **fields: Any) -> "Fulfilment":
        """Add a part; its id is the order's with a number."""
        part_id = FulfilmentOrderId(f"{self.id}-{len(self.parts) + 1}")
        part = FulfilmentOrder(id=part_id, state=state, **fields)
        return self.with_step(PART.begin(part_id, state, cause), parts=(*self.parts, part))

    def with_effect(
        self, kind: StockEffectKind, store_id: StoreId | None, units: Units, cause: Cause
    ) -> "Fulfilment":
        """Call for a change of stock; of no units, or of none in any store, it is nothing."""
        if store_id is None or not units:
            return self
        counted = replace(self, operations=self.operations + 1)
        effect = StockEffect(
            id=counted._operation_id, kind=kind, store_id=store_id, units=units, at=cause.at
        )
        return replace(counted, effects=(*self.effects, effect))

    @property
    def _operation_id(self) -> str:
        """The id of the newest operation on stock: one count gives all of them theirs."""
        return f"{self.id}:{self.operations}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A fulfilment order with the order that it is a part of."""

    fulfilment: Fulfilment
    part: FulfilmentOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedReturn:
    """A return with the order that it is of."""

    fulfilment: Fulfilment
    returned: Return


def asked_of(fulfilment: Fulfilment, store_id: StoreId) -> list[Placed]:
    """The parts of an order that a store is, or was, asked for."""
    return [
        Placed(fulfilment=fulfilment, part=part)
        for part in fulfilment.parts
        if part.store_id == store_id and part.state is not PartState.ROUTING
    ]
