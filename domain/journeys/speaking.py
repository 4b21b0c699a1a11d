"""When members may be spoken to: not at night, not too often, not without their consent."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.journeys.runs import MemberJourneys, Run
from domain.journeys.steps import SPEAKING, JourneyStep, StepKind
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.moments import BEGINNING
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.members.consent import Purpose

MINUTE = Within(0, 24 * 60)
A_DAY = Within(0, 20)
A_WEEK = Within(0, 100)
# Messages that waited for the morning go in the course of so much of it.
MORNING = timedelta(minutes=30)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakingRules:
    """How members are spoken to, over all journeys and channels.

    From minute `quiet_from` of a day in China to minute `quiet_until` of the next nothing is sent.
    `a_day` and `a_week` are for what is said for MARKETING, a day of China's and seven days.
    """

    version: int = 0
    quiet_from: int = 21 * 60
    quiet_until: int = 9 * 60
    a_day: int = 2
    a_week: int = 5
    set_at: datetime = BEGINNING
    set_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """What a member allows now; `known` is False for whom there is none any more."""

    allows: frozenset[Purpose] = frozenset()
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """Not before a moment."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Not at all, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Now; `counts` says whether it counts for caps."""

    counts: bool


Verdict = PutOff | Skip | Go


def checked_rules(rules: SpeakingRules) -> SpeakingRules:
    """The rules, or Invalid by field."""
    MINUTE.read(rules.quiet_from, ["input", "quietFrom"])
    MINUTE.read(rules.quiet_until, ["input", "quietUntil"])
    if rules.quiet_until + MORNING // timedelta(minutes=1) > rules.quiet_from:
        # Else what waits for its time in the morning would find the night again, day after day.
        raise Invalid(
            "The quiet ends in the morning, half an hour or more before it begins in the evening.",
            field=["input", "quietUntil"],
        )
    A_DAY.read(rules.a_day, ["input", "aDay"])
    A_WEEK.read(rules.a_week, ["input", "aWeek"])
    return rules


def verdict(
    run: Run,
    step: JourneyStep,
    member: MemberJourneys,
    standing: Consenting,
    rules: SpeakingRules,
    now: datetime,
) -> Verdict:
    """Whether what a run's step is for may be done now."""
    latest = run.since + step.useful if step.useful else None
    if latest and now > latest:
        return Skip(why="LATE")
    if not standing.known:
        return Skip(why="NO_MEMBER")
    if step.kind not in SPEAKING:
        return Go(counts=False)
    if step.purpose not in standing.allows:
        return Skip(why="NO_CONSENT")
    until = quiet_until(run.effect_id, now, rules)
    if until > now and step.kind is StepKind.MESSAGE:
        return Skip(why="LATE") if latest and until > latest else PutOff(until=until)
    if step.purpose is not Purpose.MARKETING:
        return Go(counts=False)
    if is_capped(member, rules, now):
        return Skip(why="CAPPED")
    return Go(counts=True)


def quiet_until(seed: str, now: datetime, rules: SpeakingRules) -> datetime:
    """When something may be said: now, or in the morning, at a time of its own."""
    local = now.astimezone(BEIJING)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = local.hour * 60 + local.minute
    if rules.quiet_until <= minute < rules.quiet_from:
        return now
    days = 1 if minute >= rules.quiet_from else 0
    morning = midnight + timedelta(days=days, minutes=rules.quiet_until)
    spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % int(
        MORNING.total_seconds()
    )
    return morning + timedelta(seconds=spread)


def is_capped(member: MemberJourneys, rules: SpeakingRules, now: datetime) -> bool:
    """Whether as much was said to a member as may be."""
    today = beijing_day(now)
    on_day = sum(beijing_day(one.at) == today for one in member.spoken)
    in_week = sum(one.at > now - WEEK for one in member.spoken)
    return on_day >= rules.a_day or in_week >= rules.a_week
