"""What content brings, and what sells."""

from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.kernel.enums import enum
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import effects
from domain.earnings.effects import EffectOf, EffectPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    EffectOf,
    "By what visits and orders are told apart.",
    name="ContentEffectOf",
    POST="A post, which may be a store's adaptation.",
    REVISION="A post's revision.",
    PRODUCT="A product.",
    TEMPLATE="The template of a poster.",
    SCENE="The scene that it was shared for.",
    GUIDE="The guide who shared.",
    STORE="The store of the guide who shared.",
    CAMPAIGN="The campaign that the link names.",
)

Of = Annotated[EffectOf, strawberry.argument(description="By what.")]
DayOrMonth = Annotated[
    str,
    strawberry.argument(
        description="A day such as 2026-10-31, or a month such as 2026-10, in China."
    ),
]


@strawberry.type(description="What one thing brought in a day or a month.")
class ContentEffect(Packed[effects.ContentEffect]):
    kind: EffectOf = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="Its id; a campaign's may be its name.")
    period: str = strawberry.field(description="The day or the month.")
    visits: int = strawberry.field(description="Visits by links, each once in half an hour.")
    orders: int = strawberry.field(
        description="Paid orders and purchases that came by links, by the day they were paid."
    )
    net: LedgerSum = strawberry.field(
        description="What was paid for them, without what was given back since."
    )


@query(
    "What one thing brought in a day or a month; for the content team, head office and finance, "
    "and for a guide and a manager of their own."
)
async def content_effect(
    ports: EffectPorts,
    act: Act,
    of: Of,
    id: Annotated[strawberry.ID, strawberry.argument(description="The thing's id.")],
    period: DayOrMonth,
) -> ContentEffect:
    return ContentEffect.of(await effects.effect_seen(ports, act, of, id, period))


@query(
    "What brought most money in a day or a month, of one kind of things: what sells. Guides and "
    "stores are ranked for head office and finance alone."
)
async def what_sells(
    ports: EffectPorts,
    act: Act,
    period: DayOrMonth,
    of: Of = EffectOf.POST,
    first: First = 20,
    after: After = None,
) -> Connection[ContentEffect]:
    request = PageRequest(first=first, after=after)
    page = await effects.what_sells(ports, act, of, period, request)
    return connection(page, ContentEffect.of)


QUERIES = (content_effect, what_sells)
