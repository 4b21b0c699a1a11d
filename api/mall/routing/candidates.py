"""The stores that were considered for a part of an order."""

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field
from api.kernel.packing import Packed
from api.network.stores import Store, store_shown
from domain.mall.routing import routing
from domain.mall.routing.routing import Verdict
from domain.network.stores import StoreId

strawberry.enum(Verdict, name="RoutingVerdict", description="Why a store was, or was not, chosen.")


@strawberry.type(description="A store that was considered for a fulfilment order.")
class RoutingCandidate(Packed[routing.Considered]):
    store_id: strawberry.Private[StoreId]
    distance_m: int | None = strawberry.field(
        description="Metres from the store to the address; null for a pickup."
    )
    verdict: Verdict = strawberry.field(description="Why it was, or was not, chosen.")

    @field("The store.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.store_id)
