"""Following orders as they go on."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.kernel.operations import packed, subscription
from api.mall.fulfilment.fulfilment import FulfilmentOrder
from api.mall.fulfilment.payments import OrderIdArgument
from api.mall.fulfilment.progress import OrderProgress
from domain.mall.fulfilment.following import follow_changes, follow_store
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.people.act import Act


@subscription(
    "How an order goes on: once at the start, then each time that it changes. For whom "
    "`orderProgress` is for. Ends with the socket's token; connect again with a fresh one."
)
def order_progress(
    ports: FulfilmentPorts, act: Act, order_id: OrderIdArgument
) -> AsyncGenerator[OrderProgress, None]:
    return packed(follow_changes(ports, act, order_id), OrderProgress.of)


@subscription(
    "Each fulfilment order of a store when it changes, for the store's people and head office. "
    "Ends with the socket's token; connect again with a fresh one."
)
def fulfilment_order_changed(
    ports: FulfilmentPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
) -> AsyncGenerator[FulfilmentOrder, None]:
    return packed(follow_store(ports, act, store_id), FulfilmentOrder.of)


SUBSCRIPTIONS = (order_progress, fulfilment_order_changed)
