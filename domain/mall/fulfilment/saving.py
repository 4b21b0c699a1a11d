"""How an order's fulfilment is changed: loaded, taken further by a rule and saved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState
from domain.mall.fulfilment.payments import PaymentState, Refund, RefundState
from domain.mall.fulfilment.ports import FulfilmentPorts

MOST_REPEATS = 8
LONGEST_KEY = 64
# How long whoever saved a step has to do what it calls for, before a sweeper steps in.
GRACE = timedelta(seconds=15)

FulfilmentRule = Callable[[Fulfilment], Fulfilment]


def once(key: str, rule: FulfilmentRule) -> FulfilmentRule:
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


async def change(mall: FulfilmentPorts, id: str, rule: FulfilmentRule) -> Fulfilment:
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
