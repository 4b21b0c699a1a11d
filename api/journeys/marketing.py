"""The marketing calendar in the schema: the dates of items, and each role's week."""

from typing import Annotated

import strawberry

from api.journeys.marketing_items import MarketingItem, MarketingItemInput
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.journeys import marketing_items, planning_weeks, week_collisions
from domain.journeys.marketing_dates import LUNAR, LUNAR_FROM, Festival, festival_on
from domain.journeys.marketing_items import ItemStage, PartKind
from domain.journeys.planning_weeks import PlanningPorts
from domain.people.act import Act
from domain.people.roles import Role

Id = Annotated[strawberry.ID, strawberry.argument(description="The item.")]
Day = Annotated[str, strawberry.argument(description="A day in China such as 2026-11-30.")]
ItsDate = Annotated[
    str, strawberry.argument(description="The date of the item, as its rule says it.")
]


@strawberry.type(description="Who sees to a stage, and by which day.")
class StageDeadline:
    stage: ItemStage = strawberry.field(description="The stage.")
    role: Role = strawberry.field(description="Who sees to it.")
    by: str = strawberry.field(description="The day by which it is to be reached.")


@strawberry.type(description="What a part of a date was made into.")
class MarketingPart(Packed[marketing_items.Compiled]):
    kind: PartKind = strawberry.field(description="What it is.")
    target: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="A date of an item in a week.")
class MarketingDay(Packed[planning_weeks.PlannedDay]):
    value: strawberry.Private[planning_weeks.PlannedDay]
    item: MarketingItem = strawberry.field(description="The item.")

    @strawberry.field(description="The day on which it is done.")
    def on(self) -> str:
        return self.value.on.isoformat()

    @strawberry.field(description="Its date as the rule says it, by which it is named.")
    def date(self) -> str:
        return self.value.occurrence.date

    @strawberry.field(description="How far it is.")
    def stage(self) -> ItemStage:
        return self.value.occurrence.stage

    @strawberry.field(description="Who sees to which stage by when.")
    def deadlines(self) -> list[StageDeadline]:
        return [
            StageDeadline(stage=one.stage, role=one.role, by=by.isoformat())
            for one, by in self.value.deadlines
        ]

    @strawberry.field(description="What it was made into.")
    def made(self) -> list[MarketingPart]:
        return [MarketingPart.of(one) for one in self.value.occurrence.compiled]


@strawberry.type(description="What a part was made into, or why it could not be made.")
class CompiledPart(Packed[planning_weeks.CompiledPart]):
    part: strawberry.ID = strawberry.field(description="The part, always by the same id.")
    kind: PartKind = strawberry.field(description="What it is.")
    target: strawberry.ID | None = strawberry.field(description="The id of what it was made into.")
    new: bool = strawberry.field(description="Whether it was made by this.")
    refused: str | None = strawberry.field(description="Why it could not be made.")


@strawberry.type(description="What of a week would be too much.")
class MarketingCollision(Packed[week_collisions.Collision]):
    value: strawberry.Private[week_collisions.Collision]
    what: str = strawberry.field(description="What.")

    @strawberry.field(description="On which day.")
    def on(self) -> str:
        return self.value.on.isoformat()


@strawberry.type(description="A festival of the Chinese calendar in a year.")
class FestivalDay:
    festival: Festival = strawberry.field(description="The festival.")
    on: str = strawberry.field(description="Its day.")


@query("What is to be done in seven days by the viewer's role; for planners by any, or all.")
async def marketing_week(
    ports: PlanningPorts,
    act: Act,
    day: Day,
    role: Annotated[
        Role | None, strawberry.argument(description="Whose week; for planners.")
    ] = None,
) -> list[MarketingDay]:
    return [MarketingDay.of(one) for one in await planning_weeks.week_of(ports, act, day, role)]


@query(
    "What of seven days would be too much: messages over the caps or group sends over WeCom's, "
    "coupons that do not suffice, prices twice."
)
async def marketing_collisions(
    ports: PlanningPorts, act: Act, day: Day
) -> list[MarketingCollision]:
    found = await week_collisions.collisions_of(ports, act, day)
    return [MarketingCollision.of(one) for one in found]


@query("All items of the marketing calendar that have not ended, for those who plan.")
async def marketing_items_planned(ports: PlanningPorts, act: Act) -> list[MarketingItem]:
    return [MarketingItem.of(one) for one in await planning_weeks.marketing_items(ports, act)]


@query("The festivals of the Chinese calendar, as far as they are known here.")
def lunar_festivals(ports: PlanningPorts, act: Act) -> list[FestivalDay]:
    years = range(LUNAR_FROM, LUNAR_FROM + len(LUNAR[Festival.QIXI]))
    return [
        FestivalDay(festival=one, on=on.isoformat())
        for year in years
        for one in Festival
        if (on := festival_on(one, year))
    ]


@mutation("Write an item of the marketing calendar.", item="As it is now.")
async def marketing_item_save(
    ports: PlanningPorts,
    act: Act,
    input: Annotated[MarketingItemInput, strawberry.argument(description="The item.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you loaded; 0 for a new one.")
    ] = 0,
) -> MarketingItem:
    saved = await planning_weeks.save_item(ports, act, input.value(), expected=expected_version)
    return MarketingItem.of(saved)


@mutation(
    "Put the week that is shipped on the calendar: new play, new arrivals, members' day, article, "
    "best value, store notes.",
    items="All items.",
)
async def marketing_week_begin(
    ports: PlanningPorts,
    act: Act,
    starts_on: Annotated[str, strawberry.argument(description="From this day on.")],
) -> list[MarketingItem]:
    items = await planning_weeks.begin_week(ports, act, starts_on)
    return [MarketingItem.of(one) for one in items]


@mutation("Move one date of an item; no other moves.", item="As it is now.")
async def marketing_day_move(
    ports: PlanningPorts,
    act: Act,
    id: Id,
    date: ItsDate,
    to: Annotated[str, strawberry.argument(description="The day on which it is done.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you loaded.")
    ],
) -> MarketingItem:
    moved = await planning_weeks.move_day(ports, act, id, date, to, expected=expected_version)
    return MarketingItem.of(moved)


@mutation(
    "Note that a date of an item has reached its next stage; for whoever sees to that.",
    stage="The stage.",
)
async def marketing_day_advance(ports: PlanningPorts, act: Act, id: Id, date: ItsDate) -> ItemStage:
    return (await planning_weeks.advance_day(ports, act, id, date)).stage


@mutation(
    "Make the approved dates of seven days into tasks, campaigns, journeys and price changes; "
    "again, nothing changes.",
    parts="Part by part.",
)
async def marketing_week_compile(ports: PlanningPorts, act: Act, day: Day) -> list[CompiledPart]:
    return [CompiledPart.of(one) for one in await planning_weeks.compile_week(ports, act, day)]


QUERIES = (marketing_week, marketing_items_planned, marketing_collisions, lunar_festivals)
MUTATIONS = (
    marketing_item_save,
    marketing_week_begin,
    marketing_day_move,
    marketing_day_advance,
    marketing_week_compile,
)
