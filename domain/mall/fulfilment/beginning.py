"""How an order goes on until its payment is asked for: nothing is kept of that yet."""

from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import Payment, PaymentState
from domain.mall.fulfilment.ports import Payable


def before_payment(order: Payable) -> Fulfilment:
    """The fulfilment of an order whose payment nobody has started; in no version yet."""
    state = PaymentState.OPEN if order.open else PaymentState.CLOSED
    return Fulfilment(
        id=order.id,
        version=0,
        buyer_id=order.buyer_id,
        region_id=order.region_id,
        lines=order.lines,
        rechecks=order.rechecks,
        payment=Payment(amount=order.total, state=state),
        pay_by=order.expires_at,
        shipping_fee=order.shipping_fee,
        recipient=order.recipient,
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
        credit=order.credit,
        wishes=order.wishes,
    )
