"""Cancelling, returning and paying back: for buyers, stores and head office."""

import contextlib
from functools import partial

from domain.catalogue.units import Units
from domain.kernel.money import Fen
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Unavailable, WrongState
from domain.kernel.request_keys import RequestKey, request_key
from domain.kernel.states import Cause
from domain.mall.fulfilment import cancelling, refunds, returning
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.following import follow
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import RefundId
from domain.mall.fulfilment.ports import FulfilmentPorts, Payable
from domain.mall.fulfilment.return_policy import require_inspector
from domain.mall.fulfilment.saving import FulfilmentRule, change, once
from domain.mall.fulfilment.store_desk import said_why
from domain.network.stores import StoreState
from domain.people.act import Act


async def cancel(
    ports: FulfilmentPorts, act: Act, order_id: str, units: Units | None, reason: str, *, key: str
) -> Fulfilment:
    """Call off an order, or some units of one that is paid, and pay them back; once for a key.

    The buyer may until a store has accepted; head office until it is on its way.
    """
    act.viewer.require("order.cancel")
    cause = act.cause(said_why(reason))
    order = await ports.orders.payable(order_id)
    if order is None or not act.viewer.may("order.cancel", person=order.buyer_id):
        raise NotFound("You have no such order; look its id up in your list.", field=["orderId"])
    asked = request_key(key, "cancel", _sorted(units), reason)
    if order.open or order.cancel_key is not None:
        return await _cancel_unpaid(ports, act, order, units, asked, cause)
    if await ports.fulfilments.by_id(order_id) is None:
        raise _ended()
    await advance(ports, act, order_id)
    by_buyer = order.buyer_id in act.viewer.ids
    among = cancelling.BUYER_MAY if by_buyer else cancelling.STAFF_MAY
    rule = partial(cancelling.cancel, units=units, cause=cause, among=among)
    return await _changed(ports, act, order_id, once(asked, rule))


async def request_return(
    ports: FulfilmentPorts,
    act: Act,
    order_id: str,
    units: Units,
    store_id: str,
    reason: str,
    *,
    key: str,
    parcel_refused: bool = False,
) -> Fulfilment:
    """Ask to return units to any open store of the brand; once for a key."""
    act.viewer.require("return.request")
    await follow(ports, act, order_id)
    store = ports.directory.directory().store(store_id)
    if store.state is StoreState.CLOSED:
        raise Invalid(f"{store.name} has closed; choose another store.", field=["storeId"])
    cause = act.cause(said_why(reason))
    said = (parcel_refused,) if parcel_refused else ()
    asked = request_key(key, "return", _sorted(units), store_id, reason, *said)
    rule = partial(
        returning.ask,
        units=units,
        store_id=store.id,
        cause=cause,
        parcel_refused=parcel_refused,
    )
    return await change(ports.fulfilments, order_id, once(asked, rule))


async def call_off_return(ports: FulfilmentPorts, act: Act, return_id: str) -> Fulfilment:
    """Keep the goods after all; the buyer may until the store has received them."""
    order_id = order_of_return(return_id)
    buyer_id = (await follow(ports, act, order_id)).buyer_id
    if not act.viewer.may("return.call_off", person=buyer_id):
        raise Forbidden(
            "Only the buyer calls a return off; the store receives it and then refuses it instead."
        )
    rule = partial(returning.call_off, return_id=return_id, cause=act.cause())
    return await _changed(ports, act, order_id, rule)


async def receive_return(ports: FulfilmentPorts, act: Act, return_id: str) -> Fulfilment:
    """Take the goods into the store."""
    act.viewer.require("return.receive")
    receive = partial(returning.receive, return_id=return_id, cause=act.cause())

    def rule(found: Fulfilment) -> Fulfilment:
        act.viewer.require("return.receive", store=returning.find(found, return_id).store_id)
        return receive(found)

    return await _of_return(ports, act, return_id, rule)


async def accept_return(
    ports: FulfilmentPorts,
    act: Act,
    return_id: str,
    *,
    damaged: Units,
    amount: Fen | None,
    note: str,
) -> Fulfilment:
    """Inspect the goods and take them: the good ones are on sale there again."""
    cause = act.cause(note.strip()[:200])
    rule = partial(
        returning.accept, return_id=return_id, cause=cause, damaged=damaged, amount=amount
    )
    return await _inspected(ports, act, return_id, rule)


async def refuse_return(
    ports: FulfilmentPorts, act: Act, return_id: str, reason: str
) -> Fulfilment:
    """Inspect the goods and hand them back."""
    rule = partial(returning.refuse, return_id=return_id, cause=act.cause(said_why(reason)))
    return await _inspected(ports, act, return_id, rule)


async def refund(
    ports: FulfilmentPorts, act: Act, order_id: str, amount: Fen, reason: str, *, key: str
) -> Fulfilment:
    """Pay some of an order back for a reason of head office's own; once for a key."""
    act.viewer.require("refund.give")
    asked = request_key(key, "refund", int(amount), reason)
    rule = partial(refunds.request, amount=amount, cause=act.cause(said_why(reason)))
    return await _changed(ports, act, order_id, once(asked, rule))


async def retry_refund(ports: FulfilmentPorts, act: Act, refund_id: str) -> Fulfilment:
    """Try a failed refund again."""
    act.viewer.require("refund.retry")
    rule = partial(refunds.retry, refund_id=RefundId(refund_id), cause=act.cause())
    return await _changed(ports, act, refund_id.rpartition("-")[0], rule)


def order_of_return(return_id: str) -> str:
    """The id of the order that a return is of."""
    return return_id.rpartition("-")[0]


async def _inspected(
    ports: FulfilmentPorts, act: Act, return_id: str, rule: FulfilmentRule
) -> Fulfilment:
    """Take a received return to its end, by somebody who may inspect it."""
    act.viewer.require("return.inspect")
    policy = await ports.return_policies.now()

    def inspected(found: Fulfilment) -> Fulfilment:
        require_inspector(policy, act.viewer, found, return_id)
        return rule(found)

    return await _of_return(ports, act, return_id, inspected)


async def _of_return(
    ports: FulfilmentPorts, act: Act, return_id: str, rule: FulfilmentRule
) -> Fulfilment:
    order_id = order_of_return(return_id)
    if await ports.fulfilments.by_id(order_id) is None:
        raise NotFound(f"There is no return {return_id}; look its id up in the order.")
    return await _changed(ports, act, order_id, rule)


async def _changed(
    ports: FulfilmentPorts, act: Act, order_id: str, rule: FulfilmentRule
) -> Fulfilment:
    """Apply a rule to an order and do what that calls for."""
    after = await change(ports.fulfilments, order_id, rule)
    return await advance(ports, act, order_id, found=after)


async def _cancel_unpaid(
    ports: FulfilmentPorts,
    act: Act,
    order: Payable,
    units: Units | None,
    asked: RequestKey,
    cause: Cause,
) -> Fulfilment:
    """Call off a whole order that waits for its payment; one that comes late is paid back."""
    # Another request under the key of the one that called it off is told so, whatever it asks for.
    if order.cancel_key is not None:
        asked.is_among([order.cancel_key])
    if units is not None:
        raise Invalid("An order that is not paid is cancelled as a whole.", field=["units"])
    if not await ports.orders.cancel(act, order.id, asked, cause.reason):
        raise (
            _ended()
            if order.cancel_key
            else WrongState("This order has changed just now; look at it again.")
        )
    if await ports.fulfilments.by_id(order.id) is None:
        return await follow(ports, act, order.id)
    off = await change(
        ports.fulfilments, order.id, once(asked, partial(refunds.close, cause=cause))
    )
    # The order is off, whether the provider can be told so now or by the clock.
    with contextlib.suppress(Unavailable):
        return await advance(ports, act, order.id, found=off)
    return off


def _ended() -> WrongState:
    return WrongState("This order has ended already; there is nothing left to cancel.")


def _sorted(units: Units | None) -> list[tuple[str, int]] | None:
    """Units in an order that is the same each time that they are asked for."""
    return None if units is None else sorted(units.items())
