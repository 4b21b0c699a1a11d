"""Assessment, titles of guides and model stores in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.guiding import assessing, figures, titles
from domain.guiding import exam_effects as effect_rules
from domain.guiding.assessing import Assessed
from domain.guiding.exam_effects import ExamEffectPorts
from domain.guiding.figures import FigurePorts
from domain.guiding.titles import TitleKind, TitlePorts
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.guides import guides_by_ids

enum(
    TitleKind,
    "What somebody was best at.",
    name="GuideTitleKind",
    FIRST_ORDER="The first order of the day, so many seconds after midnight.",
    BEST_SELLER="Fen sold net.",
    SEEDING_KING="Visits by their links.",
    BEST_REPURCHASE="Orders of buyers who had bought from them before.",
    MOST_FRIENDS="New friends that count.",
    MOST_TASKS="Tasks done.",
    MODEL_STORE="Fen that a store sold net in a month.",
)
Week = Annotated[
    str | None, strawberry.argument(description="A day of the week; of none, today's.")
]
RegionArgument = Annotated[strawberry.ID, strawberry.argument(description="The region.")]


@strawberry.type(description="What a guide or a region did in a week.")
class Assessment:
    value: strawberry.Private[Assessed]

    @strawberry.field(description="The Monday with which the week begins.")
    def week(self) -> str:
        return self.value.week

    @strawberry.field(description="The guide or the region.")
    def subject(self) -> strawberry.ID:
        return strawberry.ID(self.value.figure.subject)

    @field("The guide's name; null for a region.")
    async def guide_name(self, load: Load) -> str | None:
        guide = await load(guides_by_ids, GuideId(self.value.figure.subject))
        return guide.name if guide else None

    @strawberry.field(description="Share links that were made for them, those of tasks too.")
    def links(self) -> int:
        return self.value.figure.of(figures.LINKS)

    @strawberry.field(description="Visits of customers by their links.")
    def visits(self) -> int:
        return self.value.figure.of(figures.VISITS)

    @strawberry.field(description="Of these, by what they posted in moments.")
    def moment_visits(self) -> int:
        return self.value.figure.of(figures.MOMENT_VISITS)

    @strawberry.field(description="Of these, by what they posted in groups.")
    def group_visits(self) -> int:
        return self.value.figure.of(figures.GROUP_VISITS)

    @strawberry.field(description="Orders that they are credited for.")
    def orders(self) -> int:
        return self.value.figure.of(figures.ORDERS)

    @strawberry.field(description="Of these, by buyers who had bought from them before.")
    def repeat_orders(self) -> int:
        return self.value.figure.of(figures.REPEAT)

    @strawberry.field(description="What these come to net of refunds, in fen as decimal digits.")
    def fen(self) -> str:
        return str(self.value.figure.of(figures.FEN))

    @strawberry.field(description="Tasks done.")
    def tasks(self) -> int:
        return self.value.figure.of(figures.TASKS)

    @strawberry.field(description="Messages sent in their name.")
    def messages(self) -> int:
        return self.value.figure.of(figures.MESSAGES)

    @strawberry.field(description="Moments that they published as they were asked in WeCom.")
    def moments(self) -> int:
        return self.value.figure.of(figures.MOMENTS)

    @strawberry.field(description="To so many groups went what they were asked to send there.")
    def group_sends(self) -> int:
        return self.value.figure.of(figures.GROUP_SENDS)

    @strawberry.field(description="And to so many friends.")
    def friend_sends(self) -> int:
        return self.value.figure.of(figures.FRIEND_SENDS)

    @strawberry.field(description="Friends added in WeCom.")
    def friends_added(self) -> int:
        return self.value.figure.of(figures.ADDED)

    @strawberry.field(description="Friends who are none any more.")
    def friends_gone(self) -> int:
        return self.value.figure.of(figures.GONE)

    @strawberry.field(description="New friends that count.")
    def friends_valid(self) -> int:
        return self.value.figure.of(figures.VALID)

    @strawberry.field(description="Chats with single customers, as WeCom counts them.")
    def chats(self) -> int:
        return self.value.figure.of(figures.CHATS)

    @strawberry.field(description="What they wrote in these.")
    def messages_written(self) -> int:
        return self.value.figure.of(figures.WRITTEN)

    @strawberry.field(
        description="Of a hundred chats that customers began so many they replied to on that day, "
        "on average over the days with any; null where there were none, or WeCom was not asked."
    )
    def replied_percent(self) -> float | None:
        return self.value.figure.replied_percent

    @strawberry.field(description="Requests to become friends that they sent.")
    def friend_requests(self) -> int:
        return self.value.figure.of(figures.REQUESTS)

    @strawberry.field(
        description="How many became customers for each hundred requests, those who asked "
        "themselves too; null where they sent none."
    )
    def taken_percent(self) -> float | None:
        return self.value.figure.taken_percent


@strawberry.type(description="Who was best at something.")
class GuideTitle(Packed[titles.WonTitle]):
    value: strawberry.Private[titles.WonTitle]
    kind: TitleKind = strawberry.field(description="At what.")
    subject: strawberry.ID = strawberry.field(description="The guide, or the store.")
    rank: int = strawberry.field(description="1 and how many were better.")

    @strawberry.field(description="What they came to, in decimal digits.")
    def reached(self) -> str:
        return str(self.value.reached)

    @field("The guide's name; null for a store.")
    async def guide_name(self, load: Load) -> str | None:
        guide = await load(guides_by_ids, GuideId(self.value.subject))
        return guide.name if guide else None


@strawberry.type(description="The titles of a day, or the model stores of a month, made for good.")
class TitleRoll(Packed[titles.TitleRoll]):
    id: strawberry.ID = strawberry.field(description="The day, or the month.")
    made_at: datetime = strawberry.field(description="When they were made.")
    titles: list[GuideTitle] = strawberry.field(description="Who was best.")


@query("The titles of guides by the figures of a day; null before they are made.")
async def guide_titles(
    ports: TitlePorts,
    act: Act,
    day: Annotated[
        str | None, strawberry.argument(description="Such as 2026-11-28; of none, yesterday.")
    ] = None,
) -> TitleRoll | None:
    found = await titles.guide_titles(ports, act, day)
    return TitleRoll.of(found) if found else None


@query("The stores that sold most net in a month; null before it is over.")
async def model_stores(
    ports: TitlePorts,
    act: Act,
    month: Annotated[
        str | None, strawberry.argument(description="Such as 2026-11; of none, the last.")
    ] = None,
) -> TitleRoll | None:
    found = await titles.model_stores(ports, act, month)
    return TitleRoll.of(found) if found else None


@query("What the guides of a region did in a week, by guide.")
async def guide_assessment(
    ports: FigurePorts,
    act: Act,
    region_id: RegionArgument,
    week: Week = None,
    first: First = 20,
    after: After = None,
) -> Connection[Assessment]:
    request = PageRequest(first=first, after=after)
    page = await assessing.assess_guides(ports, act, region_id, week, request)
    return connection(page, lambda one: Assessment(value=one))


@query("What the regions that the viewer looks after did in a week, by region.")
async def region_assessment(ports: FigurePorts, act: Act, week: Week = None) -> list[Assessment]:
    return [Assessment(value=one) for one in await assessing.assess_regions(ports, act, week)]


@query("The assessment of a region's guides as CSV.")
async def guide_assessment_file(
    ports: FigurePorts, act: Act, region_id: RegionArgument, week: Week = None
) -> str:
    return await assessing.assessment_file(ports, act, region_id, week)


@strawberry.type(
    description="What guides did who answered a topic well enough, or not, in whole weeks before "
    "the week of the exam and in as many after it."
)
class ExamEffect(Packed[effect_rules.TopicEffect]):
    value: strawberry.Private[effect_rules.TopicEffect]
    topic: strawberry.ID = strawberry.field(description="The topic.")
    well: bool = strawberry.field(description="Whether they answered it well enough to pass.")
    people: int = strawberry.field(description="How many they are.")
    weeks: int = strawberry.field(
        description="Weeks after, of all of them together; 0 where none is over yet."
    )

    @strawberry.field(description="Visits by their links before.")
    def visits_before(self) -> int:
        return self.value.before.get(figures.VISITS, 0)

    @strawberry.field(description="And after.")
    def visits_after(self) -> int:
        return self.value.after.get(figures.VISITS, 0)

    @strawberry.field(description="Orders that they are credited for before.")
    def orders_before(self) -> int:
        return self.value.before.get(figures.ORDERS, 0)

    @strawberry.field(description="And after.")
    def orders_after(self) -> int:
        return self.value.after.get(figures.ORDERS, 0)

    @strawberry.field(description="What these come to net, in fen as decimal digits, before.")
    def fen_before(self) -> str:
        return str(self.value.before.get(figures.FEN, 0))

    @strawberry.field(description="And after.")
    def fen_after(self) -> str:
        return str(self.value.after.get(figures.FEN, 0))


@query("What a region's guides did before and after an exam, by topic and how well they did.")
async def exam_effects(
    ports: ExamEffectPorts,
    act: Act,
    exam_id: Annotated[strawberry.ID, strawberry.argument(description="The exam.")],
    region_id: RegionArgument,
) -> list[ExamEffect]:
    found = await effect_rules.exam_effects(ports, act, exam_id, region_id)
    return [ExamEffect.of(one) for one in found]


QUERIES = (
    exam_effects,
    guide_titles,
    model_stores,
    guide_assessment,
    region_assessment,
    guide_assessment_file,
)
