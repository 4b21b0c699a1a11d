"""The marketing calendar in the schema: items, their dates, and each role's week."""

from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.audiences.segments import SegmentId
from domain.catalogue.prices import PriceLine
from domain.guiding.task_templates import TaskTemplateId
from domain.journeys import marketing_items, planning_weeks
from domain.journeys.journeys import JourneyId
from domain.journeys.marketing_dates import (
    LUNAR,
    LUNAR_FROM,
    DateRule,
    Festival,
    Repeats,
    festival_on,
)
from domain.journeys.marketing_items import ItemId, ItemPart, ItemStage, PartKind, StageOwner, Theme
from domain.journeys.planning_weeks import PlanningPorts
from domain.kernel.money import Fen
from domain.people.act import Act
from domain.people.roles import Role

enum(
    Theme,
    "What an item of the marketing calendar is about.",
    name="MarketingTheme",
    NEW_PLAY="A new way to take part, 新玩法; on Mondays in the week that is shipped.",
    NEW_ARRIVALS="New goods, 上新; on Tuesdays there.",
    MEMBERS_DAY="The members' day, 会员日; on Wednesdays there.",
    ARTICLE="An article, 推文; on Thursdays there.",
    BEST_VALUE="What is worth its price most, 超值; on Fridays there.",
    STORE_NOTES="Notes from the stores, 门店笔记; on Saturdays there.",
    FESTIVAL="A festival.",
)
enum(
    ItemStage,
    "How far a date of an item is; one after the other.",
    name="MarketingStage",
    DRAFT="It is being planned.",
    APPROVED="It was approved, and its parts are made.",
    PREPARED="All that it needs is there.",
    RUN="It was carried out.",
    CHECKED="What came of it was looked at.",
)
enum(
    PartKind,
    "What a part is made into.",
    name="MarketingPartKind",
    TASK="A task that all guides are asked to do.",
    CAMPAIGN="A campaign: posts go on show together.",
    JOURNEY="A journey, which whoever is in a segment then enters.",
    PRICES="A price change.",
)
enum(
    Repeats,
    "How often an item falls due.",
    name="MarketingRepeats",
    WEEKLY="On a weekday.",
    MONTHLY="On a day of each month; 31 is the last.",
    YEARLY="On a day of the year.",
    LUNAR="By a festival of the Chinese calendar.",
)
enum(
    Festival,
    "A festival of the Chinese calendar.",
    SPRING_FESTIVAL="春节, the first day of the year.",
    LANTERN_FESTIVAL="元宵节, the 15th of the first month.",
    DRAGON_BOAT="端午节, the 5th of the fifth month.",
    QIXI="七夕, the 7th of the seventh month.",
    MID_AUTUMN="中秋节, the 15th of the eighth month.",
    DOUBLE_NINTH="重阳节, the 9th of the ninth month.",
)
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


@strawberry.type(description="Something that is done on the days of a rule.")
class MarketingItem(Packed[marketing_items.MarketingItem]):
    value: strawberry.Private[marketing_items.MarketingItem]
    id: strawberry.ID = strawberry.field(description="The item's id.")
    title: str = strawberry.field(description="What it is called.")
    theme: Theme = strawberry.field(description="What it is about.")
    text: str = strawberry.field(description="What its executors read.")
    roles: list[Role] = strawberry.field(description="Who executes it.")
    version: int = strawberry.field(description="Counts up with each change.")

    @strawberry.field(description="How often.")
    def repeats(self) -> Repeats:
        return self.value.dates.repeats

    @strawberry.field(description="The kinds of its parts.")
    def parts(self) -> list[PartKind]:
        return [one.kind for one in self.value.parts]


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
class MarketingCollision(Packed[planning_weeks.Collision]):
    value: strawberry.Private[planning_weeks.Collision]
    what: str = strawberry.field(description="What.")

    @strawberry.field(description="On which day.")
    def on(self) -> str:
        return self.value.on.isoformat()


@strawberry.type(description="A festival of the Chinese calendar in a year.")
class FestivalDay:
    festival: Festival = strawberry.field(description="The festival.")
    on: str = strawberry.field(description="Its day.")


@strawberry.input(description="On which days.")
class DateRuleInput:
    repeats: Repeats = strawberry.field(description="How often.")
    starts_on: str = strawberry.field(description="From this day on.")
    weekday: int = strawberry.field(description="Of WEEKLY; 1 is Monday.", default=1)
    day: int = strawberry.field(
        description="Of MONTHLY and YEARLY; the last day where there is none.", default=1
    )
    month: int = strawberry.field(description="Of YEARLY.", default=1)
    festival: Festival | None = strawberry.field(description="Of LUNAR.", default=None)
    ahead: int = strawberry.field(
        description="Of LUNAR, so many days before it; below 0 after it.", default=0
    )
    times: int = strawberry.field(description="So often; 0 without end.", default=0)

    def value(self) -> DateRule:
        return DateRule(
            repeats=self.repeats,
            starts_on=self.starts_on,
            weekday=self.weekday,
            day=self.day,
            month=self.month,
            festival=self.festival,
            ahead=self.ahead,
            times=self.times,
        )


@strawberry.input(description="A new price of a SKU.")
class PlannedPriceInput:
    sku: str = strawberry.field(description="The SKU.")
    fen: int = strawberry.field(description="Its price.")
    compare_at_fen: int | None = strawberry.field(
        description="The price it is compared with.", default=None
    )

    def value(self) -> PriceLine:
        compared = None if self.compare_at_fen is None else Fen(self.compare_at_fen)
        return PriceLine(sku=self.sku, amount=Fen(self.fen), compare_at=compared)


@strawberry.input(description="A part of an item.")
class ItemPartInput:
    kind: PartKind = strawberry.field(description="What it is made into.")
    minute: int = strawberry.field(
        description="From which minute of the day in China on.", default=0
    )
    template_id: strawberry.ID | None = strawberry.field(
        description="Of TASK, its approved template.", default=None
    )
    hours: int = strawberry.field(description="Of CAMPAIGN, for so many hours.", default=24)
    journey_id: strawberry.ID | None = strawberry.field(
        description="Of JOURNEY, which one.", default=None
    )
    segment_id: strawberry.ID | None = strawberry.field(
        description="Of JOURNEY, who enters.", default=None
    )
    lines: list[PlannedPriceInput] = strawberry.field(
        description="Of PRICES.", default_factory=list
    )

    def value(self) -> ItemPart:
        return ItemPart(
            kind=self.kind,
            minute=self.minute,
            template_id=TaskTemplateId(str(self.template_id)) if self.template_id else None,
            hours=self.hours,
            journey_id=JourneyId(str(self.journey_id)) if self.journey_id else None,
            segment_id=SegmentId(str(self.segment_id)) if self.segment_id else None,
            lines=tuple(one.value() for one in self.lines),
        )


@strawberry.input(description="Who sees to a stage.")
class StageOwnerInput:
    stage: ItemStage = strawberry.field(description="The stage; not DRAFT.")
    role: Role = strawberry.field(description="Who.")
    days_before: int = strawberry.field(
        description="So many days before the date by when; below 0 after it."
    )

    def value(self) -> StageOwner:
        return StageOwner(stage=self.stage, role=self.role, days_before=self.days_before)


@strawberry.input(description="An item of the marketing calendar.")
class MarketingItemInput:
    id: strawberry.ID = strawberry.field(description="Its id, of your own: letters and digits.")
    title: str = strawberry.field(description="1 to 60 characters.")
    theme: Theme = strawberry.field(description="What it is about.")
    dates: DateRuleInput = strawberry.field(description="On which days.")
    text: str = strawberry.field(
        description="What its executors read; 500 characters at most.", default=""
    )
    roles: list[Role] = strawberry.field(description="Who executes it.", default_factory=list)
    owners: list[StageOwnerInput] = strawberry.field(
        description="Who sees to which stage.", default_factory=list
    )
    parts: list[ItemPartInput] = strawberry.field(
        description="What it is made into; 10 at most.", default_factory=list
    )
    ended: bool = strawberry.field(description="Whether it has no more dates.", default=False)

    def value(self) -> marketing_items.MarketingItem:
        return marketing_items.MarketingItem(
            id=ItemId(str(self.id)),
            title=self.title,
            theme=self.theme,
            dates=self.dates.value(),
            text=self.text,
            roles=tuple(self.roles),
            owners=tuple(one.value() for one in self.owners),
            parts=tuple(one.value() for one in self.parts),
            ended=self.ended,
        )


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


@query("What of seven days would be too much: messages over the caps, prices twice.")
async def marketing_collisions(
    ports: PlanningPorts, act: Act, day: Day
) -> list[MarketingCollision]:
    found = await planning_weeks.collisions_of(ports, act, day)
    return [MarketingCollision.of(one) for one in found]


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


QUERIES = (marketing_week, marketing_collisions, lunar_festivals)
MUTATIONS = (
    marketing_item_save,
    marketing_week_begin,
    marketing_day_move,
    marketing_day_advance,
    marketing_week_compile,
)
