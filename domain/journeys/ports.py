"""What journeys need of others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.audiences.trait_ports import TraitPorts
from domain.catalogue.catalogue import CatalogueSource
from domain.journeys.engine import Learnt
from domain.journeys.journeys import JourneyId, Journeys
from domain.journeys.runs import EffectId, MembersInJourneys, StepOutcome
from domain.journeys.speaking import Consenting, SpeakingRules
from domain.journeys.steps import JourneyStep, StepKind
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.rule_versions import RuleVersions
from domain.kernel.wording import Wording
from domain.members.merges import Merges
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyEffect:
    """Something to be done for a member, once under its id; `at` is when it became due.

    It is asked for `again` where whoever was to do it did not say what became of it.
    """

    id: EffectId
    member_id: PersonId
    step: JourneyStep
    at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Effected:
    """What became of it, and why."""

    outcome: StepOutcome
    why: str = ""


class Door(Protocol):
    """The way to something that is done for members; one for each kind of step."""

    async def do(self, act: Act, effect: JourneyEffect) -> Effected | None:
        """Do it, once under the effect's id: again, it answers what became of it.

        None of what is said to a member and asked for again, where nothing was begun: whether it
        may be said still is to be decided anew.
        A Refusal says that it can't be done, whenever it is tried; but for a Conflict, which says
        that nobody knows yet, so that it is asked again.
        """

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Refuse a step that could never be done, by the field."""


Doors = Mapping[StepKind, Door]


class Consentings(Protocol):
    """What members allow, asked just before something is done."""

    async def of(self, ids: Collection[PersonId]) -> Mapping[PersonId, Consenting]:
        """Of each, whether there is such a member and what they allow."""


class DaysOfMembers(Protocol):
    """Members by days of theirs."""

    async def with_birthday(self, day: date, request: PageRequest) -> Page[PersonId]:
        """Those whose birthday is kept on a day, by id."""

    async def whose_level_ends(self, day: date, request: PageRequest) -> Page[PersonId]:
        """Those whose level ends on a day of China's, by id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How far something that brings members into a journey has been gone through.

    Of a segment that is its round, of a list its audience, of days of members a day. `after` is the
    cursor of the page that is next; None at the beginning.
    """

    id: str
    journey_id: JourneyId
    of: str
    round: int = 1
    after: str | None = None
    due_at: datetime
    done: bool = False
    version: int = 0


class Sweeps(Protocol):
    """What is being gone through."""

    async def by_id(self, id: str) -> Sweep | None:
        """The one of an id."""

    async def due(self, now: datetime, most: int) -> Sequence[Sweep]:
        """Those to go on with, the longest overdue first."""

    async def save(self, sweep: Sweep, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


class Spells(Protocol):
    """Since which round members are in a segment by which a journey is entered."""

    async def seen(
        self, journey_id: JourneyId, members: Sequence[PersonId], round: int
    ) -> Mapping[PersonId, int]:
        """Note who is in the segment in a round; answers the number of each one's spell there.

        Who was not seen in the whole round before begins another spell.
        """


class Learning(Protocol):
    """What became of the arms of splits, and the shares that follow from it."""

    async def of(self, journeys: Collection[JourneyId]) -> Learnt:
        """The shares of the arms of all epochs of some journeys that were decided."""

    async def outcomes(
        self, journey_id: JourneyId, step: str
    ) -> Mapping[tuple[int, str], tuple[int, int]]:
        """By epoch and arm, how many runs ended and how many of them reached the goal."""

    async def decide(
        self, journey_id: JourneyId, step: str, epoch: int, shares: Mapping[str, int]
    ) -> None:
        """Write down the shares of an epoch; those that are there stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyPorts(Ports):
    """Journeys and who is in them, and what both are asked about."""

    journeys: Journeys
    members: MembersInJourneys
    traits: TraitPorts
    standings: Consentings
    learning: Learning
    rules: RuleVersions[SpeakingRules]
    catalogue: CatalogueSource
    merges: Merges
    doors: Doors


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringPorts(Ports):
    """What brings members into journeys without a fact."""

    running: JourneyPorts
    sweeps: Sweeps
    spells: Spells
    days: DaysOfMembers


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMakingPorts(Ports):
    """The making of journeys."""

    running: JourneyPorts
    entering: EnteringPorts
    records: Records
    wording: Wording
