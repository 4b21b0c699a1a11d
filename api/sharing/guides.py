"""Guides, as everybody sees them."""

import strawberry

from api.kernel.context import Info
from api.media.asset_types import Asset
from domain.media.assets import usable
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

    @strawberry.field(description="Their portrait; null where there is none to show.")
    async def avatar(self, info: Info) -> Asset | None:
        if self.avatar_id is None:
            return None
        found = await info.context.loaders.assets.load(self.avatar_id)
        return Asset.of(found) if found and usable(found, info.context.now) else None
