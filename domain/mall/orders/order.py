"""Orders: what was bought, for whom, and where they stand until they are paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.catalogue.catalogue import ProductId, Sku
from domain.catalogue.units import Units
from domain.kernel.ids import PersonId
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.places import Position
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.mall.routing.routing import Decision, Share
from domain.mall.stock.pools import OrderId
from domain.network.stores import RegionId, StoreId
from domain.people.accounts import GuideId
from domain.promotions.budgets import Spending
from domain.promotions.offers import CouponId
from domain.promotions.rechecks import Recheck
from domain.promotions.reckoning import Allocation
from domain.sharing.attribution import Credit

PAY_WITHIN = timedelta(minutes=15)


class OrderState(StrEnum):
    """Where an order stands; a pending one is being placed and nobody has been told of it."""

    PENDING = "PENDING"
    PLACED = "PLACED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


# A payment may come after the order has expired: it is paid then if its units can still be had.
ORDER: Machine[OrderState] = Machine(
    "order",
    begins=frozenset({OrderState.PENDING, OrderState.PLACED}),
    next={
        OrderState.PENDING: frozenset({OrderState.PLACED}),
        OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED}),
        OrderState.EXPIRED: frozenset({OrderState.PAID}),
        OrderState.PAID: frozenset(),
        OrderState.CANCELLED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """Units of one SKU as they were bought: later changes of name or price do not touch it.

    `by_points` is the part of `off` that points pay.
    """

    sku: Sku
    product_id: ProductId
    name: str
    options: str
    quantity: int
    price: Fen
    off: Fen = NOTHING
    by_points: Fen = NOTHING

    @property
    def amount(self) -> Fen:
        """What the line costs at the catalogue's price."""
        return Fen(self.quantity * self.price)

    @property
    def payable(self) -> Fen:
        """What is to be paid for it, after all that offers and points take `off`."""
        return Fen(self.amount - self.off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets the parcel and where; `district` is a GB/T 2260 division code, `names` its words."""

    name: str
    phone: str
    district: str
    address: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the buyer asks of whoever packs the order; wrapping costs nothing."""

    note: str = ""
    gift_wrap: bool = False


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Units to be given back since a moment, by an operation of its own.

    It stays as it is until that is done, whatever becomes of its order meanwhile.
    """

    id: str
    shares: tuple[Share, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one buyer ordered at once from the stock of one region.

    `fingerprint` tells whether a request asks for the same. `decision` is the plan by which its
    units are reserved, the last of `promises` the operation that did so. `discounts` say by which
    version of which rule each line's `off` came to be; `gifts` of its units came with an offer,
    `points` are to pay a part, `budgets` what it takes of those of offers, `rechecks` the
    thresholds that are asked for again when goods come back. `release` is what is to be given back
    of an order that ended unpaid and may not all be yet. `bonded_to` is whose customer the buyer
    was. `cancel_key` is that of the request that called it off. `forgone` is one whose payment came
    too late to be of use, and is paid back. Facts were said of the first `told` steps.
    """

    id: OrderId
    buyer_id: PersonId
    idempotency_key: str
    fingerprint: str
    region_id: RegionId
    store_id: StoreId
    lines: tuple[OrderLine, ...]
    state: OrderState
    placed_at: datetime
    expires_at: datetime
    recipient: Recipient | None = None
    destination: Position | None = None
    pickup_store_id: StoreId | None = None
    wishes: Wishes = NO_WISHES
    discounts: tuple[Allocation, ...] = ()
    coupons: tuple[CouponId, ...] = ()
    gifts: int = 0
    points: int = 0
    budgets: tuple[Spending, ...] = ()
    rechecks: tuple[Recheck, ...] = ()
    shipping_fee: Fen = NOTHING
    credit: Credit | None = None
    bonded_to: GuideId | None = None
    decision: Decision | None = None
    promises: tuple[str, ...] = ()
    release: Release | None = None
    cancel_key: RequestKey | None = None
    forgone: bool = False
    steps: tuple[Step, ...] = ()
    told: int = 0
    version: int = 1

    @property
    def units(self) -> Units:
        """How many of each SKU."""
        return {line.sku: line.quantity for line in self.lines}

    @property
    def total(self) -> Fen:
        """What is to be paid for the whole order, the way to the buyer included."""
        return Fen(sum(line.payable for line in self.lines) + self.shipping_fee)

    @property
    def shares(self) -> Mapping[StoreId, Units]:
        """What its plan takes from which store."""
        decision = self.decision
        return {share.store_id: share.units for share in decision.shares} if decision else {}

    @property
    def holds(self) -> tuple[Share, ...]:
        """What is reserved for it in which store, until its fulfilment orders hold that."""
        held = self.state in (OrderState.PLACED, OrderState.PAID)
        return self.decision.shares if held and self.decision else ()

    @property
    def moving(self) -> tuple[Share, ...]:
        """What is just being given back."""
        return self.release.shares if self.release else ()


def placed(order: Order, decision: Decision, promise_id: str) -> Order:
    """The order whose units are all reserved by a plan; its buyer may be told."""
    cause = Cause(actor=order.buyer_id, at=order.placed_at)
    begun = ORDER.begin(order.id, OrderState.PLACED, cause)
    return replace(
        order,
        state=OrderState.PLACED,
        decision=decision,
        promises=(promise_id,),
        steps=(begun,),
    )


def paid(order: Order, cause: Cause) -> Order:
    """The order whose payment arrived in time."""
    return _after(order, OrderState.PAID, cause)


def revived(order: Order, decision: Decision, promise_id: str, cause: Cause) -> Order:
    """The expired order whose payment arrived late, with units reserved anew."""
    return replace(
        _after(order, OrderState.PAID, cause),
        decision=decision,
        promises=(*order.promises, promise_id),
    )


def forgone(order: Order) -> Order:
    """The expired order that no payment revives any more."""
    return replace(order, forgone=True)


def expired(order: Order, cause: Cause, *, release_id: str) -> Order:
    """The order that nobody paid in time; its units are to be given back."""
    return _ended(order, OrderState.EXPIRED, cause, release_id)


def cancelled(order: Order, cause: Cause, *, key: RequestKey, release_id: str) -> Order:
    """The order that was called off before it was paid; its units are to be given back."""
    return replace(_ended(order, OrderState.CANCELLED, cause, release_id), cancel_key=key)


def _ended(order: Order, state: OrderState, cause: Cause, release_id: str) -> Order:
    release = Release(id=release_id, shares=order.holds, since=cause.at)
    return replace(_after(order, state, cause), release=release)


def _after(order: Order, state: OrderState, cause: Cause) -> Order:
    taken = ORDER.step(order.id, order.state, state, cause)
    return replace(order, state=state, steps=(*order.steps, taken))


class Orders(Protocol):
    """The orders; each is one aggregate with a version."""

    async def begin(self, order: Order) -> Order:
        """Keep a pending order; if its buyer has used its key before, answer that one instead."""

    async def place(self, order: Order) -> Order | None:
        """Make a pending order a placed one, as it is answered; None if it was given up."""

    async def give_up(self, id: OrderId) -> bool:
        """Forget an order if it is pending; tell whether it was."""

    async def by_id(self, id: OrderId) -> Order | None:
        """The order of this id."""

    async def by_key(self, buyer_id: PersonId, key: str) -> Order | None:
        """The order that a buyer sent with this key."""

    async def handed_over(self, visitor_id: PersonId, key: str) -> bool:
        """Whether a visitor's order of this key is a member's since they have signed in."""

    async def of_buyer(
        self, buyer_ids: Sequence[PersonId], state: OrderState | None, request: PageRequest
    ) -> Page[Order]:
        """A buyer's orders that were placed, or those in a state, the newest first."""

    async def count_of_buyer(self, buyer_ids: Sequence[PersonId]) -> Mapping[OrderState, int]:
        """How many orders of a buyer that were placed are in each state that any is in."""

    async def paid_by(self, buyer_ids: Sequence[PersonId], request: PageRequest) -> Page[Order]:
        """Orders that some buyers paid, the newest first, on the cursors of `OF_MEMBERS`."""

    async def save(self, order: Order, *, expected: int) -> Order:
        """Write an order over the expected version and answer it with all of its steps told.

        Raises Conflict if that is not the newest.
        """

    async def released(self, order: Order, release_id: str) -> None:
        """Note that the units of a release are all given back."""

    async def pending_since(self, before: datetime, most: int) -> Sequence[OrderId]:
        """Orders that have been pending since before a moment."""

    async def expiring(self, now: datetime, most: int) -> Sequence[OrderId]:
        """Placed orders whose time to be paid is over."""

    async def releasing(self, before: datetime, most: int) -> Sequence[OrderId]:
        """Orders whose units have been due to be given back since before a moment."""
