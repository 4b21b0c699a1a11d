"""Cancelling, returning and paying back: for buyers, stores and head office."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.catalogue.units import Units
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment import cancelling, refunds, returning
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import RefundId
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import FulfilmentRule, change, load, once
from domain.mall.fulfilment.store_desk import said_why
from domain.mall.reference import Reference
from domain.network.stores import StoreState
from domain.people.act import Act
from domain.people.viewer import Role, Viewer


async def follow(mall: FulfilmentPorts, viewer: Viewer, order_id: str) -> Fulfilment:
    """An order's fulfilment, for those who may follow it; to others there is none.

    They are its buyer, the guide credited with it, every store that was asked, and head office.
    """
    viewer.require_known()
    fulfilment = await mall.fulfilments.by_id(order_id)
    if fulfilment is None or not may_follow(fulfilment, viewer):
        raise NotFound("You have no such order; look its id up in your list.", field=["orderId"])
    return fulfilment


async def fulfilments_by_ids(
    ports: FulfilmentPorts, act: Act, order_ids: Sequence[str]
) -> Mapping[str, Fulfilment]:
    """The fulfilments of those orders that have one, for whoever sees the orders."""
    return await ports.fulfilments.by_ids(order_ids)


def may_follow(fulfilment: Fulfilment, viewer: Viewer) -> bool:
    """Whether a person may see how an order goes on."""
    if viewer.id == fulfilment.buyer_id or viewer.role is Role.HEAD_OFFICE:
        return True
    if fulfilment.credit is not None and str(viewer.id) == fulfilment.credit.guide_id:
        return viewer.role is Role.GUIDE
    stores = {part.store_id for part in fulfilment.parts}
    stores |= {one.store_id for one in fulfilment.returns}
    return viewer.role in {Role.STORE_MANAGER, Role.GUIDE} and viewer.store_id in stores


async def cancel(
    mall: FulfilmentPorts,
    viewer: Viewer,
    order_id: str,
    units: Units | None,
    reason: str,
    *,
    key: str,
    now: datetime,
) -> None:
    """Call off an order, or some units of one that is paid, and pay them back; once for a key.

    The buyer may until a store has accepted; head office until it is on its way.
    """
    act = Cause(actor=viewer.id, at=now, reason=said_why(reason))
    order = await mall.orders.payable(order_id)
    by_buyer = order is not None and viewer.id == order.buyer_id
    if order is None or not (by_buyer or viewer.role is Role.HEAD_OFFICE):
        raise NotFound("You have no such order; look its id up in your list.", field=["orderId"])
    if order.open:
        await _cancel_unpaid(mall, order_id, units, act)
        return
    if await mall.fulfilments.by_id(order_id) is None:
        raise WrongState("This order has ended already; there is nothing left to cancel.")
    await advance(mall, order_id, now=now)
    among = cancelling.BUYER_MAY if by_buyer else cancelling.STAFF_MAY
    rule = partial(cancelling.cancel, units=units, act=act, among=among)
    await change(mall, order_id, once(key, rule))
    await advance(mall, order_id, now=now)


async def request_return(
    mall: FulfilmentPorts,
    reference: Reference,
    viewer: Viewer,
    order_id: str,
    units: Units,
    store_id: str,
    reason: str,
    *,
    key: str,
    now: datetime,
) -> Fulfilment:
    """Ask to return units to any open store of the brand; once for a key."""
    await follow(mall, viewer, order_id)
    store = reference.store(store_id)
    if store.state is StoreState.CLOSED:
        raise Invalid(f"{store.name} has closed; choose another store.", field=["storeId"])
    act = Cause(actor=viewer.id, at=now, reason=said_why(reason))
    rule = partial(returning.ask, units=units, store_id=store.id, act=act)
    return await change(mall, order_id, once(key, rule))


async def call_off_return(
    mall: FulfilmentPorts, viewer: Viewer, return_id: str, *, now: datetime
) -> Fulfilment:
    """Keep the goods after all."""
    await follow(mall, viewer, order_of_return(return_id))
    act = Cause(actor=viewer.id, at=now)
    return await _on_return(
        mall, return_id, lambda found: returning.call_off(found, return_id, act), act
    )


async def receive_return(
    mall: FulfilmentPorts, viewer: Viewer, return_id: str, *, now: datetime
) -> Fulfilment:
    """Take the goods into the store."""
    act = Cause(actor=viewer.id, at=now)

    def rule(found: Fulfilment) -> Fulfilment:
        viewer.require_store(returning.find(found, return_id).store_id)
        return returning.receive(found, return_id, act)

    return await _on_return(mall, return_id, rule, act)


async def accept_return(
    mall: FulfilmentPorts,
    viewer: Viewer,
    return_id: str,
    *,
    damaged: Units,
    amount: Fen | None,
    note: str,
    now: datetime,
) -> Fulfilment:
    """Inspect the goods and take them: the good ones are on sale there again."""
    act = Cause(actor=viewer.id, at=now, reason=note.strip()[:200])

    def rule(found: Fulfilment) -> Fulfilment:
        viewer.require_store(returning.find(found, return_id).store_id)
        return returning.accept(found, return_id, act, damaged=damaged, amount=amount)

    return await _on_return(mall, return_id, rule, act)


async def refuse_return(
    mall: FulfilmentPorts, viewer: Viewer, return_id: str, reason: str, *, now: datetime
) -> Fulfilment:
    """Inspect the goods and hand them back."""
    act = Cause(actor=viewer.id, at=now, reason=said_why(reason))

    def rule(found: Fulfilment) -> Fulfilment:
        viewer.require_store(returning.find(found, return_id).store_id)
        return returning.refuse(found, return_id, act)

    return await _on_return(mall, return_id, rule, act)


async def refund(
    mall: FulfilmentPorts,
    viewer: Viewer,
    order_id: str,
    amount: Fen,
    reason: str,
    *,
    key: str,
    now: datetime,
) -> Fulfilment:
    """Pay some of an order back for a reason of head office's own; once for a key."""
    viewer.require(Role.HEAD_OFFICE)
    act = Cause(actor=viewer.id, at=now, reason=said_why(reason))
    await load(mall, order_id)
    rule = partial(refunds.request, amount=amount, act=act)
    await change(mall, order_id, once(key, rule))
    return await advance(mall, order_id, now=now)


async def retry_refund(
    mall: FulfilmentPorts, viewer: Viewer, refund_id: str, *, now: datetime
) -> Fulfilment:
    """Try a failed refund again."""
    viewer.require(Role.HEAD_OFFICE)
    order_id = refund_id.rpartition("-")[0]
    act = Cause(actor=viewer.id, at=now)
    await change(mall, order_id, lambda found: refunds.retry(found, RefundId(refund_id), act))
    return await advance(mall, order_id, now=now)


def order_of_return(return_id: str) -> str:
    """The id of the order that a return is of."""
    return return_id.rpartition("-")[0]


async def _on_return(
    mall: FulfilmentPorts, return_id: str, rule: FulfilmentRule, act: Cause
) -> Fulfilment:
    order_id = order_of_return(return_id)
    if await mall.fulfilments.by_id(order_id) is None:
        raise NotFound(f"There is no return {return_id}; look its id up in the order.")
    await change(mall, order_id, rule)
    return await advance(mall, order_id, now=act.at)


async def _cancel_unpaid(
    mall: FulfilmentPorts, order_id: str, units: Units | None, act: Cause
) -> None:
    """Call off a whole order that waits for its payment; one that comes late is paid back."""
    if units is not None:
        raise Invalid("An order that is not paid is cancelled as a whole.", field=["units"])
    if not await mall.orders.cancel(order_id, act):
        raise WrongState("This order has changed just now; look at it again.")
    if await mall.fulfilments.by_id(order_id) is not None:
        await mall.provider.close(order_id)
        await change(mall, order_id, lambda found: refunds.close(found, act))
