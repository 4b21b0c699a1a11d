"""Guides, as everybody sees them."""

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field
from api.media.asset_types import Asset, usable_asset_of
from domain.people import accounts


@strawberry.type(description="A shopping guide of a store.")
class Guide:
    avatar_id: strawberry.Private[str | None]
    id: strawberry.ID = strawberry.field(description="The brand's code for the guide.")
    name: str = strawberry.field(description="What customers call them.")

    @classmethod
    def of(cls, guide: accounts.Guide) -> "Guide":
        """Pack a guide."""
        return cls(avatar_id=guide.avatar, id=strawberry.ID(guide.id), name=guide.name)

    @field("Their portrait; null where there is none to show.")
    async def avatar(self, load: Load) -> Asset | None:
        return await usable_asset_of(load, self.avatar_id)
