"""Journeys, members and moments for tests of the engine."""

from datetime import datetime, timedelta

from domain.journeys.happenings import FactMatch, Happening
from domain.journeys.journeys import (
    Journey,
    JourneyEntry,
    JourneyEntryKind,
    JourneyPlan,
    JourneyVersion,
)
from domain.journeys.steps import JourneyStep, StepKind
from domain.kernel.days import BEIJING
from domain.kernel.version_reviews import VersionState

NOON = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
PLACED, PAID = "order.placed", "order.paid"
HOUR = 3_600
MEMBER = "member_a"


def a_step(key: str, kind: StepKind, **changes) -> JourneyStep:
    return JourneyStep(key=key, kind=kind, **changes)


def a_message(key: str, then: str | None = None, **changes) -> JourneyStep:
    return a_step(key, StepKind.MESSAGE, then=then, template="hello", **changes)


def a_wait(key: str, then: str | None, seconds: int = 2 * HOUR) -> JourneyStep:
    return a_step(key, StepKind.WAIT, then=then, seconds=seconds)


# Three messages two hours apart, until something is paid.
THREE = (
    a_message("one", "wait1"),
    a_wait("wait1", "two"),
    a_message("two", "wait2"),
    a_wait("wait2", "three"),
    a_message("three"),
)
BY_ORDER = JourneyEntry(kind=JourneyEntryKind.FACT, fact=FactMatch(kind=PLACED))


def a_plan(*steps: JourneyStep, entry: JourneyEntry = BY_ORDER, goals=(PAID,)) -> JourneyPlan:
    return JourneyPlan(
        entry=entry, steps=steps or THREE, goals=tuple(FactMatch(kind=one) for one in goals)
    )


def a_version(number: int = 1, plan: JourneyPlan | None = None, **changes) -> JourneyVersion:
    fields = {
        "author_id": "staff_lin",
        "made_at": NOON - timedelta(days=1),
        "state": VersionState.APPROVED,
        "live_at": NOON - timedelta(days=1),
    }
    return JourneyVersion(number=number, plan=plan or a_plan(), **{**fields, **changes})


def a_journey(plan: JourneyPlan | None = None, id: str = "journey_1", **changes) -> Journey:
    fields = {"versions": (a_version(plan=plan),), "live": 1}
    return Journey(id=id, name="未付款", made_at=NOON, **{**fields, **changes})


def did(kind: str, at: datetime, key: str = "o1", member: str = MEMBER, labels=()) -> Happening:
    return Happening(
        id=f"{kind}:{key}", kind=kind, member_id=member, at=at, key=key, labels=tuple(labels)
    )
