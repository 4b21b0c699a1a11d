"""What of a week would be too much, before anything is made: caps, quotas, and prices set twice."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.audiences.segments import SegmentId
from domain.journeys.marketing_items import moment_on
from domain.journeys.planning_weeks import DAYS, PlannedDay, PlanningPorts, planned_days
from domain.journeys.steps import SPEAKING, JourneyStep, StepKind
from domain.kernel.days import read_day
from domain.kernel.paging import PageRequest
from domain.members.consent import Purpose
from domain.messaging.channels import MessageChannel, sends_to_friend
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """What of a week is too much, and on which day."""

    on: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A step of a journey that who is in a segment enters on a day."""

    on: date
    segment_id: SegmentId
    step: JourneyStep


async def collisions_of(ports: PlanningPorts, act: Act, day: str) -> Sequence[Collision]:
    """What would be too much in seven days.

    More messages to a segment than members may be told, more by the hand of their guides than WeCom
    lets them have in its time, more coupons than are left, and prices that are set twice.
    """
    act.viewer.require("marketing.plan")
    first = read_day(day, ["day"])
    last = first + timedelta(days=DAYS - 1)
    # What was said in the week before counts as well for what may be said in seven days.
    days = await planned_days(ports.book, first - timedelta(days=DAYS - 1), last)
    said = await _said(ports, days)
    found = [one for one in _over_caps(ports, said) if one.on >= first]
    found += _priced_twice([one for one in days if one.on >= first])
    found += [one async for one in _over_sends(ports, first, last)]
    found += [one async for one in _over_coupons(ports, [one for one in said if one.on >= first])]
    return sorted(set(found), key=lambda one: (one.on, one.what))


async def _said(ports: PlanningPorts, days: Sequence[PlannedDay]) -> list[_Said]:
    """The steps of all journeys that are entered on some days, in their order."""
    parts = [(one, part) for one in days for part in one.item.parts if part.journey_id]
    ids = {part.journey_id for _, part in parts if part.journey_id}
    journeys = await ports.entering.running.journeys.by_ids(sorted(ids))
    found = []
    for one, part in parts:
        journey = journeys.get(part.journey_id) if part.journey_id else None
        version = journey.entrance if journey else None
        whom = part.segment_id or one.item.segment_id
        if version and whom:
            steps = version.plan.steps
            found += [_Said(on=one.on, segment_id=whom, step=step) for step in steps]
    return found


def _over_caps(ports: PlanningPorts, said: Sequence[_Said]) -> Iterator[Collision]:
    rules = ports.entering.running.rules.now()
    by_day: Counter[tuple[date, SegmentId]] = Counter(
        (one.on, one.segment_id)
        for one in said
        if one.step.kind in SPEAKING and one.step.purpose is Purpose.MARKETING
    )
    for (on, segment), n in sorted(by_day.items()):
        week = sum(by_day[on - timedelta(days=back), segment] for back in range(DAYS))
        name = _name(ports, segment)
        if n > rules.a_day:
            yield Collision(on=on, what=f"{name} is told {n}, and may be told {rules.a_day} a day.")
        if week > rules.a_week:
            told = f"{name} is told {week} in seven days"
            yield Collision(on=on, what=f"{told}, and may be told {rules.a_week} a week.")


def _priced_twice(days: Sequence[PlannedDay]) -> Iterator[Collision]:
    moments: Counter[tuple[date, int, str]] = Counter()
    for one in days:
        for part in one.item.parts:
            moments.update((one.on, part.minute, line.sku) for line in part.lines)
    for (on, _, sku), n in moments.items():
        if n > 1:
            yield Collision(on=on, what=f"{sku} gets {n} prices at the same moment.")


async def _over_sends(ports: PlanningPorts, first: date, last: date) -> AsyncIterator[Collision]:
    """Segments that would get more by their guides' hands than WeCom lets a customer have."""
    by_hand = {
        one.id
        for one in await ports.messages.templates.all()
        if one.channels == (MessageChannel.GUIDE,)  # where others may carry it, it goes by those
    }
    rules = ports.messages.rules.now()
    begins = min(first.replace(day=1), first - timedelta(days=first.weekday()))
    sent: Counter[tuple[str, SegmentId]] = Counter()
    for one in await _said(ports, await planned_days(ports.book, begins, last)):
        if one.step.kind is not StepKind.MESSAGE or one.step.template not in by_hand:
            continue
        quota = sends_to_friend("", rules, moment_on(one.on, 0))
        sent[quota.id, one.segment_id] += 1
        if sent[quota.id, one.segment_id] > quota.left and one.on >= first:
            name, time = _name(ports, one.segment_id), quota.id.rpartition(":")[2]
            yield Collision(
                on=one.on,
                what=f"{name} gets more by guides than the {quota.left} that {time} allows.",
            )


async def _over_coupons(ports: PlanningPorts, said: Sequence[_Said]) -> AsyncIterator[Collision]:
    """Coupons of which there are fewer than members who would get one by then."""
    giving = [(one, one.step.offer_id) for one in said if one.step.offer_id]
    offers = ports.coupons.promotions.promotions().offers
    totals = {
        offer: claiming.total
        for _, offer in giving
        if offer in offers and (claiming := offers[offer].versions[-1].rule.claiming)
    }
    if not totals:
        return
    left = await ports.coupons.coupons.left(totals)
    sizes = await _sizes(ports, [one.segment_id for one, _ in giving])
    wanted: Counter[str] = Counter()
    for one, offer in giving:
        if offer in left:
            wanted[offer] += sizes[one.segment_id]
            if wanted[offer] > left[offer]:
                yield Collision(
                    on=one.on,
                    what=f"{offer} is for {wanted[offer]} members by then; {left[offer]} are left.",
                )


async def _sizes(ports: PlanningPorts, ids: Sequence[SegmentId]) -> Mapping[SegmentId, int]:
    """How many members are in each segment now."""
    traits = ports.entering.running.traits
    segments = traits.book.rules().segments
    sizes = {}
    for one in dict.fromkeys(ids):
        known = segments.get(one)
        page = await traits.traits.in_segment(known.key, PageRequest(first=1)) if known else None
        sizes[one] = page.total if page else 0
    return sizes


def _name(ports: PlanningPorts, id: SegmentId) -> str:
    known = ports.entering.running.traits.book.rules().segments.get(id)
    return known.name if known else id
