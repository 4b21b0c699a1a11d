"""The ports of fulfilment, and the engine that does what a saved step left to be done."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from domain.mall import parts, refunds
from domain.mall.attribution import Credit
from domain.mall.catalogue import Sku
from domain.mall.fulfilment import (
    Fulfilment,
    FulfilmentOrder,
    OrderedLine,
    PartState,
    StockEffect,
)
from domain.mall.payments import (
    Notices,
    PaymentProvider,
    PaymentState,
    Refund,
    RefundState,
    SandboxWallet,
)
from domain.mall.routing import Candidate, Decision, Units, route
from domain.mall.states import SYSTEM, Act
from domain.mall.stores import RegionId, StoreId
from domain.money import Fen
from domain.paging import Page, PageRequest
from domain.people.viewer import PersonId
from domain.places import Position
from domain.refusals import Conflict, NotFound, Unavailable

MOST_REPEATS = 8
# How long whoever saved a step has to do what it calls for, before a sweeper steps in.
GRACE = timedelta(seconds=15)
# How long a sweeper keeps an order to itself, which is also when what failed is tried again.
LEASE = timedelta(seconds=60)

Rule = Callable[[Fulfilment], Fulfilment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A fulfilment order with the order that it is a part of."""

    fulfilment: Fulfilment
    part: FulfilmentOrder


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
    destination: Position | None
    pickup_store_id: StoreId | None
    credit: Credit | None


class Orders(Protocol):
    """The orders that were placed."""

    async def payable(self, id: str) -> Payable | None:
        """The order of this id."""

    async def settle(self, id: str, act: Act) -> Decision | None:
        """Mark the order paid and answer which store gives what; again, it is the same answer.

        One that expired is revived if its units can still be had, else the answer is None.
        """

    async def cancel(self, id: str, act: Act) -> bool:
        """Call off an order that is not paid and give its units back; tell whether it is off."""


class Shelves(Protocol):
    """The stock of stores, as fulfilment changes it; every change is done once per operation."""

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone."""

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step calls for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilling:
    """The ports that payment and fulfilment need.

    A real provider tells of payments by notices; a sandbox has a wallet instead.
    """

    fulfilments: Fulfilments
    orders: Orders
    shelves: Shelves
    provider: PaymentProvider
    notices: Notices | None = None
    sandbox: SandboxWallet | None = None


async def load(mall: Fulfilling, id: str) -> Fulfilment:
    """The fulfilment of an order, or NotFound."""
    found = await mall.fulfilments.by_id(id)
    if found is None:
        raise NotFound(f"Order {id} has no payment yet; start one with paymentStart.")
    return found


async def change(mall: Fulfilling, id: str, rule: Rule) -> Fulfilment:
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
    return bool(unsettled or routing or fulfilment.effects or _refunds_due(fulfilment))


async def advance(mall: Fulfilling, id: str, *, now: datetime) -> Fulfilment:
    """Do whatever the steps taken so far have left to be done.

    Each piece may be done twice, by two processes or after a crash, to the effect of once.
    """
    act = Act(actor=SYSTEM, at=now)
    fulfilment = await load(mall, id)
    if fulfilment.payment.state is PaymentState.OPEN and fulfilment.pay_by <= now:
        fulfilment = await _ask_and_close(mall, fulfilment, act)
    if fulfilment.payment.state is PaymentState.PAID and not fulfilment.settled:
        fulfilment = await _settle(mall, fulfilment, act)
    fulfilment = await change(mall, id, lambda found: _time_out_overdue(found, now))
    fulfilment = await _carry_out_effects(mall, fulfilment, now)
    while part := _next_to_route(fulfilment):
        fulfilment = await _route_one(mall, fulfilment, part, act)
        fulfilment = await _carry_out_effects(mall, fulfilment, now)
    return await _give_back(mall, fulfilment, act)


async def sweep(mall: Fulfilling, *, now: datetime, most: int = 100) -> int:
    """Attend to what is due: answers that did not come in time, and what a crash left undone."""
    due = await mall.fulfilments.claim_due(now, until=now + LEASE, most=most)
    faults: list[Exception] = []
    for order_id in due:
        try:
            await advance(mall, order_id, now=now)
        except Exception as fault:  # one order's trouble is not the others'
            faults.append(fault)
    if faults:
        raise ExceptionGroup("some orders could not be attended to", faults)
    return len(due)


async def _ask_and_close(mall: Fulfilling, fulfilment: Fulfilment, act: Act) -> Fulfilment:
    """Make up for a word of the provider's that was lost, or take no payment any more."""
    answer = await mall.provider.query(fulfilment.id)
    if isinstance(answer, Paid):
        return await change(mall, fulfilment.id, partial(refunds.arrived, paid=answer, act=act))
    await mall.provider.close(fulfilment.id)
    said = replace(act, reason="The time to pay is over.")
    return await change(mall, fulfilment.id, partial(refunds.close, act=said))


async def _settle(mall: Fulfilling, fulfilment: Fulfilment, act: Act) -> Fulfilment:
    """Turn a payment into fulfilment orders, or give it back where the goods are gone."""
    decision = await mall.orders.settle(fulfilment.id, act)

    def settled(found: Fulfilment) -> Fulfilment:
        if found.settled:
            return found
        if decision is not None:
            return parts.offer_as_planned(found, decision, act)
        too_late = replace(act, reason="The payment came after the order had expired.")
        return replace(refunds.request(found, found.payment.amount, too_late), settled=True)

    return await change(mall, fulfilment.id, settled)


def _time_out_overdue(fulfilment: Fulfilment, now: datetime) -> Fulfilment:
    act = Act(actor=SYSTEM, at=now, reason="The store did not answer in time.")
    for part in fulfilment.parts:
        if parts.overdue(part, now):
            fulfilment = parts.time_out(fulfilment, part, act)
    return fulfilment


async def _carry_out_effects(mall: Fulfilling, fulfilment: Fulfilment, now: datetime) -> Fulfilment:
    done = set()
    for effect in fulfilment.effects:
        await mall.shelves.carry_out(effect, fulfilment.id, now=now)
        done.add(effect.id)

    def without_done(found: Fulfilment) -> Fulfilment:
        left = tuple(effect for effect in found.effects if effect.id not in done)
        return replace(found, effects=left) if left != found.effects else found

    return await change(mall, fulfilment.id, without_done) if done else fulfilment


def _next_to_route(fulfilment: Fulfilment) -> FulfilmentOrder | None:
    return next((one for one in fulfilment.parts if one.state is PartState.ROUTING), None)


async def _route_one(
    mall: Fulfilling, fulfilment: Fulfilment, part: FulfilmentOrder, act: Act
) -> Fulfilment:
    """Take a part one move on: plan its store, or reserve there and offer it."""

    def if_still(rule: Callable[[Fulfilment, FulfilmentOrder], Fulfilment]) -> Rule:
        """The rule, unless somebody else has moved the part meanwhile."""
        return lambda found: rule(found, part) if found.part(part.id) == part else found

    if part.store_id is None:
        decision = await _decide(mall, fulfilment, part, act.at)
        return await change(
            mall, fulfilment.id, if_still(lambda found, one: parts.plan(found, one, decision, act))
        )
    reserved = await mall.shelves.reserve(
        f"{part.id}:{part.tries}",
        fulfilment.id,
        part.store_id,
        parts.to_reserve(part),
        now=act.at,
    )
    rule = parts.offer if reserved else parts.plan_again
    return await change(mall, fulfilment.id, if_still(lambda found, one: rule(found, one, act)))


async def _decide(
    mall: Fulfilling, fulfilment: Fulfilment, part: FulfilmentOrder, now: datetime
) -> Decision:
    candidates = await mall.shelves.candidates(fulfilment.region_id, part.units, now=now)
    return route(
        part.units,
        candidates,
        destination=fulfilment.destination,
        pickup_store_id=fulfilment.pickup_store_id,
        refused=part.refused,
    )


def _refunds_due(fulfilment: Fulfilment) -> list[Refund]:
    waiting = {RefundState.REQUESTED, RefundState.PROCESSING}
    return [one for one in fulfilment.payment.refunds if one.state in waiting]


async def _give_back(mall: Fulfilling, fulfilment: Fulfilment, act: Act) -> Fulfilment:
    """Ask the provider for each refund that is due; one it can't take now is tried again later."""
    for refund in _refunds_due(fulfilment):
        try:
            if refund.state is RefundState.PROCESSING:
                state = await mall.provider.query_refund(refund.id)
            else:
                state = await mall.provider.refund(
                    fulfilment.id,
                    refund.id,
                    refund.amount,
                    of=fulfilment.payment.amount,
                    reason=refund.reason,
                )
        except Unavailable:
            continue
        fulfilment = await change(
            mall, fulfilment.id, partial(refunds.heard, refund_id=refund.id, state=state, act=act)
        )
    return fulfilment
