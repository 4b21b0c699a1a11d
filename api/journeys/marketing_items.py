"""Items of the marketing calendar in the schema, as they are written and as they are seen."""

from dataclasses import replace

import strawberry

from api.kernel.enums import enum
from api.kernel.packing import Packed
from api.sharing.share_links import ShareTarget
from domain.audiences.segments import SegmentId
from domain.catalogue.prices import PriceLine
from domain.guiding.task_templates import TaskTemplateId
from domain.journeys import marketing_dates, marketing_items
from domain.journeys.journeys import JourneyId
from domain.journeys.marketing_dates import DateRule, Festival, Repeats
from domain.journeys.marketing_items import (
    ItemId,
    ItemPart,
    ItemStage,
    PartKind,
    StageOwner,
    Theme,
    keyed_parts,
)
from domain.kernel.money import Fen
from domain.people.roles import Role
from domain.sharing import share_links
from domain.sharing.share_links import ShareKind

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


@strawberry.type(description="On which days an item falls.")
class MarketingDates(Packed[marketing_dates.DateRule]):
    repeats: Repeats = strawberry.field(description="How often.")
    starts_on: str = strawberry.field(description="From this day on.")
    weekday: int = strawberry.field(description="Of WEEKLY; 1 is Monday.")
    day: int = strawberry.field(description="Of MONTHLY and YEARLY.")
    month: int = strawberry.field(description="Of YEARLY.")
    festival: Festival | None = strawberry.field(description="Of LUNAR.")
    ahead: int = strawberry.field(description="Of LUNAR, so many days before it.")
    times: int = strawberry.field(description="So often; 0 without end.")


@strawberry.type(description="Who sees to a stage, and how many days before the date by when.")
class MarketingOwner(Packed[marketing_items.StageOwner]):
    stage: ItemStage = strawberry.field(description="The stage.")
    role: Role = strawberry.field(description="Who sees to it.")
    days_before: int = strawberry.field(description="Below 0 after it.")


@strawberry.type(description="A new price of a SKU, as it is planned.")
class PlannedPrice(Packed[PriceLine]):
    value: strawberry.Private[PriceLine]
    sku: str = strawberry.field(description="The SKU.")

    @strawberry.field(description="Its price.")
    def fen(self) -> int:
        return self.value.amount

    @strawberry.field(description="The price it is compared with.")
    def compare_at_fen(self) -> int | None:
        return self.value.compare_at


@strawberry.type(description="A part of an item, as it is planned.")
class PlannedPart(Packed[marketing_items.ItemPart]):
    value: strawberry.Private[marketing_items.ItemPart]
    key: str = strawberry.field(description="By which it is known, wherever it stands.")
    kind: PartKind = strawberry.field(description="What it is made into.")
    minute: int = strawberry.field(description="From which minute of the day in China on.")
    template_id: strawberry.ID | None = strawberry.field(description="Of TASK, its template.")
    hours: int = strawberry.field(description="Of CAMPAIGN, for so many hours.")
    journey_id: strawberry.ID | None = strawberry.field(description="Of JOURNEY, which one.")
    segment_id: strawberry.ID | None = strawberry.field(
        description="Of JOURNEY, who enters, if others than those of the item."
    )

    @strawberry.field(description="Of PRICES.")
    def lines(self) -> list[PlannedPrice]:
        return [PlannedPrice.of(one) for one in self.value.lines]


@strawberry.type(description="Something that is done on the days of a rule.")
class MarketingItem(Packed[marketing_items.MarketingItem]):
    value: strawberry.Private[marketing_items.MarketingItem]
    id: strawberry.ID = strawberry.field(description="The item's id.")
    title: str = strawberry.field(description="What it is called.")
    theme: Theme = strawberry.field(description="What it is about.")
    text: str = strawberry.field(description="What its executors read.")
    roles: list[Role] = strawberry.field(description="Who executes it.")
    segment_id: strawberry.ID | None = strawberry.field(
        description="The segment that it is for; everybody where there is none."
    )
    version: int = strawberry.field(description="Counts up with each change.")

    @strawberry.field(description="How often.")
    def repeats(self) -> Repeats:
        return self.value.dates.repeats

    @strawberry.field(description="On which days.")
    def dates(self) -> "MarketingDates":
        return MarketingDates.of(self.value.dates)

    @strawberry.field(description="What its executors share.")
    def materials(self) -> list[ShareTarget]:
        return [
            ShareTarget(kind=one.kind, id=strawberry.ID(one.id)) for one in self.value.materials
        ]

    @strawberry.field(description="Who sees to which stage.")
    def owners(self) -> list["MarketingOwner"]:
        return [MarketingOwner.of(one) for one in self.value.owners]

    @strawberry.field(description="The kinds of its parts.")
    def parts(self) -> list[PartKind]:
        return [one.kind for one in self.value.parts]

    @strawberry.field(description="Its parts in full.")
    def planned_parts(self) -> list["PlannedPart"]:
        return [PlannedPart.of(replace(one, key=key)) for key, one in keyed_parts(self.value)]


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
        description="Of JOURNEY, who enters; the item's segment if none is named.", default=None
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


@strawberry.input(description="Something that is shared with customers.")
class MarketingMaterialInput:
    kind: ShareKind = strawberry.field(description="A post, a product or a campaign.")
    id: strawberry.ID = strawberry.field(description="Its id.")

    def value(self) -> share_links.ShareTarget:
        return share_links.ShareTarget(kind=self.kind, id=str(self.id))


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
    segment_id: strawberry.ID | None = strawberry.field(
        description="Whom it is for; everybody if none is named.", default=None
    )
    materials: list[MarketingMaterialInput] = strawberry.field(
        description="What its executors share; 20 at most.", default_factory=list
    )
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
            segment_id=SegmentId(str(self.segment_id)) if self.segment_id else None,
            materials=tuple(one.value() for one in self.materials),
            owners=tuple(one.value() for one in self.owners),
            parts=tuple(one.value() for one in self.parts),
            ended=self.ended,
        )
