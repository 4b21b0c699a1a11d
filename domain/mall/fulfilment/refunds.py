"""The rules for a payment's arrival and for giving money back."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.kernel.money import Fen, yuan
from domain.kernel.refusals import Invalid, NotFound, TooMany
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import (
    PAYMENT,
    REFUND,
    Paid,
    PaymentState,
    Refund,
    RefundAnswer,
    RefundId,
    RefundState,
)
from domain.mall.fulfilment.stray_payments import FitsNot, StrayKind

# So many partial refunds does WeChat Pay take of one payment: pay.weixin.qq.com 4013071200.
MOST_REFUNDS = 50


def arrived(fulfilment: Fulfilment, paid: Paid, cause: Cause) -> Fulfilment:
    """Record that the payment has come; the same word again changes nothing.

    Another transaction of a paid order, or another amount than the order's, is FitsNot.
    """
    payment = fulfilment.payment
    if payment.transaction_id == paid.transaction_id:
        return fulfilment
    if payment.transaction_id is not None:
        raise FitsNot(
            f"Order {fulfilment.id} is paid by transaction {payment.transaction_id} already.",
            kind=StrayKind.SECOND_PAYMENT,
        )
    if paid.amount != payment.amount:
        raise FitsNot(
            f"Order {fulfilment.id} costs {yuan(payment.amount)}, not {yuan(paid.amount)}.",
            kind=StrayKind.OTHER_AMOUNT,
        )
    moved = _payment_step(fulfilment, PaymentState.PAID, cause)
    payment = replace(
        moved.payment,
        transaction_id=paid.transaction_id,
        paid_at=paid.paid_at,
        payer=paid.payer,
    )
    return replace(moved, payment=payment)


def close(fulfilment: Fulfilment, cause: Cause) -> Fulfilment:
    """Take no payment any more; one that arrives all the same is dealt with when it does."""
    if fulfilment.payment.state is not PaymentState.OPEN:
        return fulfilment
    return _payment_step(fulfilment, PaymentState.CLOSED, cause)


def asked(fulfilment: Fulfilment, cause: Cause) -> Fulfilment:
    """Record that the provider takes no payment any more and knows of none."""
    closed = close(fulfilment, cause)
    if closed.payment.state is not PaymentState.CLOSED:
        return fulfilment
    return replace(closed, payment=replace(closed.payment, asked_at=cause.at))


def request(fulfilment: Fulfilment, amount: Fen, cause: Cause) -> Fulfilment:
    """Promise money back; never more than was paid in all, nor in too many parts."""
    payment = fulfilment.payment
    if not 0 < amount <= payment.refundable:
        raise Invalid(
            f"At most {yuan(payment.refundable)} of order {fulfilment.id} can be refunded.",
            field=["amountFen"],
        )
    if len(payment.refunds) >= MOST_REFUNDS:
        raise TooMany(
            f"Order {fulfilment.id} has {MOST_REFUNDS} refunds already, the most that a payment "
            "can have; pay the buyer back in another way."
        )
    refund_id = RefundId(f"{fulfilment.id}-r{len(payment.refunds) + 1}")
    refund = Refund(id=refund_id, amount=amount, reason=cause.reason, requested_at=cause.at)
    return fulfilment.with_step(
        REFUND.begin(refund_id, RefundState.REQUESTED, cause),
        payment=replace(payment, refunds=(*payment.refunds, refund)),
    )


def give_back(fulfilment: Fulfilment, amount: Fen, cause: Cause) -> Fulfilment:
    """Promise money back that is due, or what is left of it where some was paid back before."""
    amount = min(amount, fulfilment.payment.refundable)
    return request(fulfilment, amount, cause) if amount else fulfilment


def ask(fulfilment: Fulfilment, refund_id: RefundId, at: datetime, apart: timedelta) -> Fulfilment:
    """Note that the provider is asked for a refund now, if it is its turn.

    That is so once no other refund of the payment was asked for within `apart`.
    """
    refund = _find(fulfilment, refund_id)
    others = [one.asked_at for one in fulfilment.payment.refunds if one is not refund]
    if apart and any(asked_at and at - asked_at < apart for asked_at in others):
        return fulfilment
    return _changed(fulfilment, replace(refund, asked_at=at))


def heard(
    fulfilment: Fulfilment, refund_id: RefundId, answer: RefundAnswer, cause: Cause
) -> Fulfilment:
    """Record the provider's word on a refund; old news changes nothing."""
    refund = _find(fulfilment, refund_id)
    if answer.state is refund.state:
        same = answer.said == refund.said
        return fulfilment if same else _changed(fulfilment, replace(refund, said=answer.said))
    if answer.state not in REFUND.next[refund.state]:
        return fulfilment
    cause = replace(cause, reason=answer.said)
    fulfilment = _with_refund(fulfilment, refund, answer.state, cause, said=answer.said)
    if answer.state is not RefundState.DONE:
        return fulfilment
    return settle_state(fulfilment, cause)


def retry(fulfilment: Fulfilment, refund_id: RefundId, cause: Cause) -> Fulfilment:
    """Try a refund again that failed, once whatever was in its way is put right."""
    refund = _find(fulfilment, refund_id)
    return _with_refund(fulfilment, refund, RefundState.REQUESTED, cause)


def settle_state(fulfilment: Fulfilment, cause: Cause) -> Fulfilment:
    """Let the payment's state follow from what has been given back."""
    payment = fulfilment.payment
    whole = payment.refunded == payment.amount
    after = PaymentState.REFUNDED if whole else PaymentState.PART_REFUNDED
    return fulfilment if payment.state is after else _payment_step(fulfilment, after, cause)


def _payment_step(fulfilment: Fulfilment, after: PaymentState, cause: Cause) -> Fulfilment:
    payment = fulfilment.payment
    taken = PAYMENT.step(fulfilment.id, payment.state, after, cause)
    return fulfilment.with_step(taken, payment=replace(payment, state=after))


def _with_refund(
    fulfilment: Fulfilment, refund: Refund, after: RefundState, cause: Cause, *, said: str = ""
) -> Fulfilment:
    taken = REFUND.step(refund.id, refund.state, after, cause)
    done_at = cause.at if after is RefundState.DONE else None
    changed = replace(refund, state=after, done_at=done_at, said=said)
    return _changed(fulfilment, changed).with_step(taken)


def _changed(fulfilment: Fulfilment, refund: Refund) -> Fulfilment:
    payment = fulfilment.payment
    refunds = tuple(refund if one.id == refund.id else one for one in payment.refunds)
    return replace(fulfilment, payment=replace(payment, refunds=refunds))


def _find(fulfilment: Fulfilment, refund_id: RefundId) -> Refund:
    for refund in fulfilment.payment.refunds:
        if refund.id == refund_id:
            return refund
    raise NotFound(f"Order {fulfilment.id} has no refund {refund_id}.", field=["id"])
