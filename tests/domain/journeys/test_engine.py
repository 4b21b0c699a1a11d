"""The engine of journeys: where runs go, whatever order things are heard in."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.journeys.engine import World, acting, advanced, concluded, entered
from domain.journeys.happenings import FactMatch
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, ReEntry, went_live
from domain.journeys.learning_arms import learnt
from domain.journeys.rehearsing import Stage, played
from domain.journeys.runs import MemberJourneys, RunState, StepOutcome, with_happenings
from domain.journeys.speaking import Consenting, SpeakingRules, checked_rules, quiet_until
from domain.journeys.steps import Arm, StepKind, checked_steps
from domain.kernel.days import BEIJING
from domain.kernel.refusals import Invalid, Refusal
from domain.members.consent import Purpose
from tests.domain.journeys.builders import (
    BY_ORDER,
    HOUR,
    MEMBER,
    NOON,
    PAID,
    PLACED,
    THREE,
    a_journey,
    a_message,
    a_plan,
    a_step,
    a_version,
    a_wait,
    did,
)

BOTH = Consenting(allows=frozenset({Purpose.SERVICE, Purpose.MARKETING}))
OFTEN = SpeakingRules(a_day=20, a_week=100)


def a_stage(*journeys, standing=BOTH, rules=OFTEN, segments=()):
    world = World(journeys={one.id: one for one in journeys}, segments=frozenset(segments))
    return Stage(
        journey=journeys[0], worlds={MEMBER: world}, standings={MEMBER: standing}, rules=rules
    )


def play(stage, *told, hours=24, member=None):
    member = member or MemberJourneys(id=MEMBER)
    return played(member, told, stage, NOON + timedelta(hours=hours))


def done(member) -> list[tuple[str, int]]:
    """The steps that were done, and after how many minutes."""
    return [
        (record.step, int((record.at - NOON).total_seconds() // 60))
        for run in member.runs
        for record in run.records
        if record.outcome is StepOutcome.DONE
    ]


def skipped(member) -> list[tuple[str, str]]:
    return [
        (record.step, record.why)
        for run in member.runs
        for record in run.records
        if record.outcome is StepOutcome.SKIPPED
    ]


def test_three_messages_two_hours_apart_until_something_is_paid():
    stage = a_stage(a_journey())
    member = play(stage, did(PLACED, NOON))
    assert done(member) == [("one", 0), ("two", 120), ("three", 240)]
    assert [one.state for one in member.runs] == [RunState.DONE]
    cut = play(stage, did(PLACED, NOON), did(PAID, NOON + timedelta(hours=3)))
    assert done(cut) == [("one", 0), ("two", 120)]
    assert [one.state for one in cut.runs] == [RunState.GOAL]
    # What was paid for before it began is none of its goals; another's order may be none.
    before = play(stage, did(PAID, NOON - timedelta(hours=1), "o0"), did(PLACED, NOON))
    assert len(done(before)) == 3
    same = a_plan(*THREE)
    same = replace(same, goals=(FactMatch(kind=PAID, same=True),))
    other = play(a_stage(a_journey(same)), did(PLACED, NOON), did(PAID, NOON, "o2"))
    assert len(done(other)) == 3


def test_nothing_is_sent_at_night_and_each_goes_at_a_time_of_its_own_in_the_morning():
    night = NOON.replace(hour=22)
    stage = a_stage(a_journey(a_plan(a_message("one"))))
    member = played(
        MemberJourneys(id=MEMBER), [did(PLACED, night)], stage, night + timedelta(days=1)
    )
    [run] = member.runs
    at = run.records[0].at.astimezone(BEIJING)
    assert (at.day, at.hour) == (24, 9)
    mornings = {quiet_until(str(n), night, OFTEN) for n in range(50)}
    assert len(mornings) > 20
    # What is of no use in the morning any more lapses.
    late = a_stage(a_journey(a_plan(a_message("one", useful_s=HOUR))))
    member = played(
        MemberJourneys(id=MEMBER), [did(PLACED, night)], late, night + timedelta(days=1)
    )
    assert skipped(member) == [("one", "LATE")]


def test_what_waits_for_the_morning_never_finds_the_night_again():
    noon = 12 * 60
    short = checked_rules(replace(OFTEN, quiet_until=noon, quiet_from=noon + 30))
    for n in range(200):
        morning = quiet_until(str(n), NOON.replace(hour=3), short)
        assert quiet_until(str(n), morning, short) == morning
    for minutes in (29, 0, -1):
        with pytest.raises(Invalid, match="half an hour"):
            checked_rules(replace(OFTEN, quiet_until=noon, quiet_from=noon + minutes))


def test_caps_hold_over_journeys_and_who_is_capped_goes_on():
    rules = SpeakingRules(a_day=2, a_week=3)
    member = play(a_stage(a_journey(), rules=rules), did(PLACED, NOON))
    assert done(member) == [("one", 0), ("two", 120)]
    assert skipped(member) == [("three", "CAPPED")]
    plan = a_plan(a_wait("day", "one", 24 * HOUR), *THREE, entry=replace(BY_ORDER, again="AGAIN"))
    other = a_journey(plan, id="journey_2")
    member = play(a_stage(other, rules=rules), did(PLACED, NOON, "o2"), hours=48, member=member)
    assert [one for one, _ in done(member)] == ["one", "two", "one"]
    service = a_plan(*(replace(one, purpose=Purpose.SERVICE) for one in THREE))
    member = play(a_stage(a_journey(service), rules=rules), did(PLACED, NOON))
    assert len(done(member)) == 3


def test_what_is_not_consented_to_is_left_out_and_a_coupon_needs_no_consent():
    coupon = a_step("coupon", StepKind.COUPON, offer_id="offer_1")
    stage = a_stage(
        a_journey(a_plan(a_message("one", "coupon"), coupon)),
        standing=Consenting(allows=frozenset({Purpose.SERVICE})),
    )
    member = play(stage, did(PLACED, NOON))
    assert skipped(member) == [("one", "NO_CONSENT")]
    assert done(member) == [("coupon", 0)]


@pytest.mark.parametrize("kind", list(ReEntry))
def test_who_was_in_it_enters_again_only_as_it_says(kind: ReEntry):
    entry = replace(BY_ORDER, again=kind)
    stage = a_stage(a_journey(a_plan(*THREE, entry=entry)))
    orders = [did(PLACED, NOON), did(PLACED, NOON + timedelta(minutes=30), "o2")]
    later = did(PLACED, NOON + timedelta(hours=10), "o3")
    member = play(stage, *orders, *orders, later, hours=40)
    states = Counter(one.state for one in member.runs)
    expected = {
        ReEntry.ONCE: {RunState.DONE: 1},
        ReEntry.AGAIN: {RunState.DONE: 2},
        ReEntry.REPLACE: {RunState.DONE: 2, RunState.STOPPED: 1},
    }
    assert states == expected[kind]


def test_a_rehearsal_lets_in_again_whom_the_journey_lets_in_again():
    came = "link.touched"
    entry = replace(BY_ORDER, fact=FactMatch(kind=came), again=ReEntry.AGAIN)
    one_day = (a_message("one", "wait"), a_wait("wait", None, HOUR))
    # Of what is about themselves each is another; and what ends one run may begin the next.
    twice = [replace(did(came, NOON + n * timedelta(hours=3), MEMBER), id=f"t{n}") for n in (0, 1)]
    member = play(a_stage(a_journey(a_plan(*one_day, entry=entry))), *twice)
    assert [run.state for run in member.runs] == [RunState.DONE, RunState.DONE]
    by_goal = replace(entry, fact=FactMatch(kind=PAID))
    paid = [did(PAID, NOON + n * timedelta(hours=1), f"o{n}") for n in (0, 1)]
    member = play(a_stage(a_journey(a_plan(entry=by_goal))), *paid, hours=2)
    assert [(run.key, run.state) for run in member.runs] == [
        ("o0", RunState.GOAL),
        ("o1", RunState.WAITING),
    ]


def test_journeys_of_a_group_exclude_each_other_in_whatever_order_they_begin():
    def in_group(id):
        entry = replace(BY_ORDER, group="复购", again=ReEntry.AGAIN)
        return a_journey(a_plan(*THREE, entry=entry), id=id)

    one, two = in_group("journey_1"), in_group("journey_2")
    for first, second in ((one, two), (two, one)):
        world = World(journeys={first.id: first, second.id: second})
        member = entered(MemberJourneys(id=MEMBER), first, "o1", NOON, world)
        member = entered(member, second, "o1", NOON, world)
        assert [run.journey_id for run in member.runs] == [first.id]


def test_a_wait_for_a_fact_goes_on_with_it_or_without_and_a_branch_tells_which():
    steps = (
        a_step(
            "wait",
            StepKind.WAIT_FACT,
            then="thanks",
            otherwise="ask",
            seconds=HOUR,
            fact=FactMatch(kind="booking.booked", labels=("service:s1",)),
        ),
        a_message("thanks", "branch"),
        a_message("ask", "branch"),
        a_step("branch", StepKind.BRANCH, then="in", otherwise="out", segment_id="segment_1"),
        a_message("in"),
        a_message("out"),
    )
    plan = a_plan(*checked_steps(steps, ()), goals=())
    booked = did("booking.booked", NOON + timedelta(minutes=20), "b1", labels=["service:s1"])
    member = play(a_stage(a_journey(plan), segments=["segment_1"]), did(PLACED, NOON), booked)
    assert done(member) == [("thanks", 20), ("in", 20)]
    other = replace(booked, labels=("service:s2",))
    member = play(a_stage(a_journey(plan)), did(PLACED, NOON), other)
    assert done(member) == [("ask", 60), ("out", 60)]


def test_a_clock_time_is_the_next_one_in_china():
    for hour, minutes in ((8, 21 * 60), (13, 60 * 25), (12, 24 * 60)):
        clock = a_step("clock", StepKind.WAIT_CLOCK, then="one", minute=hour * 60, days=1)
        plan = a_plan(clock, a_message("one"))
        member = play(a_stage(a_journey(plan)), did(PLACED, NOON), hours=40)
        # At eight it is quiet yet.
        at = done(member)[0][1]
        assert at == minutes or (hour == 8 and minutes <= at <= minutes + 30)


STEPS = st.sampled_from(["order.placed", "order.paid", "booking.booked", "link.touched"])
TOLD = st.lists(
    st.tuples(STEPS, st.integers(0, 600), st.sampled_from(["o1", "o2", "o3"])), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(told=TOLD, seed=st.integers(0, 1_000))
def test_the_same_facts_heard_in_any_order_at_the_end_lead_to_the_same_ends(told, seed):
    """A run ends alike whether what ends it is heard in order, or all at once and shuffled."""
    wait = a_step(
        "wait",
        StepKind.WAIT_FACT,
        then="two",
        otherwise="three",
        seconds=5 * HOUR,
        fact=FactMatch(kind="booking.booked"),
    )
    steps = (wait, a_wait("two", None, HOUR), a_wait("three", None, HOUR))
    journey = a_journey(a_plan(*steps))
    world = World(journeys={journey.id: journey})
    facts = {
        (kind, key): did(kind, NOON + timedelta(minutes=minutes), key)
        for kind, minutes, key in told
    }
    begun = entered(MemberJourneys(id=MEMBER), journey, "o0", NOON, world)
    in_order = sorted(facts.values(), key=lambda one: (one.at, one.id))
    shuffled = list(in_order)
    random.Random(seed).shuffle(shuffled)
    end = NOON + timedelta(days=1)
    one = begun
    for fact in in_order:
        one = advanced(with_happenings(one, [fact]), world, fact.at)
    other = begun
    for fact in shuffled:
        other = with_happenings(other, [fact])
    [[heard], [told_at_once]] = (advanced(each, world, end).runs for each in (one, other))
    for name in ("state", "ended_at", "why"):
        assert getattr(heard, name) == getattr(told_at_once, name)


def test_a_split_is_as_it_says_and_nobody_changes_arms():
    arms = (Arm(name="a", share=7_000), Arm(name="b", share=2_000), Arm(name="none", share=1_000))
    split = a_step("split", StepKind.SPLIT, arms=arms)
    journey = a_journey(a_plan(*checked_steps([split], ()), goals=()))
    world = World(journeys={journey.id: journey})

    def arm_of(member_id: str) -> str:
        member = entered(MemberJourneys(id=member_id), journey, "o1", NOON, world)
        [run] = advanced(member, world, NOON).runs
        return run.arms["split"]

    found = Counter(arm_of(f"member_{n}") for n in range(5_000))
    assert found.keys() == {"0:a", "0:b", "0:none"}
    assert all(abs(found[f"0:{one.name}"] - one.share / 2) < 150 for one in arms)
    assert [arm_of(f"member_{n}") for n in range(50)] == [arm_of(f"member_{n}") for n in range(50)]


def test_whoever_is_held_out_is_so_in_all_epochs_and_the_rest_are_drawn_anew_in_each():
    arms = (
        Arm(name="a", share=5_000),
        Arm(name="none", share=2_000, held_out=True),
        Arm(name="b", share=3_000),
    )
    split = a_step("split", StepKind.SPLIT, arms=arms, epoch_days=7)
    journey = a_journey(a_plan(*checked_steps([split], ()), goals=()))
    said = {"a": 2_400, "b": 5_600, "none": 2_000}
    learnt = {(journey.id, "split", epoch): said for epoch in (1, 2)}
    world = World(journeys={journey.id: journey}, learnt=learnt)

    def arm_of(member_id: str, epoch: int) -> str:
        at = NOON + timedelta(days=7 * epoch)
        member = entered(MemberJourneys(id=member_id), journey, "o1", at, world)
        [run] = advanced(member, world, at).runs
        number, _, name = run.arms["split"].partition(":")
        assert number == str(epoch)
        return name

    members = [f"member_{n}" for n in range(2_000)]
    drawn = [{one: arm_of(one, epoch) for one in members} for epoch in range(3)]
    held = [{one for one, arm in some.items() if arm == "none"} for some in drawn]
    assert held[0] == held[1] == held[2]
    for some, shares in zip(
        drawn, ({"a": 5_000, "b": 3_000, "none": 2_000}, said, said), strict=True
    ):
        found = Counter(some.values())
        assert all(abs(found[name] - share / 5) < 100 for name, share in shares.items())
    # Two epochs of the same shares draw by different lots.
    moved = sum(drawn[1][one] != drawn[2][one] for one in members)
    assert 500 < moved < 900


def test_the_best_arm_inside_epochs_has_most_of_the_next_and_a_good_week_misleads_nobody():
    arms = (
        Arm(name="a", share=4_500),
        Arm(name="b", share=4_500),
        Arm(name="c", share=1_000, held_out=True),
    )
    # In each epoch a is better; b had most of the good week, and looks better over all.
    outcomes = {(0, "a"): (900, 90), (0, "b"): (100, 8), (1, "a"): (100, 55), (1, "b"): (900, 450)}
    assert learnt(arms, outcomes) == {"a": 6_300, "b": 2_700, "c": 1_000}
    assert learnt(arms, {(0, "a"): (900, 90), (0, "b"): (99, 8)}) == {}


def test_an_edit_holds_for_who_goes_over_by_its_map_and_for_nobody_else():
    journey = a_journey()
    world = World(journeys={journey.id: journey})
    member = entered(MemberJourneys(id=MEMBER), journey, "o1", NOON, world)
    [(run, step)] = acting(advanced(member, world, NOON), world, NOON)
    member = concluded(
        advanced(member, world, NOON), run.to(RunState.CALLING), step, StepOutcome.DONE, "", NOON
    )
    member = advanced(member, world, NOON)
    assert member.runs[0].step == "wait1"
    new = a_plan(a_message("one", "pause"), a_wait("pause", "last", 3 * HOUR), a_message("last"))
    edited = replace(journey, versions=(*journey.versions, a_version(2, new, live_at=None)))
    with pytest.raises(Invalid, match="wait1, two, wait2, three"):
        went_live(edited, 2, {"one": "one"}, NOON)
    moves = {"one": "one", "wait1": "pause", "two": "last", "wait2": "last", "three": "last"}
    with pytest.raises(Invalid):
        went_live(edited, 2, {**moves, "two": "nowhere"}, NOON)
    stays = went_live(edited, 2, {}, NOON)
    goes = went_live(edited, 2, moves, NOON)
    later = NOON + timedelta(hours=2)
    for after, number, at in ((stays, 1, "two"), (goes, 2, "last")):
        # The timer keeps its moment, though the new one is longer.
        moved = advanced(member, World(journeys={journey.id: after}), later)
        assert (moved.runs[0].number, moved.runs[0].step) == (number, at)
    third = replace(goes, versions=(*goes.versions, a_version(3, a_plan(), live_at=None)))
    with pytest.raises(Refusal):
        went_live(third, 1, {}, NOON)
    # Who was done at a step is not done there again, whatever a map says.
    back = went_live(third, 3, {"one": "one", "pause": "one", "last": "one"}, NOON)
    moved = advanced(member, World(journeys={journey.id: back}), later)
    assert (moved.runs[0].number, moved.runs[0].step) == (3, "two")


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (a_wait("a", "a"),),
        (a_wait("a", "b"), a_wait("b", "a")),
        (a_wait("a", "nowhere"),),
        (a_wait("a", None), a_wait("b", None)),
        (a_wait("a", "b"), a_wait("b", "c"), a_wait("b", None)),
        (a_wait("a|b", None),),
        (a_wait("a", None, 0),),
        (a_step("a", StepKind.WAIT_FACT, seconds=9),),
        (a_step("a", StepKind.BRANCH),),
        (a_step("a", StepKind.SPLIT, arms=(Arm(name="x", share=1), Arm(name="y", share=2))),),
        (a_step("a", StepKind.TODO, text=" "),),
        (a_step("a", StepKind.TAG),),
        (a_step("a", StepKind.BRANCH, fact=FactMatch(kind="no.such")),),
    ],
)
def test_steps_that_lead_back_or_nowhere_or_lack_something_are_refused(steps):
    with pytest.raises(Invalid):
        checked_steps(steps, ())


def test_a_list_is_entered_once_however_often_it_is_gone_through():
    entry = JourneyEntry(kind=JourneyEntryKind.LIST, again=ReEntry.AGAIN)
    journey = a_journey(a_plan(a_wait("w", None), entry=entry))
    world = World(journeys={journey.id: journey})
    member = MemberJourneys(id=MEMBER)
    for _ in range(3):
        member = advanced(entered(member, journey, "audience_1", NOON, world), world, NOON)
    member = advanced(member, world, NOON + timedelta(days=1))
    assert entered(member, journey, "audience_1", NOON, world) == member
    assert len(entered(member, journey, "audience_2", NOON, world).runs) == 2
