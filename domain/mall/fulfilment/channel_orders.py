"""Orders of other shops that stores send or hand over, out of the one stock and by the one routing.

What was paid, and by whom, is the purchase's, as a channel tells of any other. Here such an order
costs nothing: the money is the channel's, which pays it back itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.catalogue.catalogue import Channel, Sku
from domain.catalogue.units import Units, added_up, minus
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.money import NOTHING
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, Refusal, TooMany, Unavailable
from domain.kernel.request_keys import RequestKey, request_key
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment import cancelling
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState
from domain.mall.fulfilment.paying import take_free
from domain.mall.fulfilment.placed_orders import as_payable
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.mall.orders.order import Order, OrderState, Recipient, Wishes
from domain.mall.orders.placing import DraftedOrder, OrderPorts, place_drafted
from domain.mall.orders.requests import (
    OrderRequest,
    RequestedLine,
    checked_recipient,
    checked_wishes,
    order_lines,
    pickup_store,
)
from domain.mall.stock.pools import OrderId
from domain.members.channel_purchases import ChannelPurchase, PurchaseId, purchase_id
from domain.members.feeding import read_channel
from domain.members.purchase_facts import PURCHASE_REFUNDED
from domain.members.purchase_feeding import ToldPurchase, feed_purchases, read_number
from domain.members.purchase_matching import ChannelPurchasePorts
from domain.network.stores import Store, StoreState
from domain.people.act import Act

REFUND_FACTS = frozenset({PURCHASE_REFUNDED})
MOST_AT_ONCE = 50
# A purchase has one order.
KEY = "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOrderPorts(Ports):
    """What a channel's orders need."""

    purchases: ChannelPurchasePorts
    ordering: OrderPorts
    fulfilling: FulfilmentPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOrder:
    """A purchase, and where its goods go: to a recipient, or to a store to be picked up in.

    `store_id` is one of the region whose stock they are of; None for the recipient's own region.
    """

    purchase: ToldPurchase
    recipient: Recipient | None = None
    destination: Position | None = None
    pickup_store_id: str | None = None
    store_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOrder:
    """What became of an order that was told: how it goes on, or why it is refused.

    Neither where all of it had been paid back before it was told.
    """

    number: str
    fulfilment: Fulfilment | None = None
    refusal: Refusal | None = None


def channel_buyer(id: PurchaseId) -> PersonId:
    """As whom the order of a purchase is kept: each is a buyer of its own, and nobody's orders."""
    return PersonId(f"channel:{id}")


async def feed_orders(
    ports: ChannelOrderPorts, act: Act, channel: str, told: Sequence[ToldOrder]
) -> list[TakenOrder]:
    """Take in a channel's orders and have stores send them; told again they are the same.

    A bad one costs itself; its purchase counts all the same, where that is told as it should be.
    """
    act.viewer.require("purchase.feed", channel=channel)
    if len(told) > MOST_AT_ONCE:
        raise TooMany(f"Send at most {MOST_AT_ONCE} at once.", field=["orders"])
    name = read_channel(channel, ["channel"])
    purchases = await feed_purchases(ports.purchases, act, name, [one.purchase for one in told])
    taken: list[TakenOrder] = []
    for one, purchase in zip(told, purchases, strict=True):
        number = one.purchase.number
        refusal: Refusal | None = purchase.refusal
        fulfilment: Fulfilment | None = None
        if refusal is None:
            try:
                fulfilment = await _taken(ports, act, purchase_id(name, read_number(number)), one)
            except Refusal as fault:
                refusal = fault
        taken.append(TakenOrder(number=number, fulfilment=fulfilment, refusal=refusal))
    return taken


async def follow_refunds(ports: ChannelOrderPorts, act: Act, batch: Batch) -> None:
    """Call off what channels have paid back of orders; again, it changes nothing."""
    for told in dict.fromkeys(PurchaseId(fact.data["orderId"]) for fact in batch.facts):
        order = await ports.ordering.orders.by_key(channel_buyer(told), KEY)
        if order is not None and await ports.fulfilling.fulfilments.by_id(order.id):
            await _call_off(ports, act, told, order.id)


async def _taken(
    ports: ChannelOrderPorts, act: Act, id: PurchaseId, told: ToldOrder
) -> Fulfilment | None:
    buyer = channel_buyer(id)
    act = replace(act, viewer=replace(act.viewer, id=buyer), address=None)
    purchase = await _purchase(ports, id)
    request = _request(purchase, told)
    key = request_key(KEY, request)
    known = await ports.ordering.orders.by_key(buyer, KEY)
    if known is None and not _left(purchase):
        return None
    if known is not None and known.fingerprint != key.fingerprint:
        raise Conflict(
            f"{purchase.channel} {purchase.number} was told to go elsewhere before; pay it back "
            "there, and tell it under another number."
        )
    draft = partial(_draft, ports.ordering, act, request, key)
    order = known
    if order is None or order.state is OrderState.PENDING:
        order = await place_drafted(ports.ordering, act, request, key, draft)
    await take_free(ports.fulfilling, act, as_payable(order))
    # A refund that came meanwhile found no order yet.
    return await _call_off(ports, act, id, order.id)


async def _purchase(ports: ChannelOrderPorts, id: PurchaseId) -> ChannelPurchase:
    return (await ports.purchases.purchases.by_ids([id]))[id]


def _request(purchase: ChannelPurchase, told: ToldOrder) -> OrderRequest:
    bought = purchase.bought
    assert bought is not None, "it was told just now"
    note = " ".join(filter(None, (purchase.channel, purchase.number, told.note)))
    return OrderRequest(
        store_id=told.store_id or "",
        lines=tuple(
            RequestedLine(sku=one.sku, quantity=one.quantity)
            for one in bought.lines
            if one.quantity
        ),
        recipient=told.recipient,
        destination=told.destination,
        pickup_store_id=told.pickup_store_id,
        wishes=Wishes(note=note),
    )


async def _draft(
    ports: OrderPorts, act: Act, request: OrderRequest, key: RequestKey
) -> DraftedOrder:
    reference = ports.reference.now()
    said = request.recipient
    recipient = checked_recipient(ports.divisions, said) if said else None
    store = _store(ports, request, recipient)
    pickup = pickup_store(reference, request, store)
    lines = order_lines(reference, request.lines, act.at, Channel.ECOMMERCE)
    centre = ports.divisions.district(recipient.district).centre if recipient else None
    order = Order(
        id=OrderId(act.new_id("order")),
        buyer_id=act.viewer.id,
        idempotency_key=key.key,
        fingerprint=key.fingerprint,
        region_id=store.region_id,
        store_id=store.id,
        lines=tuple(replace(line, price=NOTHING) for line in lines),
        state=OrderState.PENDING,
        placed_at=act.at,
        expires_at=act.at + ports.pay_within,
        recipient=recipient,
        destination=request.destination or centre,
        pickup_store_id=pickup.id if pickup else None,
        wishes=checked_wishes(request.wishes),
    )
    return DraftedOrder(order=order)


def _store(ports: OrderPorts, request: OrderRequest, recipient: Recipient | None) -> Store:
    """A store of the region whose stock an order is of."""
    reference = ports.reference.now()
    if named := request.store_id or request.pickup_store_id:
        return reference.store(named)
    if recipient is None:
        raise Invalid("Give either a delivery or a pickup store.", field=["delivery"])
    region = ports.divisions.region_of(recipient.district)
    stores = reference.stores_of_region.get(region.id, ())
    for store in stores:
        if store.state is StoreState.OPEN:
            return store
    raise Invalid(
        f"No store sells in {region.name}; name a store of the region that is to send it.",
        field=["storeId"],
    )


def _left(purchase: ChannelPurchase) -> Units:
    """What was bought and not paid back."""
    bought = purchase.bought.lines if purchase.bought else ()
    back = [line for one in purchase.refunds for line in one.lines]
    return minus(
        added_up({Sku(one.sku): one.quantity} for one in bought),
        added_up({Sku(one.sku): one.quantity} for one in back),
    )


async def _call_off(
    ports: ChannelOrderPorts, act: Act, id: PurchaseId, order_id: OrderId
) -> Fulfilment:
    """Leave of an order what its purchase has not paid back, as far as it is not on its way.

    What is on its way comes back to a store as any return does. Raises Unavailable while a store is
    just being looked for.
    """
    wanted = _left(await _purchase(ports, id))
    cause = Cause(actor=SYSTEM, at=act.at, reason="The channel has paid it back.")
    found = await advance(ports.fulfilling, act, order_id)
    rule = partial(_without_paid_back, wanted=wanted, cause=cause)
    after = await change(ports.fulfilling.fulfilments, order_id, rule, found=found)
    if minus(cancelling.kept(after), wanted) and any(
        part.state is PartState.ROUTING for part in after.parts
    ):
        raise Unavailable("A store is being looked for just now; tell it again in a moment.")
    return await advance(ports.fulfilling, act, order_id, found=after)


def _without_paid_back(fulfilment: Fulfilment, *, wanted: Units, cause: Cause) -> Fulfilment:
    over = minus(cancelling.kept(fulfilment), wanted)
    parts = fulfilment.live_parts()
    free = added_up(part.units for part in parts if part.state in cancelling.STAFF_MAY)
    units = {sku: min(n, free[sku]) for sku, n in over.items() if free.get(sku)}
    if not units:
        return fulfilment
    return cancelling.cancel(fulfilment, units, cause, among=cancelling.STAFF_MAY)
