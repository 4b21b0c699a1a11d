"""Entering journeys by segments, lists and days of members; and what is done for who is in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.audiences.segment_rules import Rule, RuleKind
from domain.audiences.segmenting import build_segments, save_segment
from domain.audiences.segments import Tag, TagDimension
from domain.audiences.tagging import define_tag, tag_member, untag_member
from domain.guiding.today import own_today
from domain.journeys.entering import ROUND, enter_members, list_sweep
from domain.journeys.happenings import FactMatch
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, ReEntry
from domain.journeys.learning_arms import ArmPorts, follow_ends, learn_arms
from domain.journeys.rehearsing import dry_run, simulate
from domain.journeys.runs import RunState, StepOutcome
from domain.journeys.steps import Arm, StepKind
from domain.kernel.facts import Batch
from domain.members.profiles import Birthday
from domain.promotions.offers import OfferId
from qianmian.wiring.guiding import today_ports
from qianmian.wiring.journeys import entering_ports, rehearsal_ports
from storage.mongo.journeys.learning import MongoArmOutcomes
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.domain.journeys.builders import (
    BY_ORDER,
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
)
from tests.support.guiding import an_act, as_guide, open_shops
from tests.support.journeys import CountingDoor, Journeying, act_at, of_order
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
MEI, LAN = "member_mei", "member_lan"
TAGGED = Rule(kind=RuleKind.TAG, values=("vip",))
HIKER = Tag(code="vip", name="贵宾", dimension=TagDimension.BASIC)


@pytest.mark.parametrize("again", [ReEntry.ONCE, ReEntry.REPLACE])
async def test_a_tag_that_flickers_begins_nothing_and_out_for_a_round_and_in_again_does(
    database: Database, again: ReEntry
):
    journeying = Journeying(database, CountingDoor())
    await journeying.join(MEI, at=NOON)
    traits = journeying.ports.traits
    with looking_away():
        await traits.book.opened()
    await define_tag(traits, an_act(at=NOON), HIKER)
    segment = await save_segment(traits, an_act(at=NOON), None, "贵宾", TAGGED, expected=0)
    entry = JourneyEntry(
        kind=JourneyEntryKind.SEGMENT, segment_id=segment.id, again=again, group="g"
    )
    await journeying.live(a_journey(a_plan(*THREE, entry=entry, goals=())))
    ports = replace(
        entering_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    at = NOON + timedelta(seconds=10)
    await tag_member(traits, an_act(at=at), MEI, "vip", days=None)
    # While the segment is being built nobody is seen to come or to go.
    await enter_members(ports, act_at(at))
    assert MEI not in await journeying.ports.members.by_ids([MEI])
    await build_segments(traits, an_act(at=at))

    async def rounds(count: int) -> None:
        nonlocal at
        for _ in range(count):
            at += ROUND + timedelta(seconds=1)
            await enter_members(ports, act_at(at))

    await rounds(1)
    await untag_member(traits, an_act(at=at), MEI, "vip")
    await tag_member(traits, an_act(at=at), MEI, "vip", days=None)
    await rounds(2)
    assert len((await journeying.member(MEI)).runs) == 1
    await untag_member(traits, an_act(at=at), MEI, "vip")
    await rounds(2)
    await tag_member(traits, an_act(at=at), MEI, "vip", days=None)
    # Another version of the segment, which takes its time, shows nobody as out.
    await save_segment(traits, an_act(at=at), segment.id, "贵宾", TAGGED, expected=1)
    await rounds(1)
    await build_segments(traits, an_act(at=at))
    await rounds(3)
    runs = (await journeying.member(MEI)).runs
    assert len(runs) == (1 if again is ReEntry.ONCE else 2)
    assert sum(one.open for one in runs) == 1


async def test_a_list_is_gone_through_once_by_several_who_are_cut_short(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    members = [f"member_{n:03}" for n in range(60)]
    await journeying.join(*members, at=NOON)
    await database["audiences"].insert_one(
        {
            "_id": "audience_1",
            "segment_key": "s@1",
            "frozen_at": NOON,
            "frozen_by": "x",
            "members": 60,
            "done": True,
        }
    )
    audiences = journeying.ports.traits.audiences
    await audiences.add_part("audience_1", 0, members[:40])
    await audiences.add_part("audience_1", 1, members[40:])
    entry = JourneyEntry(kind=JourneyEntryKind.LIST, again=ReEntry.AGAIN)
    journey = a_journey(a_plan(a_message("one"), entry=entry, goals=()))
    await journeying.live(journey)
    ports = replace(
        entering_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    sweep = list_sweep(journey.id, "audience_1", act_at(NOON))
    await ports.sweeps.save(sweep, expected=0)
    for n in range(5):
        at = NOON + n * timedelta(minutes=1)
        await enter_members(ports, act_at(at))
        await journeying.works(at)
    # Gone through again from the start, as by somebody who did not know how far it was.
    known = await ports.sweeps.by_id(sweep.id)
    assert known.done
    again = replace(known, round=1, done=False, due_at=NOON, version=known.version + 1)
    await ports.sweeps.save(again, expected=known.version)
    for n in range(5, 9):
        await enter_members(ports, act_at(NOON + n * timedelta(minutes=1)))
        await journeying.works(NOON + n * timedelta(minutes=1))
    assert len(door.done) == len(set(door.done)) == 60
    rehearsal = replace(
        rehearsal_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    tried = await dry_run(
        rehearsal, an_act(at=NOON + timedelta(hours=1)), journey.id, 1, "audience_1"
    )
    # Each was spoken to once today, and may be once more.
    assert (tried.asked, tried.entered, tried.steps[0].done) == (60, 60, 60)
    assert len(door.done) == 60


async def test_a_dry_run_leaves_out_who_is_in_it_or_in_what_excludes_it(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    await journeying.join(MEI, LAN, "member_new", at=NOON)
    by_order = replace(BY_ORDER, group="unpaid")
    by_payment = replace(by_order, fact=FactMatch(kind=PAID))
    plans = [a_plan(*steps, entry=by_payment, goals=()) for steps in (THREE, (a_message("x"),))]
    journey = a_journey(versions=(a_version(1, plans[0]), a_version(2, plans[1])))
    other = a_journey(a_plan(entry=by_order, goals=()), id="journey_2")
    await journeying.live(journey, other)
    facts = [of_order(PAID, NOON, LAN, "o1"), of_order(PLACED, NOON, MEI, "o2")]
    await journeying.told(NOON, *facts)
    await journeying.works(NOON)
    frozen = {"segment_key": "s@1", "frozen_at": NOON, "frozen_by": "x", "members": 3, "done": True}
    await database["audiences"].insert_one({"_id": "audience_1", **frozen})
    audiences = journeying.ports.traits.audiences
    await audiences.add_part("audience_1", 0, [MEI, LAN, "member_new"])
    ports = replace(
        rehearsal_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    tried = await dry_run(ports, an_act(at=NOON), journey.id, 2, "audience_1")
    assert (tried.asked, tried.entered) == (3, 1)
    assert [(one.step, one.done) for one in tried.steps] == [("x", 1)]
    assert tried.ends == {"DONE": 1}
    assert len(door.done) == 2


async def test_birthdays_and_ends_of_levels_bring_members_in_once(database: Database):
    journeying = Journeying(database, CountingDoor())
    await journeying.join(MEI, at=NOON, birthday=Birthday(month=2, day=29))
    await journeying.join(LAN, at=NOON, birthday=Birthday(month=2, day=27))
    # The first moment after the first of March.
    until = NOON.replace(year=2027, month=3, day=2, hour=0)
    await database["member_traits"].insert_one({"_id": LAN, "level_until": until, "segments": []})

    def entered_by(kind, id):
        entry = JourneyEntry(kind=kind, days_before=3, again=ReEntry.AGAIN)
        return a_journey(a_plan(a_wait("w", None), entry=entry, goals=()), id=id)

    await journeying.live(
        entered_by(JourneyEntryKind.BIRTHDAY, "journey_b"),
        entered_by(JourneyEntryKind.CARD_END, "journey_c"),
    )
    ports = replace(
        entering_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    # In a short year a birthday of 29 February is kept on the 28th.
    for day in (25, 26):
        at = NOON.replace(year=2027, month=2, day=day)
        for _ in range(3):
            await enter_members(ports, act_at(at))
    members = (await journeying.ports.members.by_ids([MEI, LAN])).values()
    found = {known.id: [one.journey_id for one in known.runs] for known in members}
    assert found == {MEI: ["journey_b"], LAN: ["journey_c"]}


async def test_a_tag_and_a_guides_to_do_are_done_and_what_can_not_be_done_is_told(
    database: Database,
):
    journeying = Journeying(database)
    base = journeying.base
    tasks = await open_shops(base)
    traits = journeying.ports.traits
    await journeying.join(MEI, at=NOON)
    with looking_away():
        await traits.book.opened()
    await define_tag(traits, an_act(at=NOON), HIKER)
    touch = {"_id": "t1", "person_id": MEI, "guide_id": "G1", "store_id": "S1", "touched_at": NOON}
    await database["touches"].insert_one(touch)
    plan = a_plan(
        a_step("tag", StepKind.TAG, then="ask", tag="vip", days=30),
        a_step("ask", StepKind.TODO, then="coupon", text="您好，来看看？"),
        a_step("coupon", StepKind.COUPON, then="say", offer_id=OfferId("offer_none")),
        a_message("say"),
    )
    await journeying.live(a_journey(plan))
    await journeying.told(NOON, of_order(PLACED, NOON, MEI), of_order(PLACED, NOON, LAN, "o2"))
    await journeying.works(NOON)
    [run] = (await journeying.member(MEI)).runs
    assert run.state is RunState.DONE
    assert [(one.step, one.outcome, one.why) for one in run.records] == [
        ("tag", StepOutcome.DONE, ""),
        ("ask", StepOutcome.DONE, "G1"),
        ("coupon", StepOutcome.SKIPPED, "NO_SUCH_COUPON"),
        ("say", StepOutcome.FAILED, "NOT_FOUND"),
    ]
    [known] = (await traits.traits.by_ids([MEI])).values()
    assert known.has(["vip"], NOON + timedelta(days=29))
    today = today_ports(base, tasks.sharing)
    [item] = await own_today(today, as_guide("G1", at=NOON))
    assert (item.customer.words, item.customer.member_id, item.done) == (
        "您好，来看看？",
        MEI,
        False,
    )
    assert await own_today(today, as_guide("G1", at=NOON + timedelta(days=1))) == []
    # Nobody knows the other one: nothing is done for them.
    [run] = (await journeying.member(LAN)).runs
    assert {one.why for one in run.records} == {"NO_MEMBER"}


async def test_the_facts_of_past_days_are_played_and_nothing_is_kept(database: Database):
    journeying = Journeying(database, CountingDoor())
    await journeying.join(MEI, LAN, at=NOON)
    journey = replace(a_journey(), live=None)
    await journeying.ports.journeys.save(journey, expected=0)
    old = NOON - timedelta(days=9)
    stream = MongoStream(database)
    facts = [of_order(PLACED, old + n * timedelta(hours=1), "member_x", f"x{n}") for n in range(9)]
    at = NOON - timedelta(days=2)
    facts += [of_order(PLACED, at, MEI, "o1"), of_order(PLACED, at, LAN, "o2")]
    facts += [of_order(PAID, at + timedelta(hours=1), MEI, "o1")]
    with looking_away():
        await stream.append(facts)
    ports = replace(
        rehearsal_ports(journeying.base, journeying.played.ports), running=journeying.ports
    )
    found = await simulate(ports, an_act(at=NOON), journey.id, 1, 7)
    assert (found.asked, found.entered) == (2, 2)
    assert [(one.step, one.done) for one in found.steps if one.done] == [("one", 2), ("two", 1)]
    assert found.steps[4].skipped == {"CAPPED": 1}
    assert found.ends == {"GOAL": 1, "DONE": 1}
    assert await journeying.ports.members.by_ids([MEI, LAN]) == {}


async def test_the_arms_of_an_epoch_are_counted_once_and_decide_the_next(database: Database):
    journeying = Journeying(database, CountingDoor())
    arms = (Arm(name="a", share=5_000), Arm(name="b", share=5_000))
    split = a_step("split", StepKind.SPLIT, arms=arms, epoch_days=7)
    version = a_version(plan=a_plan(split, goals=()), live_at=NOON)
    journey = replace(a_journey(), versions=(version,))
    await journeying.live(journey)
    outcomes = MongoArmOutcomes(database)
    facts = [
        replace(
            of_order(PLACED, NOON, MEI, f"r{n}"),
            data={
                "journey": journey.id,
                "arms": {"split": "0:a" if n % 2 else "0:b"},
                "state": "GOAL" if n % 2 and n % 3 == 0 else "DONE",
            },
            n=n + 1,
        )
        for n in range(240)
    ]
    for _ in range(2):
        await follow_ends(
            ArmPorts(arms=outcomes), act_at(NOON), Batch(facts=tuple(facts), upto=240)
        )
    assert await journeying.ports.learning.outcomes(journey.id, "split") == {
        (0, "a"): (120, 40),
        (0, "b"): (120, 0),
    }
    await learn_arms(journeying.ports, act_at(NOON + timedelta(days=6, hours=23, minutes=30)))
    for _ in range(2):
        await learn_arms(journeying.ports, act_at(NOON + timedelta(days=7, minutes=1)))
    learnt = await journeying.ports.learning.of([journey.id])
    assert learnt[journey.id, "split", 0] == {"a": 5_000, "b": 5_000}
    assert learnt[journey.id, "split", 1] == {"a": 7_000, "b": 3_000}
