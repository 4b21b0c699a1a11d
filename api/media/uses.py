"""Where assets and products are used, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.paging import PageRequest
from domain.kernel.uses import FoundUse, Target, TargetKind, UserKind
from domain.media.asset_bank import ARRANGERS

strawberry.enum(TargetKind, name="UsedKind", description="What can be used.")
strawberry.enum(UserKind, description="What can use an asset or a product.")


@strawberry.type(description="Something that refers to an asset or a product.")
class Use:
    kind: UserKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id.")
    label: str = strawberry.field(description="How people know it, such as a title.")
    fields: list[str] = strawberry.field(
        description="Paths of its fields that refer to the asset or product, such as body.2.asset."
    )

    @classmethod
    def of(cls, use: FoundUse) -> "Use":
        """Pack a use."""
        return cls(
            kind=use.kind, id=strawberry.ID(use.id), label=use.label, fields=list(use.fields)
        )


async def uses_of(info: Info, target: Target, page: PageRequest) -> Connection[Use]:
    """A page of what refers to something, for those who arrange content."""
    info.context.viewer.require(*ARRANGERS)
    return connection(await info.context.world.assets.uses.of(target, page), Use.of)


@strawberry.type
class UsesQuery:
    @strawberry.field(
        description="Where an asset or a product is used: post revisions, poster templates, "
        "storefront layers and products, exact to the field."
    )
    async def uses(
        self,
        info: Info,
        kind: Annotated[TargetKind, strawberry.argument(description="What is used.")],
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[Use]:
        target = Target(kind=kind, id=str(id))
        return await uses_of(info, target, PageRequest(first=first, after=after))
