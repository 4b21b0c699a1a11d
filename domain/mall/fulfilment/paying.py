"""Paying for an order."""

from collections.abc import Mapping
from dataclasses import replace

from domain.kernel.each import both
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict, Forbidden, NotFound, WrongState
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.mall.fulfilment.beginning import before_payment
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import (
    PAYMENT,
    Bill,
    Paid,
    PaymentState,
    RefundNews,
    ToPay,
)
from domain.mall.fulfilment.ports import FulfilmentPorts, Payable
from domain.mall.fulfilment.recording import record_payment, record_refund
from domain.mall.fulfilment.saving import load
from domain.mall.fulfilment.store_desk import said_why
from domain.mall.fulfilment.stray_payments import StrayPayment
from domain.people.act import Act
from domain.people.viewer import Role


async def start(ports: FulfilmentPorts, act: Act, order_id: str) -> tuple[Fulfilment, ToPay]:
    """Ask the provider for the payment of an order; started again, it is the same payment.

    An order that costs nothing is paid by this.
    """
    act.viewer.require("order.place")
    order = await ports.orders.payable(order_id)
    if order is None or order.buyer_id not in act.viewer.ids:
        raise NotFound("You have no such order; look at your orders.", field=["orderId"])
    if not order.open or order.expires_at <= act.at:
        raise WrongState(
            "This order is not waiting for a payment any more; place it again.", field=["orderId"]
        )
    if not order.total:
        return await take_free(ports, act, order), ToPay()
    return await both(_begun(ports, order, act.cause()), _asked_for(ports, act, order))


async def confirm(ports: FulfilmentPorts, act: Act, paid: Paid) -> Fulfilment | None:
    """Take the provider's word that a payment came; said again, or late, it does no harm.

    A payment that fits no order is noted for head office, and the answer is None.
    """
    recorded = await record_payment(ports, act, paid)
    if recorded is None:
        return None
    return await advance(ports, act, paid.payment_id, found=recorded)


async def hear_of_refund(ports: FulfilmentPorts, act: Act, news: RefundNews) -> Fulfilment | None:
    """Take the provider's word on a refund; said again, or out of order, it does no harm."""
    return await record_refund(ports, act, news)


async def hear_notice(
    ports: FulfilmentPorts, act: Act, headers: Mapping[str, str], body: bytes
) -> None:
    """Take whatever the provider tells of its own accord, if it is truly the provider's.

    What can't change its order is taken too: told again, it would fit no better.
    """
    if ports.notices is None:
        raise Forbidden("No payment provider sends notices here.")
    news = ports.notices.read_notice(headers, body, now=act.at)
    if isinstance(news, Paid):
        await confirm(ports, act, news)
    elif isinstance(news, StrayPayment):
        await ports.strays.note(news)
    elif news is not None:
        await hear_of_refund(ports, act, news)


async def strays(ports: FulfilmentPorts, act: Act, request: PageRequest) -> Page[StrayPayment]:
    """The money that fits no order and that nobody has looked into, the oldest first."""
    act.viewer.require("stray_payment.settle")
    return await ports.strays.unsettled(request)


async def settle_stray(ports: FulfilmentPorts, act: Act, id: str, reason: str) -> StrayPayment:
    """Say what became of money that fits no order; said again, it changes nothing."""
    act.viewer.require("stray_payment.settle")
    reason = said_why(reason)
    found = await ports.strays.by_id(id)
    if found is None:
        raise NotFound(f"There is no stray payment {id}; look its id up in the list.", field=["id"])
    if found.settled_at is not None:
        return found
    settled = risen(replace(found, settled_by=act.viewer.id, settled_at=act.at, reason=reason))
    await ports.strays.save(settled)
    return settled


async def pay_in_sandbox(ports: FulfilmentPorts, act: Act, order_id: str) -> Fulfilment:
    """Pay as a buyer's phone would, where no money moves, and take the sandbox's word for it."""
    if ports.sandbox is None:
        raise Forbidden("There is no sandbox here.")
    done = await confirm(ports, act, await ports.sandbox.pay(order_id, now=act.at))
    return done or await load(ports.fulfilments, order_id)


async def check(ports: FulfilmentPorts, act: Act, order_id: str) -> Fulfilment:
    """Ask the provider how the buyer's payment stands, in case its word was lost on the way."""
    act.viewer.require("payment.check")
    fulfilment = await load(ports.fulfilments, order_id)
    if not act.viewer.may("payment.check", person=fulfilment.buyer_id):
        raise NotFound("You have no such order; look at your orders.", field=["orderId"])
    if fulfilment.payment.state is PaymentState.OPEN:
        answer = await ports.provider.query(order_id)
        if isinstance(answer, Paid):
            return await confirm(ports, act, answer) or fulfilment
        if isinstance(answer, StrayPayment):
            await ports.strays.note(answer)
    return fulfilment


async def _asked_for(ports: FulfilmentPorts, act: Act, order: Payable) -> ToPay:
    """What the provider says of how an order is to be paid; asked again, it is the same payment."""
    is_member = act.viewer.role is Role.MEMBER
    member = await ports.members.by_id(act.viewer.id) if is_member else None
    return await ports.provider.create(
        Bill(
            payment_id=order.id,
            amount=order.total,
            description=order.description,
            payer=member.openid if member else None,
            expires_at=order.expires_at,
        )
    )


async def take_free(ports: FulfilmentPorts, act: Act, order: Payable) -> Fulfilment:
    """Take an order that costs nothing for paid, which no provider could be asked for.

    One that has expired is revived if its units can still be had, as by a late payment.
    """
    await _begun(ports, replace(order, open=True), act.cause())
    paid = Paid(
        payment_id=order.id, amount=Fen(0), transaction_id=f"free-{order.id}", paid_at=act.at
    )
    await confirm(ports, act, paid)
    return await load(ports.fulfilments, order.id)


async def _begun(ports: FulfilmentPorts, order: Payable, cause: Cause) -> Fulfilment:
    """The fulfilment of an order, made with its payment when that is first asked for."""
    begun = PAYMENT.begin(order.id, PaymentState.OPEN, cause)
    fresh = replace(before_payment(order), version=1, history=(begun,))
    try:
        return await ports.fulfilments.save(fresh, expected=0)
    except Conflict:
        return await load(ports.fulfilments, order.id)
