"""Two processes move one member's run, each may die before any of its turns: nothing goes twice."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from domain.journeys.engine import World, entered
from domain.journeys.ports import Effected, JourneyPorts
from domain.journeys.running import follow_members, work_on_journeys
from domain.journeys.runs import MemberJourneys, RunState, StepOutcome
from domain.journeys.speaking import Consenting, SpeakingRules
from domain.journeys.steps import StepKind
from domain.kernel.facts import Batch, Fact
from domain.kernel.versions import risen
from domain.members.consent import Purpose
from domain.people.act import by_the_clock
from tests.domain.journeys.builders import (
    MEMBER,
    NOON,
    PAID,
    a_journey,
    a_message,
    a_plan,
)
from tests.support.exploring import Shared, explore, turn

JOURNEY = a_journey(a_plan(a_message("one", "two"), a_message("two")))
LATER = NOON + timedelta(minutes=10)


class Memory(Shared):
    """The document of one member, and what the platform was asked to carry."""

    def __init__(self) -> None:
        world = World(journeys={JOURNEY.id: JOURNEY})
        begun = entered(MemberJourneys(id=MEMBER), JOURNEY, "o1", NOON, world)
        self.member = risen(begun)
        self.due_at = NOON
        self.asked: list[str] = []
        self.carried: list[str] = []
        self.said: list[str] = []

    def snapshot(self) -> str:
        return repr((self.member, self.due_at, self.carried, self.said))

    def check(self) -> None:
        assert len(set(self.carried)) == len(self.carried), self.carried
        # The cap is one a day: what was carried and what may be stays within it.
        assert len(self.member.spoken) <= 1
        assert len(self.carried) <= 1
        assert len(set(self.said)) == len(self.said)

    def check_end(self, answers) -> None:
        [run] = self.member.runs
        assert run.state is RunState.DONE or run.state is RunState.GOAL
        records = {one.step: one.outcome for one in run.records}
        sent = {one for one, outcome in records.items() if outcome is StepOutcome.DONE}
        assert {f"{run.id}:{one}" for one in sent} == set(self.carried)

    @turn
    def by_ids(self, ids):
        return {MEMBER: self.member}

    @turn
    def due_at_once(self, now):
        return [] if self.due_at > now else [self.member]

    async def due(self, now, most, *, beyond, until):
        return [] if beyond else await self.due_at_once(now)

    @turn
    def save_all(self, members, facts):
        [member] = members
        if member.version != self.member.version + 1:
            return frozenset([MEMBER])
        self.said += [one.id for one in facts[MEMBER]]
        self.member, self.due_at = member, member.due_at
        return frozenset()

    @turn
    def carry(self, id):
        """The platform takes what it has not under this id; it never answers twice."""
        if id not in self.asked:
            self.asked.append(id)
            self.carried.append(id)
        return Effected(outcome=StepOutcome.DONE)


class Door:
    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    async def do(self, act, effect):
        return await self.memory.carry(effect.id)


def answering(value):
    async def answer(*_):
        return value

    return answer


def ports_of(memory: Memory) -> JourneyPorts:
    both = Consenting(allows=frozenset({Purpose.SERVICE, Purpose.MARKETING}))
    return JourneyPorts(
        journeys=SimpleNamespace(live=answering([JOURNEY]), by_ids=answering({})),
        members=memory,
        traits=SimpleNamespace(),
        standings=SimpleNamespace(of=answering({MEMBER: both})),
        learning=SimpleNamespace(),
        rules=SimpleNamespace(now=lambda: SpeakingRules(a_day=1)),
        catalogue=SimpleNamespace(catalogue=lambda: SimpleNamespace(products={}, variants={})),
        merges=SimpleNamespace(),
        doors={StepKind.MESSAGE: Door(memory)},
    )


def works(at):
    async def work(memory: Memory):
        await work_on_journeys(ports_of(memory), by_the_clock(at, str))
        return ""

    return work


def follows(memory: Memory):
    """The order is paid meanwhile."""
    fact = Fact(
        id="order:o1:2",
        subject="order:o1",
        kind=PAID,
        at=NOON + timedelta(seconds=1),
        data={"buyerId": MEMBER, "orderId": "o1", "lines": []},
        n=1,
    )

    async def follow():
        await follow_members(
            ports_of(memory),
            by_the_clock(NOON + timedelta(seconds=2), str),
            Batch(facts=(fact,), upto=1),
        )
        return ""

    return follow()


async def finish(memory: Memory):
    for n in range(1, 6):
        await work_on_journeys(
            ports_of(memory), by_the_clock(LATER + n * timedelta(minutes=5), str)
        )
    return ""


@pytest.mark.parametrize(
    ("others", "states"),
    [
        ({"other": works(LATER)}, 50),
        ({"purchase": follows}, 40),
        ({"twin": works(NOON)}, 30),
        ({"other": works(LATER), "purchase": follows}, 400),
    ],
    ids=["another process", "a purchase", "a twin", "both"],
)
def test_several_who_come_in_any_order_and_a_death_anywhere(others, states):
    """Others come when the first's time is over, or with it; it may wake up at any time."""
    explored = explore(Memory, {"first": works(NOON), **others}, mortal=["first"], finish=finish)
    assert explored.states > states
    assert explored.ends >= 5
