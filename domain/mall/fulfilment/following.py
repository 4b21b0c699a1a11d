"""Following an order as it goes on: once, or each time that it changes."""

from collections.abc import AsyncGenerator, Mapping, Sequence

from domain.kernel.refusals import NotFound
from domain.mall.fulfilment.beginning import before_payment
from domain.mall.fulfilment.fulfilments import Fulfilment, Placed, asked_of
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Viewer


async def follow(ports: FulfilmentPorts, act: Act, order_id: str) -> Fulfilment:
    """How an order goes on from the moment it is placed, for those who may follow it.

    They are its buyer, the guide credited with it, every store that was asked, and head office;
    to others there is no such order.
    """
    act.viewer.require("order.follow")
    found = await ports.fulfilments.by_id(order_id)
    if found is None:
        order = await ports.orders.payable(order_id)
        found = before_payment(order) if order else None
    if found is None or not may_follow(found, act.viewer):
        raise NotFound("You have no such order; look its id up in your list.", field=["orderId"])
    return found


async def follow_changes(
    ports: FulfilmentPorts, act: Act, order_id: str
) -> AsyncGenerator[Fulfilment, None]:
    """An order's fulfilment now, and anew each time that it changes."""
    with ports.news.of_order(order_id) as news:
        shown = await follow(ports, act, order_id)
        yield shown
        async for _ in news:
            newest = await follow(ports, act, order_id)
            if newest != shown:
                shown = newest
                yield shown


async def follow_store(
    ports: FulfilmentPorts, act: Act, store_id: str
) -> AsyncGenerator[Placed, None]:
    """Each fulfilment order of a store when its order changes, for the store's people."""
    act.viewer.require("fulfilment.see", store=store_id)
    with ports.news.of_store(store_id) as news:
        async for order_id in news:
            fulfilment = await ports.fulfilments.by_id(order_id)
            for placed in asked_of(fulfilment, StoreId(store_id)) if fulfilment else ():
                yield placed


async def fulfilments_by_ids(
    ports: FulfilmentPorts, act: Act, order_ids: Sequence[str]
) -> Mapping[str, Fulfilment]:
    """The fulfilments of those orders that have one, for whoever sees the orders."""
    return await ports.fulfilments.by_ids(order_ids)


def may_follow(fulfilment: Fulfilment, viewer: Viewer) -> bool:
    """Whether a person may see how an order goes on."""
    guide = fulfilment.credit.guide_id if fulfilment.credit else None
    if viewer.may("order.follow", person=fulfilment.buyer_id, guide=guide):
        return True
    stores = {part.store_id for part in fulfilment.parts}
    stores |= {one.store_id for one in fulfilment.returns}
    return any(viewer.may("order.follow", store=store_id) for store_id in stores)
