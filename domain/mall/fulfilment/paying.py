"""Paying for an order."""

from datetime import datetime

from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.kernel.states import SYSTEM, Cause, begin
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import Bill, Paid, Payment, PaymentState, RefundNews, ToPay
from domain.mall.fulfilment.ports import FulfilmentPorts, Payable
from domain.mall.fulfilment.saving import attend_at, change, load
from domain.people.accounts import Members
from domain.people.viewer import Role, Viewer


async def start(
    mall: FulfilmentPorts, members: Members, viewer: Viewer, order_id: str, *, now: datetime
) -> tuple[Fulfilment, ToPay]:
    """Ask the provider for the payment of an order; started again, it is the same payment."""
    viewer.require_known()
    order = await mall.orders.payable(order_id)
    if order is None or order.buyer_id != viewer.id:
        raise NotFound("You have no such order; look at your orders.", field=["orderId"])
    if not order.open or order.expires_at <= now:
        raise WrongState(
            "This order is not waiting for a payment any more; place it again.", field=["orderId"]
        )
    fulfilment = await _begun(mall, order, Cause(actor=viewer.id, at=now))
    member = await members.by_id(viewer.id)
    to_pay = await mall.provider.create(
        Bill(
            payment_id=order.id,
            amount=order.total,
            description=order.description,
            payer=member.openid if member else None,
            expires_at=order.expires_at,
        )
    )
    return fulfilment, to_pay


async def confirm(mall: FulfilmentPorts, paid: Paid, *, now: datetime) -> Fulfilment:
    """Take the provider's word that a payment came; said again, or late, it does no harm."""
    act = Cause(actor=SYSTEM, at=now, reason=f"The provider's transaction {paid.transaction_id}.")
    await change(mall, paid.payment_id, lambda found: refunds.arrived(found, paid, act))
    return await advance(mall, paid.payment_id, now=now)


async def hear(mall: FulfilmentPorts, news: Paid | RefundNews, *, now: datetime) -> Fulfilment:
    """Take whatever the provider says."""
    if isinstance(news, Paid):
        return await confirm(mall, news, now=now)
    return await hear_of_refund(mall, news, now=now)


async def hear_of_refund(mall: FulfilmentPorts, news: RefundNews, *, now: datetime) -> Fulfilment:
    """Take the provider's word on a refund; said again, or out of order, it does no harm."""
    act = Cause(actor=SYSTEM, at=now)
    return await change(
        mall,
        news.payment_id,
        lambda found: refunds.heard(found, news.refund_id, news.state, act),
    )


async def check(
    mall: FulfilmentPorts, viewer: Viewer, order_id: str, *, now: datetime
) -> Fulfilment:
    """Ask the provider how the buyer's payment stands, in case its word was lost on the way."""
    fulfilment = await load(mall, order_id)
    if viewer.id != fulfilment.buyer_id:
        viewer.require(Role.HEAD_OFFICE)
    if fulfilment.payment.state is PaymentState.OPEN:
        answer = await mall.provider.query(order_id)
        if isinstance(answer, Paid):
            return await confirm(mall, answer, now=now)
    return fulfilment


async def _begun(mall: FulfilmentPorts, order: Payable, act: Cause) -> Fulfilment:
    """The fulfilment of an order, made with its payment when that is first asked for."""
    found = await mall.fulfilments.by_id(order.id)
    if found is not None:
        return found
    fresh = Fulfilment(
        id=order.id,
        version=0,
        buyer_id=order.buyer_id,
        region_id=order.region_id,
        lines=order.lines,
        payment=Payment(amount=order.total),
        pay_by=order.expires_at,
        recipient=order.recipient,
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
        credit=order.credit,
        history=(begin(subject=order.id, kind=refunds.PAYMENT, after=PaymentState.OPEN, act=act),),
    )
    try:
        return await mall.fulfilments.save(fresh, attend_at=attend_at(fresh))
    except Conflict:
        return await load(mall, order.id)
