"""Who has earned most."""

from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.kernel.context import Load
from api.kernel.operations import field, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.people.guides import guide_name_shown
from domain.earnings import rankings
from domain.earnings.rankings import EarnedPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act


@strawberry.type(description="A guide's place by what they earned in a period.")
class RankedGuide(Packed[rankings.RankedGuide]):
    value: strawberry.Private[rankings.RankedGuide]
    rank: int = strawberry.field(description="The place; those who earned the same share one.")
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    earned: LedgerSum = strawberry.field(
        description="What they earned, less what was taken back in that time."
    )

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        return await guide_name_shown(load, self.value.guide_id)


@query(
    "The guides by what they earned in a day or a month in China, who has most first; for head "
    "office and finance."
)
async def guide_ranking(
    ports: EarnedPorts,
    act: Act,
    period: Annotated[
        str, strawberry.argument(description="Such as 2026-10-31, or 2026-10 for a month.")
    ],
    first: First = 20,
    after: After = None,
) -> Connection[RankedGuide]:
    request = PageRequest(first=first, after=after)
    page = await rankings.guide_ranking(ports, act, period, request)
    return connection(page, RankedGuide.of)


QUERIES = (guide_ranking,)
