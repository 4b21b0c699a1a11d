"""The stores that were considered for a part of an order."""

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field
from api.network.stores import Store, store_shown
from domain.mall.routing import routing
from domain.mall.routing.routing import Verdict
from domain.network.stores import StoreId

strawberry.enum(Verdict, name="RoutingVerdict", description="Why a store was, or was not, chosen.")


@strawberry.type(description="A store that was considered for a fulfilment order.")
class RoutingCandidate:
    store_id: strawberry.Private[StoreId]
    distance_m: int | None = strawberry.field(
        description="Metres from the store to the address; null for a pickup."
    )
    verdict: Verdict = strawberry.field(description="Why it was, or was not, chosen.")

    @classmethod
    def of(cls, considered: routing.Considered) -> "RoutingCandidate":
        """Pack a candidate."""
        return cls(
            store_id=considered.store_id,
            distance_m=considered.distance_m,
            verdict=considered.verdict,
        )

    @field("The store.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.store_id)
