"""The engine that does what the steps of an order's fulfilment have left to be done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.kernel.refusals import Unavailable
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment import fulfilment_orders, refunds
from domain.mall.fulfilment.fulfilments import Fulfilment, FulfilmentOrder, PartState
from domain.mall.fulfilment.payments import Paid, PaymentState, RefundState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import FulfilmentRule, change, load, refunds_due
from domain.mall.routing.routing import Decision, route

# How long a sweeper keeps an order to itself, which is also when what failed is tried again.
LEASE = timedelta(seconds=60)


async def advance(mall: FulfilmentPorts, id: str, *, now: datetime) -> Fulfilment:
    """Do whatever the steps taken so far have left to be done.

    Each piece may be done twice, by two processes or after a crash, to the effect of once.
    """
    act = Cause(actor=SYSTEM, at=now)
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


async def sweep_fulfilments(mall: FulfilmentPorts, *, now: datetime, most: int = 100) -> int:
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


async def _ask_and_close(mall: FulfilmentPorts, fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Make up for a word of the provider's that was lost, or take no payment any more."""
    answer = await mall.provider.query(fulfilment.id)
    if isinstance(answer, Paid):
        return await change(mall, fulfilment.id, partial(refunds.arrived, paid=answer, act=act))
    await mall.provider.close(fulfilment.id)
    said = replace(act, reason="The time to pay is over.")
    return await change(mall, fulfilment.id, partial(refunds.close, act=said))


async def _settle(mall: FulfilmentPorts, fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Turn a payment into fulfilment orders, or give it back where the goods are gone."""
    decision = await mall.orders.settle(fulfilment.id, act)

    def settled(found: Fulfilment) -> Fulfilment:
        if found.settled:
            return found
        if decision is not None:
            return fulfilment_orders.offer_as_planned(
                found,
                decision,
                act,
                answer_by=lambda store_id: mall.shelves.answer_by(store_id, now=act.at),
            )
        too_late = replace(act, reason="The payment came after the order had expired.")
        return replace(refunds.request(found, found.payment.amount, too_late), settled=True)

    return await _counted(mall, await change(mall, fulfilment.id, settled), act)


async def _counted(mall: FulfilmentPorts, fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Count the parts that stores are asked for towards their day's capacity."""
    for part in fulfilment.parts:
        if part.state is PartState.OFFERED and part.store_id is not None:
            await mall.shelves.given(part.id, part.store_id, now=act.at)
    return fulfilment


def _time_out_overdue(fulfilment: Fulfilment, now: datetime) -> Fulfilment:
    act = Cause(actor=SYSTEM, at=now, reason="The store did not answer in time.")
    for part in fulfilment.parts:
        if fulfilment_orders.overdue(part, now):
            fulfilment = fulfilment_orders.time_out(fulfilment, part, act)
    return fulfilment


async def _carry_out_effects(
    mall: FulfilmentPorts, fulfilment: Fulfilment, now: datetime
) -> Fulfilment:
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
    mall: FulfilmentPorts, fulfilment: Fulfilment, part: FulfilmentOrder, act: Cause
) -> Fulfilment:
    """Take a part one move on: plan its store, or reserve there and offer it."""

    def if_still(rule: Callable[[Fulfilment, FulfilmentOrder], Fulfilment]) -> FulfilmentRule:
        """The rule, unless somebody else has moved the part meanwhile."""
        return lambda found: rule(found, part) if found.part(part.id) == part else found

    if part.store_id is None:
        decision = await _decide(mall, fulfilment, part, act.at)
        return await change(
            mall,
            fulfilment.id,
            if_still(lambda found, one: fulfilment_orders.plan(found, one, decision, act)),
        )
    reserved = await mall.shelves.reserve(
        f"{part.id}:{part.tries}",
        fulfilment.id,
        part.store_id,
        fulfilment_orders.to_reserve(part),
        now=act.at,
    )
    answer_by = mall.shelves.answer_by(part.store_id, now=act.at)
    rule = (
        partial(fulfilment_orders.offer, answer_by=answer_by)
        if reserved
        else fulfilment_orders.plan_again
    )
    moved = await change(mall, fulfilment.id, if_still(lambda found, one: rule(found, one, act)))
    return await _counted(mall, moved, act)


async def _decide(
    mall: FulfilmentPorts, fulfilment: Fulfilment, part: FulfilmentOrder, now: datetime
) -> Decision:
    candidates = await mall.shelves.candidates(fulfilment.region_id, part.units, now=now)
    return route(
        part.units,
        candidates,
        destination=fulfilment.destination,
        pickup_store_id=fulfilment.pickup_store_id,
        refused=part.refused,
    )


async def _give_back(mall: FulfilmentPorts, fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Ask the provider for each refund that is due; one it can't take now is tried again later."""
    for refund in refunds_due(fulfilment):
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
