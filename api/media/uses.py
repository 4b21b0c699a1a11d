"""Where assets and products are used, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.paging import PageRequest
from domain.kernel.uses import FoundUse, Used, UsedKind, UserKind
from domain.media.looking_up import uses_of
from domain.media.ports import MediaPorts
from domain.people.act import Act

enum(
    UsedKind,
    "What can be used.",
    ASSET="A picture or a video.",
    PRODUCT="A product.",
)
enum(
    UserKind,
    "What can use an asset or a product.",
    POST_REVISION="A revision of a post.",
    TEMPLATE="A poster's template.",
    LAYER="A layer of storefronts.",
    PRODUCT="A product, by its pictures.",
    TASK_COPY="A guide's copy of a task, by the photograph that shows it.",
    REMARK="A remark, by its picture.",
    SALE_REPORT="A reported sale, by its picture.",
)


@strawberry.type(description="Something that refers to an asset or a product.")
class Use(Packed[FoundUse]):
    kind: UserKind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id.")
    label: str = strawberry.field(description="How people know it, such as a title.")
    fields: list[str] = strawberry.field(
        description="Paths of its fields that refer to the asset or product, such as body.2.asset."
    )


@query(
    "Where an asset or a product is used: post revisions, poster templates, storefront layers and "
    "products, exact to the field."
)
async def uses(
    ports: MediaPorts,
    act: Act,
    kind: Annotated[UsedKind, strawberry.argument(description="What is used.")],
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    first: First = 20,
    after: After = None,
) -> Connection[Use]:
    request = PageRequest(first=first, after=after)
    return connection(await uses_of(ports, act, Used(kind=kind, id=id), request), Use.of)


QUERIES = (uses,)
