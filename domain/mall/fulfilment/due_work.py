"""What steps of fulfilment have left to be done, by whoever took them or by the clock."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.kernel.each import each
from domain.kernel.money import Fen
from domain.kernel.refusals import NotFound, Unavailable
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment import fulfilment_orders, refunds
from domain.mall.fulfilment.attention import close_due, refunds_due
from domain.mall.fulfilment.fulfilments import Fulfilment, FulfilmentOrder, PartState
from domain.mall.fulfilment.payments import (
    Paid,
    PaymentState,
    Refund,
    RefundAnswer,
    RefundState,
)
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.recording import record_payment
from domain.mall.fulfilment.saving import FulfilmentRule, change, load
from domain.mall.fulfilment.stray_payments import StrayPayment
from domain.mall.routing.routing import Decision, route
from domain.network.stores import StoreId
from domain.people.act import Act

# How long a sweeper keeps an order to itself, which is also when what failed is tried again.
LEASE = timedelta(seconds=60)
MOST_AT_ONCE = 100
# So many wait for the provider together. One that is down takes five seconds to say so, and may be
# asked twice for an order: a hundred orders are through within their lease all the same.
WAITING_TOGETHER = 20


async def advance(
    ports: FulfilmentPorts, act: Act, order_id: str, *, found: Fulfilment | None = None
) -> Fulfilment:
    """Do whatever the steps taken so far have left to be done.

    Who has just loaded or saved the fulfilment hands it over as `found`. Each piece may be done
    twice, by two processes or after a crash, to the effect of once.
    """
    cause = Cause(actor=SYSTEM, at=act.at)
    fulfilment = found or await load(ports.fulfilments, order_id)
    if close_due(fulfilment, act.at):
        fulfilment = await _close_and_ask(ports, act, fulfilment, cause)
    if fulfilment.payment.state is PaymentState.PAID and not fulfilment.settled:
        fulfilment = await _settle(ports, act, fulfilment, cause)
    overdue = partial(fulfilment_orders.time_out_overdue, cause=cause)
    fulfilment = await change(ports.fulfilments, order_id, overdue, found=fulfilment)
    fulfilment = await _carry_out_effects(ports, fulfilment, act.at)
    while part := _next_to_route(fulfilment):
        fulfilment = await _route_one(ports, fulfilment, part, cause)
        fulfilment = await _carry_out_effects(ports, fulfilment, act.at)
    return await _give_back(ports, act, fulfilment)


async def sweep_fulfilments(ports: FulfilmentPorts, act: Act) -> int:
    """Attend to what is due: answers that did not come in time, and what a crash left undone.

    Tells of how many orders that was.
    """
    due = await ports.fulfilments.claim_due(act.at, until=act.at + LEASE, most=MOST_AT_ONCE)
    return await each(due, partial(advance, ports, act), at_once=WAITING_TOGETHER)


async def _close_and_ask(
    ports: FulfilmentPorts, act: Act, fulfilment: Fulfilment, cause: Cause
) -> Fulfilment:
    """Take no payment any more, then make up for a word of the provider's that was lost.

    In this order: what came between a question and the close would never be heard of.
    """
    await ports.provider.close(fulfilment.id)
    answer = await ports.provider.query(fulfilment.id)
    if isinstance(answer, Paid):
        paid = await record_payment(ports, act, answer)
        if paid is not None:
            return paid
    elif isinstance(answer, StrayPayment):
        await ports.strays.note(answer)
    rule = partial(refunds.asked, cause=replace(cause, reason="The time to pay is over."))
    return await change(ports.fulfilments, fulfilment.id, rule, found=fulfilment)


async def _settle(
    ports: FulfilmentPorts, act: Act, fulfilment: Fulfilment, cause: Cause
) -> Fulfilment:
    """Turn a payment into fulfilment orders, or give it back where the goods are gone."""
    decision = await ports.orders.settle(act, fulfilment.id)

    def settled(found: Fulfilment) -> Fulfilment:
        if found.settled:
            return found
        if decision is not None:
            return fulfilment_orders.offer_as_planned(
                found, decision, cause, answer_by=partial(_answer_by, ports, at=cause.at)
            )
        too_late = replace(cause, reason="The payment came after the order had ended.")
        return replace(refunds.give_back(found, found.payment.amount, too_late), settled=True)

    after = await change(ports.fulfilments, fulfilment.id, settled, found=fulfilment)
    return await _counted(ports, after, cause)


def _answer_by(ports: FulfilmentPorts, store_id: StoreId, *, at: datetime) -> datetime:
    return fulfilment_orders.answer_by(ports.directory.directory().store(store_id), at)


async def _counted(ports: FulfilmentPorts, fulfilment: Fulfilment, cause: Cause) -> Fulfilment:
    """Count the parts that stores are asked for towards their day's capacity."""
    for part in fulfilment.parts:
        if part.state is PartState.OFFERED and part.store_id is not None:
            await ports.shelves.given(part.id, part.store_id, now=cause.at)
    return fulfilment


async def _carry_out_effects(
    ports: FulfilmentPorts, fulfilment: Fulfilment, now: datetime
) -> Fulfilment:
    done = set()
    for effect in fulfilment.effects:
        await ports.shelves.carry_out(effect, fulfilment.id, now=now)
        done.add(effect.id)

    def without_done(found: Fulfilment) -> Fulfilment:
        left = tuple(effect for effect in found.effects if effect.id not in done)
        return replace(found, effects=left) if left != found.effects else found

    if not done:
        return fulfilment
    return await change(ports.fulfilments, fulfilment.id, without_done, found=fulfilment)


def _next_to_route(fulfilment: Fulfilment) -> FulfilmentOrder | None:
    return next((one for one in fulfilment.parts if one.state is PartState.ROUTING), None)


async def _route_one(
    ports: FulfilmentPorts, fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause
) -> Fulfilment:
    """Take a part one move on: plan its store, or reserve there and offer it."""

    def if_still(rule: Callable[[Fulfilment, FulfilmentOrder], Fulfilment]) -> FulfilmentRule:
        """The rule, unless somebody else has moved the part meanwhile."""
        return lambda found: rule(found, part) if found.part(part.id) == part else found

    if part.store_id is None or part.reservation is None:
        decision = await _decide(ports, fulfilment, part, cause.at)
        planned = partial(fulfilment_orders.plan, decision=decision, cause=cause)
        return await change(ports.fulfilments, fulfilment.id, if_still(planned), found=fulfilment)
    reserved = await ports.shelves.reserve(
        part.reservation,
        fulfilment.id,
        part.store_id,
        fulfilment_orders.to_reserve(part),
        now=cause.at,
    )
    rule = partial(fulfilment_orders.plan_again, cause=cause)
    if reserved:
        answer_by = _answer_by(ports, part.store_id, at=cause.at)
        rule = partial(fulfilment_orders.offer, cause=cause, answer_by=answer_by)
    moved = await change(ports.fulfilments, fulfilment.id, if_still(rule))
    return await _counted(ports, moved, cause)


async def _decide(
    ports: FulfilmentPorts, fulfilment: Fulfilment, part: FulfilmentOrder, now: datetime
) -> Decision:
    candidates = await ports.shelves.candidates(fulfilment.region_id, part.units, now=now)
    return route(
        part.units,
        candidates,
        destination=fulfilment.destination,
        pickup_store_id=fulfilment.pickup_store_id,
        refused=part.refused,
    )


async def _give_back(ports: FulfilmentPorts, act: Act, fulfilment: Fulfilment) -> Fulfilment:
    """Ask the provider for each refund that is due; one it can't take now is tried again later."""
    cause = Cause(actor=SYSTEM, at=act.at)
    for refund in refunds_due(fulfilment):
        try:
            answer = await _answer_to(ports, act, fulfilment, refund)
        except Unavailable:
            continue
        if answer is not None:
            heard = partial(refunds.heard, refund_id=refund.id, answer=answer, cause=cause)
            fulfilment = await change(ports.fulfilments, fulfilment.id, heard)
    return fulfilment


async def _answer_to(
    ports: FulfilmentPorts, act: Act, fulfilment: Fulfilment, refund: Refund
) -> RefundAnswer | None:
    """What the provider says to a refund; None while it is not its turn."""
    now, order_id = act.at, fulfilment.id
    if refund.state is RefundState.PROCESSING:
        with contextlib.suppress(NotFound):
            return await ports.provider.query_refund(refund.id)
    elif ports.before_refunds is not None:
        after = Fen(fulfilment.payment.on_its_way_back + refund.amount)
        requested_at = refund.requested_at
        if not await ports.before_refunds.may_go(act, order_id, after, requested_at=requested_at):
            return None
    # Noted before it goes out, so that whoever takes over keeps the time between refunds too.
    apart = ports.provider.refunds_apart
    asked = partial(refunds.ask, refund_id=refund.id, at=now, apart=apart)
    payment = (await change(ports.fulfilments, order_id, asked)).payment
    if all(one.asked_at != now for one in payment.refunds if one.id == refund.id):
        return None
    return await ports.provider.refund(
        order_id, refund.id, refund.amount, of=payment.amount, reason=refund.reason
    )
