"""Planning weeks: items and their stages, what they are made into, and each role's week.

What an approved date is made into has an id of the date's own. Made again, cut short or by two at
once, it is the same task, campaign, journey's entry and price change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.catalogue.ports import CataloguePorts
from domain.catalogue.prices import PriceChangeId
from domain.catalogue.pricing import PricePlan, schedule_price_change
from domain.content.bank import ContentPorts
from domain.content.planning import plan_campaign
from domain.content.revisions import PostId
from domain.content.showings import CampaignId
from domain.guiding.publishing_tasks import TaskPorts, WantedTask, publish_task
from domain.guiding.tasks import Recurrence, TaskAudience
from domain.journeys.entering import planned_sweep
from domain.journeys.marketing_items import (
    ITEM,
    MOST_ITEMS,
    Compiled,
    ItemId,
    ItemPart,
    ItemStage,
    MarketingBook,
    MarketingItem,
    Occurrence,
    PartKind,
    StageOwner,
    checked_item,
    days_of,
    keyed,
    keyed_parts,
    moment_on,
    occurrence_id,
    part_id,
    shipped_week,
)
from domain.journeys.ports import EnteringPorts
from domain.journeys.rehearsing import journey_of
from domain.kernel.days import read_day
from domain.kernel.ids import NewId
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, TooMany
from domain.kernel.versions import risen
from domain.kernel.wording import Wording, sayable
from domain.messaging.ports import MessagingPorts
from domain.people.act import SERVICE, Act
from domain.people.roles import Role
from domain.promotions.claiming import CouponPorts
from domain.sharing.share_links import ShareKind, ShareTarget

DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningPorts(Ports):
    """The calendar, all that it is made into, and what that is bounded by."""

    book: MarketingBook
    tasks: TaskPorts
    content: ContentPorts
    catalogue: CataloguePorts
    entering: EnteringPorts
    messages: MessagingPorts
    coupons: CouponPorts
    records: Records
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """A date of an item in a week: when it is done, how far it is, and what is due by when."""

    item: MarketingItem
    occurrence: Occurrence
    on: date

    @property
    def deadlines(self) -> list[tuple[StageOwner, date]]:
        """Each stage's owner, and the day by which it is to be reached."""
        return [(one, self.on - timedelta(days=one.days_before)) for one in self.item.owners]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPart:
    """What a part was made into, whether by this, or why it could not be made."""

    part: str
    kind: PartKind
    target: str | None = None
    new: bool = False
    refused: str | None = None


async def save_item(
    ports: PlanningPorts, act: Act, item: MarketingItem, *, expected: int
) -> MarketingItem:
    """Write an item over its expected version, 0 for a new one."""
    act.viewer.require("marketing.plan")
    item = checked_item(item)
    before = await ports.book.by_id(item.id)
    if before is None and len(await ports.book.items()) >= MOST_ITEMS:
        raise TooMany(f"There are {MOST_ITEMS} items at most; end some.")
    sayable(ports.wording, item.title, before.title if before else None, ["input", "title"])
    sayable(ports.wording, item.text, before.text if before else None, ["input", "text"])
    await _check_known(ports, act, item)
    moved = before.moved if before else {}
    item = keyed(replace(item, version=expected + 1, moved=moved), before)
    await ports.book.save(item, expected=expected)
    subject = Subject(kind="marketing_item", id=item.id)
    after = {"title": item.title, "parts": len(item.parts)}
    await ports.records.append(act.record("marketingItemSave", subject, before={}, after=after))
    return item


async def _check_known(ports: PlanningPorts, act: Act, item: MarketingItem) -> None:
    """Refuse what names a segment, a journey or a material that there is none of."""
    segments = ports.entering.running.traits.book.rules().segments
    named = [(["input", "segmentId"], item.segment_id)]
    for n, part in enumerate(item.parts):
        if part.journey_id is not None:
            await journey_of(ports.entering.running, act, part.journey_id)
        named.append((["input", "parts", str(n), "segmentId"], part.segment_id))
    for at, segment in named:
        if segment is not None and segment not in segments:
            raise Invalid(f"There is no segment {segment}.", field=at)
    for n, material in enumerate(item.materials):
        if not await _is_there(ports, material):
            raise Invalid(
                f"There is no {material.kind.lower()} {material.id}.",
                field=["input", "materials", str(n), "id"],
            )


async def _is_there(ports: PlanningPorts, material: ShareTarget) -> bool:
    match material.kind:
        case ShareKind.POST:
            return bool(await ports.content.posts.by_ids([PostId(material.id)]))
        case ShareKind.PRODUCT:
            return material.id in ports.catalogue.source.catalogue().products
        case _:
            return await ports.content.campaigns.by_id(CampaignId(material.id)) is not None


async def marketing_items(ports: PlanningPorts, act: Act) -> Sequence[MarketingItem]:
    """All items that have not ended, for those who plan."""
    act.viewer.require("marketing.plan")
    return await ports.book.items()


async def begin_week(ports: PlanningPorts, act: Act, starts_on: str) -> Sequence[MarketingItem]:
    """Put the week that is shipped on the calendar; items that are there stay as they are."""
    act.viewer.require("marketing.plan")
    read_day(starts_on, ["startsOn"])
    for item in shipped_week(starts_on):
        if await ports.book.by_id(item.id) is None:
            await save_item(ports, act, item, expected=0)
    return await ports.book.items()


async def move_day(
    ports: PlanningPorts, act: Act, id: str, day: str, to: str, *, expected: int
) -> MarketingItem:
    """Move one date of an item to another day; no other date moves."""
    act.viewer.require("marketing.plan")
    item = await _item(ports, id)
    from_day, to_day = read_day(day, ["day"]), read_day(to, ["to"])
    _require_date(item, day, from_day)
    if (await _occurrence(ports, item, day)).compiled:
        raise Conflict("It is made into tasks and more already; change those.", field=["day"])
    if abs((to_day - from_day).days) > 60:
        raise Invalid("Move it by 60 days at most.", field=["to"])
    moved = risen(replace(item, moved={**item.moved, day: to}))
    await ports.book.save(moved, expected=expected)
    return moved


async def advance_day(ports: PlanningPorts, act: Act, id: str, day: str) -> Occurrence:
    """Note that a date of an item has reached its next stage, by whoever sees to that."""
    act.viewer.require("marketing.advance")
    item = await _item(ports, id)
    _require_date(item, day, read_day(day, ["day"]))
    before = await _occurrence(ports, item, day)
    following = sorted(ITEM.next[before.stage])
    if not following:
        ITEM.require(before.stage, ItemStage.CHECKED)
    [stage] = following
    owners = {one.role for one in item.owners if one.stage is stage} | {Role.HEAD_OFFICE}
    if act.viewer.role not in owners:
        names = " or ".join(sorted(one.value.lower() for one in owners))
        raise Forbidden(f"{stage} is for {names}.")
    after = risen(replace(before, stage=stage, by=act.viewer.id))
    await ports.book.save_occurrence(after, expected=before.version)
    return after


async def week_of(
    ports: PlanningPorts, act: Act, day: str, role: Role | None = None
) -> Sequence[PlannedDay]:
    """What is to be done in the seven days from a day on, by the viewer's role or another."""
    act.viewer.require("marketing.see")
    plans = act.viewer.may("marketing.plan")
    wanted = role if plans else act.viewer.role
    first = read_day(day, ["day"])
    found = await planned_days(ports.book, first, first + timedelta(days=DAYS - 1))
    return [
        one
        for one in found
        if wanted is None
        or wanted in one.item.roles
        or any(owner.role is wanted for owner in one.item.owners)
    ]


async def compile_week(ports: PlanningPorts, act: Act, day: str) -> Sequence[CompiledPart]:
    """Make the approved dates of seven days into what they are; again, nothing changes."""
    act.viewer.require("marketing.compile")
    first = read_day(day, ["day"])
    made = []
    for one in await planned_days(ports.book, first, first + timedelta(days=DAYS - 1)):
        if one.occurrence.stage is not ItemStage.DRAFT:
            made += await _compile(ports, act, one)
    return made


async def _compile(ports: PlanningPorts, act: Act, day: PlannedDay) -> list[CompiledPart]:
    known = {one.id: one for one in day.occurrence.compiled}
    found, made = [], []
    for key, part in keyed_parts(day.item):
        name = part_id(day.occurrence.id, key)
        if name in known:
            found.append(CompiledPart(part=name, kind=part.kind, target=known[name].target))
            continue
        try:
            try:
                target = await _made(ports, act, day, part, name)
            except Conflict:  # its twin was faster: it is there by now
                target = await _made(ports, act, day, part, name)
        except Refusal as refusal:
            found.append(CompiledPart(part=name, kind=part.kind, refused=refusal.message))
        else:
            made.append(Compiled(id=name, kind=part.kind, target=target))
            found.append(CompiledPart(part=name, kind=part.kind, target=target, new=True))
    if made:
        before = day.occurrence
        after = risen(replace(before, compiled=(*before.compiled, *made)))
        try:
            await ports.book.save_occurrence(after, expected=before.version)
        except Conflict:
            # Its twin was faster, or it went on a stage: what is noted by now holds.
            noted = await ports.book.occurrences([before.id])
            return await _compile(ports, act, replace(day, occurrence=noted[before.id]))
    return found


async def _made(ports: PlanningPorts, act: Act, day: PlannedDay, part: ItemPart, id: str) -> str:
    """The id of what a part is made into; one that is there already is that."""
    # Whoever makes it, it is the same one.
    own = replace(act, viewer=SERVICE, new_id=_always(id))
    at = moment_on(day.on, part.minute)
    match part.kind:
        case PartKind.TASK:
            assert part.template_id is not None, "as it was checked"
            wanted = WantedTask(
                template_id=part.template_id,
                audience=TaskAudience(),
                recurrence=Recurrence.ONCE,
                starts_on=day.on.isoformat(),
                ends_on=day.on.isoformat(),
            )
            key = id.replace(":", "-")[-64:]
            return (await publish_task(ports.tasks, own, wanted, idempotency_key=key)).id
        case PartKind.CAMPAIGN:
            campaign_id = CampaignId(own.new_id("campaign"))
            if await ports.content.campaigns.by_id(campaign_id) is None:
                ends = at + timedelta(hours=part.hours)
                await plan_campaign(ports.content, own, day.item.title, at, ends)
            return campaign_id
        case PartKind.PRICES:
            change_id = PriceChangeId(own.new_id("pricechange"))
            if change_id not in ports.catalogue.source.catalogue().price_changes:
                plan = PricePlan(name=day.item.title, effective_at=at, lines=part.lines)
                await schedule_price_change(ports.catalogue, own, plan)
            return change_id
        case PartKind.JOURNEY:
            assert part.journey_id is not None, "as it was checked"
            whom = part.segment_id or day.item.segment_id
            sweep = planned_sweep(part.journey_id, str(whom), id, at)
            if await ports.entering.sweeps.by_id(sweep.id) is None:
                await ports.entering.sweeps.save(sweep, expected=0)
            return sweep.id


def _always(id: str) -> NewId:
    return lambda kind: (
        f"{kind}_{id}" if kind in ("campaign", "pricechange") else f"{kind}_{id}_record"
    )


async def planned_days(book: MarketingBook, first: date, last: date) -> list[PlannedDay]:
    """What is to be done from one day to another, day by day."""
    items = await book.items()
    days = [(item, day, on) for item in items for day, on in days_of(item, first, last)]
    ids = [occurrence_id(item.id, day) for item, day, _ in days]
    known = await book.occurrences(ids)
    found = [
        PlannedDay(item=item, on=on, occurrence=known.get(one) or _new(item, day))
        for (item, day, on), one in zip(days, ids, strict=True)
    ]
    return sorted(found, key=lambda one: (one.on, one.item.id))


async def _item(ports: PlanningPorts, id: str) -> MarketingItem:
    found = await ports.book.by_id(ItemId(id))
    if found is None:
        raise NotFound(f"There is no item {id} on the calendar.", field=["id"])
    return found


async def _occurrence(ports: PlanningPorts, item: MarketingItem, day: str) -> Occurrence:
    own = occurrence_id(item.id, day)
    return (await ports.book.occurrences([own])).get(own) or _new(item, day)


def _new(item: MarketingItem, day: str) -> Occurrence:
    return Occurrence(id=occurrence_id(item.id, day), item_id=item.id, date=day)


def _require_date(item: MarketingItem, day: str, on: date) -> None:
    margin = timedelta(days=60)
    if day not in {one for one, _ in days_of(item, on - margin, on + margin)}:
        raise NotFound(f"{item.title} has no date {day}.", field=["day"])
