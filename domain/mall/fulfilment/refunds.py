"""The rules for a payment's arrival and for giving money back."""

from dataclasses import replace

from domain.kernel.money import Fen, yuan
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.states import Cause, begin, step
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import (
    PAYMENT_NEXT,
    REFUND_NEXT,
    Paid,
    Payment,
    PaymentState,
    Refund,
    RefundId,
    RefundState,
)

PAYMENT = "payment"
REFUND = "refund"


def arrived(fulfilment: Fulfilment, paid: Paid, act: Cause) -> Fulfilment:
    """Record that the payment has come; the same word again changes nothing.

    An amount other than the order's is refused: somebody has changed it on the way.
    """
    payment = fulfilment.payment
    if payment.transaction_id == paid.transaction_id:
        return fulfilment
    if paid.amount != payment.amount:
        raise Invalid(
            f"Order {fulfilment.id} costs {yuan(payment.amount)}, not {yuan(paid.amount)}; "
            "look into this payment at the provider.",
            field=["amount"],
        )
    moved = _payment_step(fulfilment, PaymentState.PAID, act)
    payment = replace(moved.payment, transaction_id=paid.transaction_id, paid_at=paid.paid_at)
    return replace(moved, payment=payment)


def close(fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Take no payment any more; one that arrives all the same is dealt with when it does."""
    if fulfilment.payment.state is not PaymentState.OPEN:
        return fulfilment
    return _payment_step(fulfilment, PaymentState.CLOSED, act)


def request(fulfilment: Fulfilment, amount: Fen, act: Cause) -> Fulfilment:
    """Promise money back; never more than was paid in all."""
    payment = fulfilment.payment
    if not 0 < amount <= payment.refundable:
        raise Invalid(
            f"At most {yuan(payment.refundable)} of order {fulfilment.id} can be refunded.",
            field=["amount"],
        )
    refund_id = RefundId(f"{fulfilment.id}-r{len(payment.refunds) + 1}")
    refund = Refund(id=refund_id, amount=amount, reason=act.reason, requested_at=act.at)
    return replace(
        fulfilment,
        payment=replace(payment, refunds=(*payment.refunds, refund)),
        history=(
            *fulfilment.history,
            begin(subject=refund_id, kind=REFUND, after=RefundState.REQUESTED, act=act),
        ),
    )


def heard(
    fulfilment: Fulfilment, refund_id: RefundId, state: RefundState, act: Cause
) -> Fulfilment:
    """Record the provider's word on a refund; old news changes nothing."""
    payment = fulfilment.payment
    refund = next((one for one in payment.refunds if one.id == refund_id), None)
    if refund is None:
        raise Invalid(f"Order {fulfilment.id} has no refund {refund_id}.", field=["refundId"])
    if state is refund.state or state not in REFUND_NEXT[refund.state]:
        return fulfilment
    fulfilment = _with_refund(fulfilment, refund, state, act)
    if state is not RefundState.DONE:
        return fulfilment
    return _settle_state(fulfilment, act)


def retry(fulfilment: Fulfilment, refund_id: RefundId, act: Cause) -> Fulfilment:
    """Try a refund again that failed, once whatever was in its way is put right."""
    for refund in fulfilment.payment.refunds:
        if refund.id == refund_id:
            return _with_refund(fulfilment, refund, RefundState.REQUESTED, act)
    raise NotFound(f"Order {fulfilment.id} has no refund {refund_id}.", field=["refundId"])


def _settle_state(fulfilment: Fulfilment, act: Cause) -> Fulfilment:
    """Let the payment's state follow from what has been given back."""
    payment = fulfilment.payment
    whole = payment.refunded == payment.amount
    after = PaymentState.REFUNDED if whole else PaymentState.PART_REFUNDED
    return fulfilment if payment.state is after else _payment_step(fulfilment, after, act)


def _payment_step(fulfilment: Fulfilment, after: PaymentState, act: Cause) -> Fulfilment:
    payment: Payment = fulfilment.payment
    taken = step(
        PAYMENT_NEXT,
        subject=fulfilment.id,
        kind=PAYMENT,
        before=payment.state,
        after=after,
        act=act,
    )
    return replace(
        fulfilment,
        payment=replace(payment, state=after),
        history=(*fulfilment.history, taken),
    )


def _with_refund(
    fulfilment: Fulfilment, refund: Refund, after: RefundState, act: Cause
) -> Fulfilment:
    taken = step(
        REFUND_NEXT, subject=refund.id, kind=REFUND, before=refund.state, after=after, act=act
    )
    done_at = act.at if after is RefundState.DONE else None
    changed = replace(refund, state=after, done_at=done_at)
    payment = fulfilment.payment
    refunds = tuple(changed if one.id == refund.id else one for one in payment.refunds)
    return replace(
        fulfilment,
        payment=replace(payment, refunds=refunds),
        history=(*fulfilment.history, taken),
    )
