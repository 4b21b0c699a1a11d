"""Contests: who sells most in some days, guides or teams; the rules never change once approved.

A sale counts for the day on which it was paid, in Beijing, less what was paid back of it before the
day is sealed: its end and the grace. A sealed standing never changes; what is paid back later, or
is told too late, stands beside it as a correction.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NewType, Protocol

from domain.catalogue.catalogue import ProductId
from domain.guiding.tasks import TaskAudience
from domain.kernel.days import day_begins, day_ends, read_day
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.moments import NEVER
from domain.kernel.money import Fen, split
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Forbidden, Invalid, WrongState
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review
from domain.kernel.within import Within
from domain.people.accounts import GuideId

ContestId = NewType("ContestId", str)
CONTESTS = Cursors("contests", datetime, str)
PLACES = Cursors("places in a contest", int, str)
CONTEST = version_review("contest")

LONGEST_TITLE = 60
LONGEST_COMMENT = 300
MOST_DAYS = 62
MOST_PRIZES = 100
MOST_TEAMS = 500
GRACE_HOURS = Within(0, 240)
PRIZE = Within(0, 1_000_000)
TARGET = Within(0, 2_000_000_000)
# So long after its moment a day is sealed, that all that was told in time is counted.
SEALED_AFTER = timedelta(minutes=5)
# The list of the scores of all days together.
WHOLE = "whole"
COUNTED, LATE = "fen", "late"


class ContestUnit(StrEnum):
    """Who is ranked."""

    GUIDE = "GUIDE"
    STORE = "STORE"
    REGION = "REGION"
    OWNER = "OWNER"
    DRAWN = "DRAWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTeam:
    """A team that was put together by hand."""

    name: str
    guide_ids: tuple[GuideId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestRules:
    """Who sells most of which products, in which days, and what is given for it.

    Prizes are coins by rank: `prizes` of all days together, `day_prizes` of each day; of a team
    each guide has them. Who has sold less than the `target`, in fen, has none.
    """

    title: str
    unit: ContestUnit
    audience: TaskAudience
    starts_on: str
    ends_on: str
    products: tuple[ProductId, ...] = ()
    teams: tuple[DrawnTeam, ...] = ()
    prizes: tuple[int, ...] = ()
    day_prizes: tuple[int, ...] = ()
    target: int = 0
    grace_hours: int = 48

    def wants(self, product: str) -> bool:
        """Whether a product's sales count."""
        return not self.products or product in self.products

    @property
    def days(self) -> list[str]:
        """Its days, in order."""
        first, last = date.fromisoformat(self.starts_on), date.fromisoformat(self.ends_on)
        return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]

    def seals_at(self, day: str) -> datetime:
        """Until before when refunds lower what was sold on a day, or on all days together."""
        last = self.ends_on if day == WHOLE else day
        return day_ends(date.fromisoformat(last)) + timedelta(hours=self.grace_hours)

    @property
    def starts_at(self) -> datetime:
        """The first moment of it."""
        first = date.fromisoformat(self.starts_on)
        return day_begins(first)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return day_ends(date.fromisoformat(self.ends_on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A contest, where its review stands, and which of its days are sealed.

    `due_at` is when the clock has to seal the next one.
    """

    id: ContestId
    rules: ContestRules
    author_id: PersonId
    made_at: datetime
    asked: RequestKey | None = None
    state: VersionState = VersionState.IN_REVIEW
    reviewer_id: PersonId | None = None
    comment: str = ""
    entrants: int = 0
    sealed: tuple[str, ...] = ()
    due_at: datetime = NEVER
    version: int = 1

    @property
    def next_to_seal(self) -> str | None:
        """The day that is sealed next, and all together after the last; None once all is."""
        left = [day for day in (*self.rules.days, WHOLE) if day not in self.sealed]
        return left[0] if left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A guide who takes part, and for whom: the team, or themselves."""

    id: str
    contest_id: ContestId
    guide_id: GuideId
    team: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a guide or a team has sold; `late` is what came back after the sealing."""

    subject: str
    fen: int
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestPlace:
    """A guide's or a team's place; who sold the same shares one, and the next ones are left out.

    `correction` is what has changed since it was sealed.
    """

    subject: str
    fen: int
    rank: int
    correction: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedStanding:
    """The places of a day, or of all together, as they were sealed; it never changes."""

    id: str
    places: tuple[ContestPlace, ...]
    sealed_at: datetime
    hash: str


class Contests(Protocol):
    """The contests, who takes part, what they have sold, and the sealed standings."""

    async def by_ids(self, ids: Collection[ContestId]) -> Mapping[ContestId, Contest]:
        """Those of these ids."""

    async def page(self, states: Sequence[VersionState], request: PageRequest) -> Page[Contest]:
        """Those in some states, the newest first."""

    async def save(self, contest: Contest, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""

    async def due(self, now: datetime, most: int) -> Sequence[Contest]:
        """Those of which a day is to be sealed."""

    async def enter(self, entrants: Sequence[Entrant]) -> None:
        """Note who takes part; who is there already stays."""

    async def entered(
        self, guide_ids: Collection[GuideId], ends_after: datetime
    ) -> Sequence[Entrant]:
        """In what guides take part that ends after a moment."""

    async def of_team(self, contest_id: ContestId, team: str) -> Sequence[Entrant]:
        """Who takes part for a team."""

    async def scores(self, contest_id: ContestId, day: str) -> Sequence[Score]:
        """What was sold on a day, or on all together; one round trip."""

    async def seal(self, standing: SealedStanding) -> SealedStanding:
        """Keep a standing; where there is one of its id, that one stays and is answered."""

    async def standing(self, contest_id: ContestId, day: str) -> SealedStanding | None:
        """The sealed standing of a day."""


def checked_rules(rules: ContestRules) -> ContestRules:
    """The rules with their texts as they are kept, or Invalid by field."""
    field = ["input"]
    first = read_day(rules.starts_on, [*field, "startsOn"])
    last = read_day(rules.ends_on, [*field, "endsOn"])
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise Invalid(f"It lasts 1 to {MOST_DAYS} days.", field=[*field, "endsOn"])
    for name, prizes in (("prizes", rules.prizes), ("dayPrizes", rules.day_prizes)):
        if len(prizes) > MOST_PRIZES:
            raise Invalid(f"Give {MOST_PRIZES} prizes at most.", field=[*field, name])
        for prize in prizes:
            PRIZE.read(prize, [*field, name])
    TARGET.read(rules.target, [*field, "targetFen"])
    GRACE_HOURS.read(rules.grace_hours, [*field, "graceHours"])
    if bool(rules.teams) != (rules.unit is ContestUnit.DRAWN) or len(rules.teams) > MOST_TEAMS:
        raise Invalid(
            f"Name teams, {MOST_TEAMS} at most, where they are drawn, and else none.",
            field=[*field, "teams"],
        )
    drawn = [guide for team in rules.teams for guide in team.guide_ids]
    names = [
        read_line(team.name, most=LONGEST_TITLE, least=1, field=[*field, "teams"])
        for team in rules.teams
    ]
    if len(set(drawn)) < len(drawn) or len(set(names)) < len(names):
        raise Invalid("A guide is in one team, and no two are alike.", field=[*field, "teams"])
    return replace(
        rules,
        title=read_line(rules.title, most=LONGEST_TITLE, least=1, field=[*field, "title"]),
        teams=tuple(
            replace(team, name=name) for team, name in zip(rules.teams, names, strict=True)
        ),
        starts_on=first.isoformat(),
        ends_on=last.isoformat(),
    )


def decided(contest: Contest, to: VersionState, cause: Cause, *, entrants: int = 0) -> Contest:
    """A contest that is approved by somebody else before it starts, or sent back."""
    if to is VersionState.APPROVED and cause.actor == contest.author_id:
        raise Forbidden("Nobody approves words of their own; ask a colleague to review it.")
    CONTEST.require(contest.state, to)
    if to is VersionState.APPROVED and cause.at >= contest.rules.starts_at:
        raise WrongState("It was to start already; make another one that starts later.")
    if to is VersionState.REJECTED:
        read_line(cause.reason, most=LONGEST_COMMENT, least=1, field=["comment"])
    return _with_due(
        replace(
            contest,
            state=to,
            reviewer_id=PersonId(cause.actor),
            comment=cause.reason.strip(),
            entrants=entrants,
            version=contest.version + 1,
        )
    )


def with_sealed(contest: Contest, day: str) -> Contest:
    """A contest of which one day more is sealed."""
    return _with_due(replace(contest, sealed=(*contest.sealed, day), version=contest.version + 1))


def _with_due(contest: Contest) -> Contest:
    day = contest.next_to_seal
    wanted = day is not None and contest.state is VersionState.APPROVED
    due = contest.rules.seals_at(day) + SEALED_AFTER if wanted and day else NEVER
    return replace(contest, due_at=due)


def ranked(scores: Sequence[Score]) -> tuple[ContestPlace, ...]:
    """The places by what was sold, the most first; a place is 1 and how many have sold more."""
    ordered = sorted(scores, key=lambda one: (-one.fen, one.subject))
    places: list[ContestPlace] = []
    for number, one in enumerate(ordered, 1):
        same = bool(places) and places[-1].fen == one.fen
        rank = places[-1].rank if same else number
        places.append(ContestPlace(subject=one.subject, fen=one.fen, rank=rank))
    return tuple(places)


def sealed_standing(
    contest: Contest, day: str, scores: Sequence[Score], at: datetime
) -> SealedStanding:
    """The standing of a day as it is sealed, with the hash of what it was made of."""
    places = ranked([replace(one, late=0) for one in scores])
    told = "\n".join(f"{one.rank} {one.subject} {one.fen}" for one in places)
    return SealedStanding(
        id=standing_id(contest.id, day),
        places=places,
        sealed_at=at,
        hash=hashlib.sha256(f"{contest.id} {day}\n{told}".encode()).hexdigest(),
    )


def corrected(standing: SealedStanding, scores: Sequence[Score]) -> list[ContestPlace]:
    """Sealed places with what has changed of each since; who came later stands after them all."""
    now = {one.subject: one.fen + one.late for one in scores}
    known = [
        replace(one, correction=now.get(one.subject, one.fen) - one.fen) for one in standing.places
    ]
    new = sorted(set(now) - {one.subject for one in standing.places})
    last = len(known) + 1
    return known + [
        ContestPlace(subject=one, fen=0, rank=last, correction=now[one]) for one in new if now[one]
    ]


def prizes_of(
    rules: ContestRules, day: str, places: Sequence[ContestPlace]
) -> Iterator[tuple[str, int]]:
    """Who has how many coins for their place; those who share one share what their places have."""
    plan = rules.prizes if day == WHOLE else rules.day_prizes
    for rank, tied in groupby(places, key=lambda one: one.rank):
        some = list(tied)
        if some[0].fen < max(rules.target, 1):
            return
        together = sum(plan[rank - 1 : rank - 1 + len(some)])
        for one, coins in zip(some, split(Fen(together), [1] * len(some)), strict=True):
            if coins:
                yield one.subject, coins


def standing_id(contest_id: ContestId, day: str) -> str:
    """The id of a day's standing, and of the list of its scores."""
    return f"{contest_id}|{day}"
