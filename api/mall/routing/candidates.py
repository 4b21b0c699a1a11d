"""The stores that were considered for a part of an order."""

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field
from api.kernel.packing import Packed
from api.network.stores import Store, store_shown
from domain.mall.routing import routing
from domain.mall.routing.routing import Verdict
from domain.network.stores import StoreId

enum(
    Verdict,
    "Why a store was, or was not, chosen.",
    name="RoutingVerdict",
    CHOSEN="It is asked.",
    NOT_SELLING="It is paused or closed.",
    REFUSED_BEFORE="It was asked before, and did not do it.",
    NOT_THE_PICKUP_STORE="The buyer fetches it from another store.",
    OFFERS_NO_PICKUP="Nothing can be fetched there.",
    HAS_NONE="It has none of the goods.",
    NEEDS_MORE_STORES="With it, more stores would have to send something.",
    SHUT_NOW="It is shut now, and another is open.",
    AT_CAPACITY="It has as many orders today as it can do.",
    FARTHER="Another is nearer.",
    LATER_ID="Another is as near, and has the lower id.",
)


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
