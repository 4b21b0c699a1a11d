"""The marketing calendar: what is done on which days, by whom, and what it comes down to.

An item has a theme, a rule of dates, who executes it and stages with owners and deadlines. Each of
its dates is an occurrence, that goes through the stages; once it is approved its parts are made
into tasks, campaigns, journeys and price changes, each under an id of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.audiences.segments import SegmentId
from domain.catalogue.prices import PriceLine
from domain.guiding.task_templates import SHAREABLE, TaskTemplateId
from domain.journeys.journeys import JourneyId
from domain.journeys.marketing_dates import DateRule, Repeats, checked_dates, dates_between
from domain.kernel.days import BEIJING
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.refusals import Invalid
from domain.kernel.states import Machine
from domain.kernel.within import Within
from domain.people.roles import Role
from domain.sharing.share_links import ShareTarget

ItemId = NewType("ItemId", str)
OccurrenceId = NewType("OccurrenceId", str)

MOST_ITEMS = 500
MOST_PARTS = 10
MOST_LINES = 500
MOST_MATERIALS = 20
LONGEST_TITLE = 60
LONGEST_TEXT = 500
MINUTE = Within(0, 24 * 60 - 1)
HOURS = Within(1, 24 * 62)
DAYS_BEFORE = Within(-30, 60)


class Theme(StrEnum):
    """What an item is about; the days of the week that is shipped, and others."""

    NEW_PLAY = "NEW_PLAY"
    NEW_ARRIVALS = "NEW_ARRIVALS"
    MEMBERS_DAY = "MEMBERS_DAY"
    ARTICLE = "ARTICLE"
    BEST_VALUE = "BEST_VALUE"
    STORE_NOTES = "STORE_NOTES"
    FESTIVAL = "FESTIVAL"


class ItemStage(StrEnum):
    """How far an occurrence is."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    PREPARED = "PREPARED"
    RUN = "RUN"
    CHECKED = "CHECKED"


ITEM: Machine[ItemStage] = Machine(
    "marketing item",
    begins=frozenset({ItemStage.DRAFT}),
    next={
        ItemStage.DRAFT: frozenset({ItemStage.APPROVED}),
        ItemStage.APPROVED: frozenset({ItemStage.PREPARED}),
        ItemStage.PREPARED: frozenset({ItemStage.RUN}),
        ItemStage.RUN: frozenset({ItemStage.CHECKED}),
        ItemStage.CHECKED: frozenset(),
    },
)


class PartKind(StrEnum):
    """What a part of an item is made into."""

    TASK = "TASK"
    CAMPAIGN = "CAMPAIGN"
    JOURNEY = "JOURNEY"
    PRICES = "PRICES"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPart:
    """One part, from minute `minute` of the day in China on.

    A TASK asks all guides by a template; a CAMPAIGN is on show for so many `hours`; a JOURNEY is
    entered by who is in a segment then, its own or the item's; PRICES are changed. By its `key` the
    part is known, wherever in the item it stands.
    """

    kind: PartKind
    key: str = ""
    minute: int = 0
    template_id: TaskTemplateId | None = None
    hours: int = 24
    journey_id: JourneyId | None = None
    segment_id: SegmentId | None = None
    lines: tuple[PriceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOwner:
    """Who sees to a stage, and so many days before the date by when; below 0 after it."""

    stage: ItemStage
    role: Role
    days_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingItem:
    """Something that is done on the days of a rule; `moved` says which date moved to which.

    It is for who is in a segment, or for everybody; `materials` are what its executors share. Of
    its parts' keys the first `numbered` numbers were given so far.
    """

    id: ItemId
    title: str
    theme: Theme
    dates: DateRule
    text: str = ""
    roles: tuple[Role, ...] = ()
    segment_id: SegmentId | None = None
    materials: tuple[ShareTarget, ...] = ()
    owners: tuple[StageOwner, ...] = ()
    parts: tuple[ItemPart, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    numbered: int = 0
    ended: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a part of an occurrence was made into; `target` is the id of that."""

    id: str
    kind: PartKind
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One date of an item, and how far it is; `date` is that of the rule, `on` when it is done."""

    id: OccurrenceId
    item_id: ItemId
    date: str
    stage: ItemStage = ItemStage.DRAFT
    by: PersonId | None = None
    compiled: tuple[Compiled, ...] = ()
    version: int = 0


class MarketingBook(Protocol):
    """The items of the calendar, and what became of their dates."""

    async def items(self) -> Sequence[MarketingItem]:
        """All that have not ended, by id."""

    async def by_id(self, id: ItemId) -> MarketingItem | None:
        """The item of an id."""

    async def save(self, item: MarketingItem, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""

    async def occurrences(self, ids: Collection[OccurrenceId]) -> Mapping[OccurrenceId, Occurrence]:
        """Those of which something is known."""

    async def save_occurrence(self, one: Occurrence, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def checked_item(item: MarketingItem) -> MarketingItem:
    """An item as it may be kept, or Invalid by field."""
    at = ["input"]
    title = read_line(item.title, least=1, most=LONGEST_TITLE, field=[*at, "title"])
    text = read_paragraphs(item.text, most=LONGEST_TEXT, field=[*at, "text"])
    if len(item.parts) > MOST_PARTS:
        raise Invalid(f"An item has {MOST_PARTS} parts at most.", field=[*at, "parts"])
    for n, part in enumerate(item.parts):
        _check_part(part, item.segment_id, [*at, "parts", str(n)])
    if len(item.materials) > MOST_MATERIALS or len(set(item.materials)) < len(item.materials):
        raise Invalid(
            f"Name {MOST_MATERIALS} materials at most, each once.", field=[*at, "materials"]
        )
    for n, material in enumerate(item.materials):
        if material.kind not in SHAREABLE:
            raise Invalid(
                "Name a post, a product or a campaign.", field=[*at, "materials", str(n), "kind"]
            )
    stages = [one.stage for one in item.owners]
    if len(set(stages)) < len(stages) or ItemStage.DRAFT in stages:
        raise Invalid("Name each stage after DRAFT once.", field=[*at, "owners"])
    for owner in item.owners:
        DAYS_BEFORE.read(owner.days_before, [*at, "owners"])
    return replace(item, title=title, text=text, dates=checked_dates(item.dates))


def _check_part(part: ItemPart, audience: SegmentId | None, at: Sequence[str]) -> None:
    MINUTE.read(part.minute, [*at, "minute"])
    HOURS.read(part.hours, [*at, "hours"])
    if len(part.lines) > MOST_LINES:
        raise Invalid(f"Change {MOST_LINES} prices at most.", field=[*at, "lines"])
    missing = {
        PartKind.TASK: part.template_id is None and "templateId",
        PartKind.CAMPAIGN: False,
        PartKind.JOURNEY: (part.journey_id is None and "journeyId")
        or ((part.segment_id or audience) is None and "segmentId"),
        PartKind.PRICES: not part.lines and "lines",
    }[part.kind]
    if missing:
        raise Invalid(f"A part of the kind {part.kind} needs this.", field=[*at, missing])


def days_of(item: MarketingItem, first: date, last: date) -> list[tuple[str, date]]:
    """The dates of an item that are done between two days: each as its rule says, and when."""
    margin = timedelta(days=60)
    found = []
    for one in dates_between(item.dates, first - margin, last + margin):
        on = date.fromisoformat(item.moved.get(one.isoformat(), one.isoformat()))
        if first <= on <= last:
            found.append((one.isoformat(), on))
    return found


def occurrence_id(item_id: ItemId, day: str) -> OccurrenceId:
    """The id of a date of an item, wherever it is moved to."""
    return OccurrenceId(f"{item_id}:{day}")


def part_id(occurrence: OccurrenceId, key: str) -> str:
    """The id of what a part is made into: always the same."""
    return f"{occurrence}:{key}"


def keyed_parts(item: MarketingItem) -> list[tuple[str, ItemPart]]:
    """The parts by their keys; where none were given yet, by their places."""
    return [(part.key or str(n), part) for n, part in enumerate(item.parts)]


def keyed(item: MarketingItem, before: MarketingItem | None) -> MarketingItem:
    """An item whose parts keep the keys that they had before, wherever they stand now.

    A part that was changed is the next one of its kind; whatever is left is new.
    """
    old = keyed_parts(before) if before else []
    numbered = max(before.numbered, len(before.parts)) if before else 0
    keys: list[str | None] = [None] * len(item.parts)
    for same in (_is_same, _is_alike):
        for n, part in enumerate(item.parts):
            found = next((one for one in old if same(one[1], part)), None)
            if keys[n] is None and found:
                keys[n] = found[0]
                old.remove(found)
    parts = []
    for key, part in zip(keys, item.parts, strict=True):
        parts.append(replace(part, key=str(numbered) if key is None else key))
        numbered += key is None
    return replace(item, parts=tuple(parts), numbered=numbered)


def _is_same(one: ItemPart, other: ItemPart) -> bool:
    return replace(one, key=other.key) == other


def _is_alike(one: ItemPart, other: ItemPart) -> bool:
    return one.kind is other.kind


def moment_on(day: date, minute: int) -> datetime:
    """A minute of a day in China."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(minutes=minute)


# The week of a brand: what each day is for.
WEEK = (
    (1, Theme.NEW_PLAY, "新玩法"),
    (2, Theme.NEW_ARRIVALS, "上新"),
    (3, Theme.MEMBERS_DAY, "会员日"),
    (4, Theme.ARTICLE, "推文"),
    (5, Theme.BEST_VALUE, "超值"),
    (6, Theme.STORE_NOTES, "门店笔记"),
)


def shipped_week(starts_on: str) -> list[MarketingItem]:
    """The items of a week as it is shipped, to be given parts."""
    owners = (
        StageOwner(stage=ItemStage.APPROVED, role=Role.HEAD_OFFICE, days_before=7),
        StageOwner(stage=ItemStage.PREPARED, role=Role.EDITOR, days_before=2),
        StageOwner(stage=ItemStage.RUN, role=Role.STORE_MANAGER, days_before=0),
        StageOwner(stage=ItemStage.CHECKED, role=Role.HEAD_OFFICE, days_before=-2),
    )
    return [
        MarketingItem(
            id=ItemId(f"item_{theme.lower()}"),
            title=title,
            theme=theme,
            dates=DateRule(repeats=Repeats.WEEKLY, starts_on=starts_on, weekday=weekday),
            roles=(Role.GUIDE, Role.STORE_MANAGER),
            owners=owners,
        )
        for weekday, theme, title in WEEK
    ]
