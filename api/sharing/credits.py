"""The guide who is credited for an order."""

from datetime import datetime

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field
from api.kernel.packing import Packed
from api.network.stores import Store, store_shown
from api.people.guides import guide_name_shown
from domain.sharing import attribution


@strawberry.type(description="The guide who is credited for an order.")
class Credit(Packed[attribution.Credit]):
    value: strawberry.Private[attribution.Credit]
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    share_code: str = strawberry.field(description="The share link that brought the buyer.")
    touched_at: datetime = strawberry.field(description="When the buyer came through it.")

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        return await guide_name_shown(load, self.value.guide_id)

    @field("The store that the link belongs to.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.store_id)
