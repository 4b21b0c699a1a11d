"""Guides, as everybody sees them, and as those who lead them do."""

from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field, query
from api.kernel.paging import After, Connection, First, connection
from api.media.asset_types import Asset, usable_asset_of
from api.network.stores import Store, store_shown
from domain.kernel.paging import PageRequest
from domain.network.stores import StoreId
from domain.people import accounts
from domain.people.act import Act
from domain.people.guides import GuidePorts, guides_of


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


@strawberry.type(description="A guide as those who lead them see them.")
class ListedGuide:
    value: strawberry.Private[accounts.Guide]
    active: bool = strawberry.field(description="Whether they work for the brand.")
    wecom_user_id: str = strawberry.field(description="Their WeCom account.")

    @classmethod
    def of(cls, guide: accounts.Guide) -> "ListedGuide":
        """Pack a guide."""
        return cls(value=guide, active=guide.active, wecom_user_id=guide.wecom_user_id)

    @strawberry.field(description="Who they are to everybody.")
    def guide(self) -> Guide:
        return Guide.of(self.value)

    @field("Where they work.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, StoreId(self.value.store_id))


@query("The guides of a store or of the brand, those who left too, by their codes.")
async def guides(
    ports: GuidePorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The store; only for the whole brand is it left out."),
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[ListedGuide]:
    page = await guides_of(ports, act, store_id, PageRequest(first=first, after=after))
    return connection(page, ListedGuide.of)


QUERIES = (guides,)
