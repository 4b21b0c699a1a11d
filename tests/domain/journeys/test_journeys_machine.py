"""Journeys as a machine of facts, time, edits and deaths: what may be said, and that runs end."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.journeys.happenings import FactMatch
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, ReEntry, went_live
from domain.journeys.ports import Effected, JourneyPorts
from domain.journeys.running import follow_members, work_on_journeys
from domain.journeys.runs import RunState, StepOutcome
from domain.journeys.speaking import WEEK, Consenting, SpeakingRules
from domain.journeys.steps import ACTIONS, Arm, JourneyStep, StepKind, checked_steps
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.facts import Batch, Fact
from domain.kernel.moments import NEVER
from domain.members.consent import Purpose
from domain.people.act import by_the_clock
from tests.domain.journeys.builders import NOON, PAID, PLACED, a_journey, a_plan, a_version
from tests.support.crashing import Crash

MEMBERS = ("member_a", "member_b")
BOOKED = "booking.booked"
RULES = SpeakingRules(a_day=2, a_week=4)
MINUTE = timedelta(minutes=1)
DEATHS = (None, "before", "begun", "carried")
KINDS = st.sampled_from([one for one in StepKind if one is not StepKind.STOP])


@st.composite
def plans(draw, key: str):
    """Up to six steps of any kind that lead on, by chance past some of them."""
    count = draw(st.integers(1, 6))
    keys = [f"{key}{n}" for n in range(count)]
    steps = []
    for n, name in enumerate(keys):
        later = st.sampled_from([*keys[n + 1 :], None])
        following = keys[n + 1] if n + 1 < count else None
        kind = draw(KINDS)
        fields = {"key": name, "kind": kind, "then": following}
        match kind:
            case StepKind.WAIT:
                fields["seconds"] = draw(st.sampled_from([60, 7_200, 100_000]))
            case StepKind.WAIT_CLOCK:
                fields["minute"] = draw(st.sampled_from([0, 600, 1_300]))
            case StepKind.WAIT_FACT:
                fields |= {"fact": FactMatch(kind=BOOKED), "otherwise": draw(later)}
                fields["seconds"] = draw(st.sampled_from([600, 90_000]))
            case StepKind.BRANCH:
                fields |= {"fact": FactMatch(kind=BOOKED), "otherwise": draw(later)}
            case StepKind.SPLIT:
                arms = (Arm(name="a", share=5_000, to=following), Arm(name="b", share=5_000))
                fields |= {"arms": arms, "then": None, "epoch_days": draw(st.sampled_from([0, 2]))}
            case StepKind.TODO:
                fields |= {"text": "您好", "purpose": Purpose.SERVICE}
            case StepKind.MESSAGE:
                fields |= {"template": "hello", "otherwise": draw(later)}
                fields["useful_s"] = draw(st.sampled_from([0, 3_600]))
            case StepKind.COUPON:
                fields["offer_id"] = "offer_1"
            case StepKind.TAG:
                fields["tag"] = "vip"
        steps.append(JourneyStep(**fields))
    return checked_steps(steps, ())


def entry(kind: str, again: ReEntry) -> JourneyEntry:
    fact = FactMatch(kind=kind)
    return JourneyEntry(kind=JourneyEntryKind.FACT, fact=fact, again=again, group="g")


class Members:
    """What journeys know of members, each written over the version before its own."""

    def __init__(self) -> None:
        self.kept = {}

    async def by_ids(self, ids):
        return {one: self.kept[one] for one in ids if one in self.kept}

    async def due(self, now, most, *, beyond, until):
        found = sorted(self.kept.values(), key=lambda one: one.due_at)
        return [one for one in found if one.due_at <= now][beyond : beyond + most]

    async def save_all(self, members, facts):
        for one in members:
            known = self.kept.get(one.id)
            assert one.version == (known.version if known else 0) + 1
            self.kept[one.id] = one
        return frozenset()


class Door:
    """What carries messages: a row before the call, by which it is known what became of it."""

    def __init__(self, machine) -> None:
        self.machine, self.rows = machine, {}

    async def do(self, act, effect):
        if effect.id in self.rows:
            return Effected(outcome=self.rows[effect.id])
        if effect.again:
            return None
        if self.machine.death == "before":
            raise Crash
        self.rows[effect.id] = StepOutcome.UNKNOWN
        if self.machine.death == "begun":
            raise Crash
        self.machine.carries(effect)
        if self.machine.death == "carried":
            raise Crash
        self.rows[effect.id] = StepOutcome.DONE
        return Effected(outcome=StepOutcome.DONE)


class Journeys(RuleBasedStateMachine):
    """Two journeys that exclude each other, and two members to whom anything may happen."""

    @initialize(
        one=plans("a"),
        two=plans("b"),
        again=st.sampled_from(ReEntry),
        hour=st.integers(0, 23),
    )
    def begin(self, one, two, again, hour) -> None:
        self.now, self.death, self.n = NOON.replace(hour=hour), None, 0
        first = a_plan(*one, entry=entry(PLACED, again))
        second = a_plan(*two, entry=entry(BOOKED, ReEntry.AGAIN), goals=())
        self.journeys = {
            "journey_1": a_journey(first, id="journey_1"),
            "journey_2": a_journey(second, id="journey_2"),
        }
        self.allows = dict.fromkeys(MEMBERS, True)
        self.members, self.door = Members(), Door(self)
        self.carried, self.arms = defaultdict(list), {}
        self.ports = JourneyPorts(
            journeys=self,
            members=self.members,
            traits=SimpleNamespace(),
            standings=self,
            learning=SimpleNamespace(of=self.learnt),
            rules=SimpleNamespace(now=lambda: RULES),
            catalogue=SimpleNamespace(catalogue=lambda: SimpleNamespace(products={}, variants={})),
            merges=SimpleNamespace(),
            doors=dict.fromkeys(ACTIONS, self.door),
        )

    async def live(self):
        return [one for one in self.journeys.values() if not one.ended]

    async def by_ids(self, ids):
        return {one: self.journeys[one] for one in ids if one in self.journeys}

    async def learnt(self, ids):
        return {}

    async def of(self, ids):
        both = frozenset({Purpose.SERVICE, Purpose.MARKETING})
        return {one: Consenting(allows=both if self.allows[one] else frozenset()) for one in ids}

    def act(self):
        return by_the_clock(self.now, str)

    @rule(
        member=st.sampled_from(MEMBERS),
        kind=st.sampled_from([PLACED, PAID, BOOKED]),
        ago=st.integers(0, 300),
        twice=st.booleans(),
    )
    def something_happens(self, member, kind, ago, twice) -> None:
        self.n += 1
        data = {"buyerId": member, "orderId": f"o{self.n}", "lines": []}
        data |= {"member": member, "booking": f"b{self.n}", "service": "s"}
        fact = Fact(
            id=f"f{self.n}",
            subject=f"s{self.n}",
            kind=kind,
            at=self.now - ago * MINUTE,
            data=data,
            n=self.n,
        )
        for _ in range(1 + twice):
            asyncio.run(follow_members(self.ports, self.act(), Batch(facts=(fact,), upto=self.n)))

    @rule(minutes=st.sampled_from([1, 59, 130, 700, 2_000]))
    def time_passes(self, minutes) -> None:
        self.now += minutes * MINUTE

    @rule(death=st.sampled_from(DEATHS))
    def somebody_works(self, death) -> None:
        self.death = death
        try:
            asyncio.run(self.works())
        except* Crash:
            pass
        self.death = None

    @rule(member=st.sampled_from(MEMBERS), death=st.sampled_from(DEATHS))
    def they_buy_after_a_death(self, member, death) -> None:
        self.something_happens(member=member, kind=PLACED, ago=0, twice=False)
        self.somebody_works(death=death)
        self.time_passes(minutes=1)
        self.something_happens(member=member, kind=PAID, ago=0, twice=False)
        self.time_passes(minutes=3)
        self.somebody_works(death=None)

    async def works(self) -> None:
        while await work_on_journeys(self.ports, self.act()):
            pass

    @rule(member=st.sampled_from(MEMBERS))
    def they_change_their_mind(self, member) -> None:
        self.allows[member] = not self.allows[member]

    @rule(plan=plans("c"), moves=st.booleans(), data=st.data())
    def it_is_edited(self, plan, moves, data) -> None:
        before = self.journeys["journey_1"]
        if len(before.versions) > 2 or before.ended:
            return
        old = before.numbered(before.live).plan
        steps = tuple(replace(one, key=one.key) for one in plan)
        version = a_version(len(before.versions) + 1, replace(old, steps=steps), live_at=None)
        to = st.sampled_from([one.key for one in steps])
        mapped = {one.key: data.draw(to) for one in old.steps} if moves else {}
        written = replace(before, versions=(*before.versions, version))
        self.journeys["journey_1"] = went_live(written, version.number, mapped, self.now)

    @rule(paused=st.booleans())
    def it_is_paused_or_not(self, paused) -> None:
        self.journeys["journey_1"] = replace(self.journeys["journey_1"], paused=paused)

    def carries(self, effect) -> None:
        """Something goes out: what has to hold then."""
        said = self.carried[effect.member_id]
        assert effect.id not in {one for one, *_ in said}, "once"
        member = self.members.kept[effect.member_id]
        [run] = [one for one in member.runs if one.effect_id == effect.id]
        assert run.state is RunState.CALLING, "it is written down before"
        plan = self.journeys[run.journey_id].numbered(run.number).plan
        reached = [one.at for one in member.happenings if one.kind in {g.kind for g in plan.goals}]
        assert all(at <= run.entered_at for at in reached), "not after the goal"
        if effect.step.kind is StepKind.MESSAGE:
            assert 9 <= self.now.astimezone(BEIJING).hour < 21, "not at night"
            assert self.allows[effect.member_id], "not without consent"
            said.append((effect.id, self.now, True))
            counted = [at for _, at, counts in said if counts]
            today = [at for at in counted if beijing_day(at) == beijing_day(self.now)]
            assert len(today) <= RULES.a_day, "not too often"
            assert len([at for at in counted if at > self.now - WEEK]) <= RULES.a_week
        else:
            said.append((effect.id, self.now, False))

    @invariant()
    def each_run_is_one_of_few_and_ends_or_is_due(self) -> None:
        for member in self.members.kept.values() if hasattr(self, "members") else ():
            open_runs = [one for one in member.runs if one.open]
            assert len(open_runs) <= 1, "they exclude each other"
            assert all(one.due_at < NEVER for one in open_runs)
            for run in member.runs:
                steps = [one.step for one in run.records]
                assert len(steps) == len(set(steps)), "one record a step"
                for step, arm in run.arms.items():
                    epoch, _, name = arm.partition(":")
                    key = (member.id, run.journey_id, run.number, step, epoch)
                    assert self.arms.setdefault(key, name) == name, "nobody changes arms"

    def teardown(self) -> None:
        """In the end all runs come to their ends."""
        if not hasattr(self, "members"):
            return
        self.it_is_paused_or_not(paused=False)
        for _ in range(80):
            self.now += timedelta(hours=7)
            asyncio.run(self.works())
        for member in self.members.kept.values():
            left = [(one.id, one.step, one.state) for one in member.runs if one.open]
            assert not left, left


Journeys.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestJourneys = Journeys.TestCase
