"""Moving a store to another region."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.network.stores import Store, StoreIdArgument
from domain.mall.stock.moving import MovePorts, move_store
from domain.network.stores import RegionId, StoreId
from domain.people.act import Act


@mutation(
    "Let a paused store sell from another region's stock; its own units and the orders under way "
    "go along. Repeat it if it was cut short.",
    store="The store as it is now.",
)
async def store_move(
    ports: MovePorts,
    act: Act,
    id: StoreIdArgument,
    region_id: Annotated[strawberry.ID, strawberry.argument(description="The region's id.")],
) -> Store:
    return Store.of(await move_store(ports, act, StoreId(id), RegionId(region_id)))


MUTATIONS = (store_move,)
