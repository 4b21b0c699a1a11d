"""Weekly briefs in the schema."""

from typing import Annotated

import strawberry

from api.insight.boards import NOBODY, Id, Scope
from api.kernel.enums import enum
from api.kernel.operations import query
from api.kernel.packing import Packed
from domain.insight import briefs
from domain.insight.boards import BoardPorts
from domain.insight.briefs import Advice
from domain.insight.metrics import Metric
from domain.people.act import Act

enum(
    Advice,
    "What to do.",
    name="BriefAdvice",
    CHECK_STOCK="More than a tenth of what was offered is refused or timed out: count the stock.",
    ACCEPT_FASTER="Accepting takes more than half an hour: do it sooner.",
    LOOK_AT_RETURNS="More than 15 % is paid back: look at why.",
    VISITS_DO_NOT_BUY="There are more visits and fewer orders: look at what visitors find.",
    SHARE_MORE="There are fewer visits: share more.",
    INVITE_FRIENDS="There are fewer new friends: invite them.",
    GO_ON="None of the others holds: go on so.",
)


@strawberry.type(description="A figure of the week beside that of the week before.")
class BriefChange(Packed[briefs.BriefChange]):
    value: strawberry.Private[briefs.BriefChange]
    metric: Metric = strawberry.field(description="What it counts.")

    @strawberry.field(description="In the week, in decimal digits.")
    def now(self) -> str:
        return str(self.value.now)

    @strawberry.field(description="In the week before, in decimal digits.")
    def before(self) -> str:
        return str(self.value.before)


@strawberry.type(description="What changed in a week, and what to do.")
class WeeklyBrief:
    value: strawberry.Private[briefs.WeeklyBrief]

    @strawberry.field(description="The Monday on which the week begins, in China.")
    def starts_on(self) -> str:
        return self.value.starts_on

    @strawberry.field(description="Sold without what was paid back in the week, in fen.")
    def net_fen(self) -> str:
        return str(self.value.net)

    @strawberry.field(description="The same of the week before, in fen.")
    def net_fen_before(self) -> str:
        return str(self.value.net_before)

    @strawberry.field(description="What changed by a tenth or more, the largest change first.")
    def changes(self) -> list[BriefChange]:
        return [BriefChange.of(one) for one in self.value.changes]

    @strawberry.field(description="What to do, the most urgent first.")
    def advice(self) -> list[Advice]:
        return list(self.value.advice)


@query("The brief of a week of the brand, a region or a store.")
async def weekly_brief(
    ports: BoardPorts,
    act: Act,
    scope: Scope,
    starts_on: Annotated[str, strawberry.argument(description="A Monday such as 2026-11-23.")],
    id: Id = NOBODY,
) -> WeeklyBrief:
    return WeeklyBrief(value=await briefs.weekly_brief(ports, act, scope, str(id), starts_on))


QUERIES = (weekly_brief,)
