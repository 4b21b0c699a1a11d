"""Following orders as they go on."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.sockets import ends_at
from api.mall.fulfilment.fulfilment import FulfilmentOrder
from api.mall.fulfilment.progress import OrderProgress
from domain.mall.fulfilment.after_sale import follow
from domain.mall.fulfilment.fulfilments import asked_of
from domain.network.stores import StoreId


@strawberry.type(description="Everything that can be followed.")
class FollowingSubscription:
    @strawberry.subscription(
        description="How an order goes on: once at the start, then each time that it changes. For "
        "whom `orderProgress` is for. Ends after 30 minutes; subscribe again with a fresh token."
    )
    async def order_progress(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
    ) -> AsyncGenerator[OrderProgress, None]:
        context = info.context
        mall, until = context.world.fulfilling, ends_at(context)
        with context.world.news.of_order(order_id) as news:
            shown = await follow(mall, context.viewer, order_id)
            yield OrderProgress.of(shown)
            async for _ in news:
                if context.world.now() >= until:
                    return
                newest = await follow(mall, context.viewer, order_id)
                if newest.version > shown.version:
                    shown = newest
                    yield OrderProgress.of(shown)

    @strawberry.subscription(
        description="Each fulfilment order of a store when it changes, for the store's people and "
        "head office. Ends after 30 minutes; subscribe again with a fresh token."
    )
    async def fulfilment_order_changed(
        self,
        info: Info,
        store_id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
    ) -> AsyncGenerator[FulfilmentOrder, None]:
        context = info.context
        context.viewer.require_store(store_id)
        mall, until = context.world.fulfilling, ends_at(context)
        with context.world.news.of_store(store_id) as news:
            async for order_id in news:
                if context.world.now() >= until:
                    return
                fulfilment = await mall.fulfilments.by_id(order_id)
                for placed in asked_of(fulfilment, StoreId(store_id)) if fulfilment else ():
                    yield FulfilmentOrder.of(placed)
