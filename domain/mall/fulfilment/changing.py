"""The ports of payment and fulfilment, and how an order's fulfilment is changed."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    OrderedLine,
    PartState,
    StockEffect,
)
from domain.mall.fulfilment.payments import (
    Notices,
    PaymentProvider,
    PaymentState,
    Refund,
    RefundState,
    SandboxWallet,
)
from domain.mall.orders.order import Recipient
from domain.mall.routing.routing import Candidate, Decision
from domain.network.stores import RegionId, StoreId
from domain.sharing.attribution import Credit

MOST_REPEATS = 8
LONGEST_KEY = 64
# How long whoever saved a step has to do what it calls for, before a sweeper steps in.
GRACE = timedelta(seconds=15)

Rule = Callable[[Fulfilment], Fulfilment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A fulfilment order with the order that it is a part of."""

    fulfilment: Fulfilment
    part: FulfilmentOrder


def asked_of(fulfilment: Fulfilment, store_id: StoreId) -> list[Placed]:
    """The parts of an order that a store is, or was, asked for."""
    return [
        Placed(fulfilment=fulfilment, part=part)
        for part in fulfilment.parts
        if part.store_id == store_id and part.state is not PartState.ROUTING
    ]


class Fulfilments(Protocol):
    """The fulfilments of orders, each one aggregate with a version."""

    async def by_id(self, id: str) -> Fulfilment | None:
        """The fulfilment of an order."""

    async def by_ids(self, ids: Collection[str]) -> Mapping[str, Fulfilment]:
        """The fulfilments of those orders that have one, in one round trip."""

    async def save(self, fulfilment: Fulfilment, *, attend_at: datetime | None) -> Fulfilment:
        """Write it over the version that it was made from and answer the new version.

        Raises Conflict if that is not the newest. `attend_at` is when it needs attention again.
        """

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders that need attention by now, so that nobody else gets them before `until`."""

    async def queue(
        self, store_id: StoreId | None, states: Collection[PartState], request: PageRequest
    ) -> Page[Placed]:
        """The parts of a store that are in some states, or those of no store, oldest order first.

        Parts that others have taken the place of are left out.
        """

    async def with_exceptions(self, request: PageRequest) -> Page[Fulfilment]:
        """The orders of which something waits for head office, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """An order that was placed, as payment and fulfilment see it; `open` until it is paid."""

    id: str
    buyer_id: PersonId
    region_id: RegionId
    lines: tuple[OrderedLine, ...]
    total: Fen
    expires_at: datetime
    open: bool
    recipient: Recipient | None
    destination: Position | None
    pickup_store_id: StoreId | None
    credit: Credit | None

    @property
    def description(self) -> str:
        """What the buyer reads when paying: 极寒长款羽绒服 等 2 件; at most 40 characters."""
        pieces = sum(line.quantity for line in self.lines)
        first = self.lines[0].name[:30]
        return first if pieces == 1 else f"{first} 等 {pieces} 件"


class Orders(Protocol):
    """The orders that were placed."""

    async def payable(self, id: str) -> Payable | None:
        """The order of this id."""

    async def settle(self, id: str, act: Cause) -> Decision | None:
        """Mark the order paid and answer which store gives what; again, it is the same answer.

        One that expired is revived if its units can still be had, else the answer is None.
        """

    async def cancel(self, id: str, act: Cause) -> bool:
        """Call off an order that is not paid and give its units back; tell whether it is off."""


class Shelves(Protocol):
    """The stock of stores, as fulfilment changes it; every change is done once per operation."""

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""

    def answer_by(self, store_id: StoreId, *, now: datetime) -> datetime:
        """Until when a store that is asked now has to answer."""

    async def given(self, part_id: str, store_id: StoreId, *, now: datetime) -> None:
        """Count a fulfilment order towards its store's capacity of today, once."""

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone."""

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step calls for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPorts(Ports):
    """The ports that payment and fulfilment need.

    A real provider tells of payments by notices; a sandbox has a wallet instead.
    """

    fulfilments: Fulfilments
    orders: Orders
    shelves: Shelves
    provider: PaymentProvider
    notices: Notices | None = None
    sandbox: SandboxWallet | None = None


def once(key: str, rule: Rule) -> Rule:
    """The rule, applied to an order for one request at most, however often that is sent."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid(
            f"Make up a key of 1 to {LONGEST_KEY} characters for each request, such as a UUID.",
            field=["idempotencyKey"],
        )

    def apply(found: Fulfilment) -> Fulfilment:
        if key in found.keys:
            return found
        return replace(rule(found), keys=found.keys | {key})

    return apply


async def load(mall: FulfilmentPorts, id: str) -> Fulfilment:
    """The fulfilment of an order, or NotFound."""
    found = await mall.fulfilments.by_id(id)
    if found is None:
        raise NotFound(f"Order {id} has no payment yet; start one with paymentStart.")
    return found


async def change(mall: FulfilmentPorts, id: str, rule: Rule) -> Fulfilment:
    """Load, apply a rule, save; a rule that changes nothing saves nothing.

    The rule is applied again to what somebody else has saved meanwhile.
    """
    for _ in range(MOST_REPEATS):
        before = await load(mall, id)
        after = rule(before)
        if after is before:
            return before
        try:
            return await mall.fulfilments.save(after, attend_at=attend_at(after))
        except Conflict:
            continue
    raise Conflict("Others are changing this order at the same time; try again in a moment.")


def attend_at(fulfilment: Fulfilment) -> datetime | None:
    """When a fulfilment needs attention; None while it waits for people alone."""
    moments = [part.accept_by for part in fulfilment.parts if part.accept_by is not None]
    if fulfilment.payment.state is PaymentState.OPEN:
        moments.append(fulfilment.pay_by)
    if _unfinished(fulfilment) and fulfilment.history:
        moments.append(fulfilment.history[-1].at + GRACE)
    return min(moments, default=None)


def _unfinished(fulfilment: Fulfilment) -> bool:
    unsettled = fulfilment.payment.state is PaymentState.PAID and not fulfilment.settled
    routing = any(part.state is PartState.ROUTING for part in fulfilment.parts)
    return bool(unsettled or routing or fulfilment.effects or refunds_due(fulfilment))


def refunds_due(fulfilment: Fulfilment) -> list[Refund]:
    """The refunds that the provider has to be asked for, or after."""
    waiting = {RefundState.REQUESTED, RefundState.PROCESSING}
    return [one for one in fulfilment.payment.refunds if one.state in waiting]
