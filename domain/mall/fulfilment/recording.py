"""Taking a provider's word into the order that it is about, or noting that it fits none."""

from functools import partial

from domain.kernel.refusals import NotFound
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import Paid, RefundNews
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.mall.fulfilment.stray_payments import FitsNot, StrayKind, StrayPayment
from domain.people.act import Act


async def record_payment(ports: FulfilmentPorts, act: Act, paid: Paid) -> Fulfilment | None:
    """Record that a payment has come; None where it fits no order, which is noted."""
    reason = f"The provider's transaction {paid.transaction_id}."
    rule = partial(refunds.arrived, paid=paid, cause=_by_the_provider(act, reason))
    try:
        return await change(ports.fulfilments, paid.payment_id, rule)
    except NotFound:
        kind = StrayKind.UNKNOWN_ORDER
    except FitsNot as fault:
        kind = fault.kind
    stray = StrayPayment(
        id=paid.transaction_id,
        order_id=paid.payment_id,
        kind=kind,
        amount=paid.amount,
        heard_at=act.at,
    )
    await ports.strays.note(stray)
    return None


async def record_refund(ports: FulfilmentPorts, act: Act, news: RefundNews) -> Fulfilment | None:
    """Record how a refund stands; None where no order has it, which is noted."""
    cause = _by_the_provider(act)
    rule = partial(refunds.heard, refund_id=news.refund_id, answer=news.answer, cause=cause)
    try:
        return await change(ports.fulfilments, news.payment_id, rule)
    except NotFound:
        stray = StrayPayment(
            id=news.refund_id,
            order_id=news.payment_id,
            kind=StrayKind.UNKNOWN_REFUND,
            amount=news.amount,
            heard_at=act.at,
        )
        await ports.strays.note(stray)
        return None


def _by_the_provider(act: Act, reason: str = "") -> Cause:
    """Whoever carries the provider's word here, it is not they who paid or gave back."""
    return Cause(actor=SYSTEM, at=act.at, reason=reason)
