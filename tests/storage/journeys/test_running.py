"""Journeys in the database: each thing once, whoever is cut short, however many work at it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.journeys.journeys import ReEntry, went_live, with_version
from domain.journeys.merging_runs import follow_merged_runs
from domain.journeys.running import CALLED, PUT_OFF, work_on_journeys
from domain.journeys.runs import MemberJourneys, RunState, StepOutcome
from domain.journeys.steps import StepKind
from domain.kernel.facts import Batch, Fact
from domain.kernel.paging import PageRequest
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState
from domain.kernel.versions import risen
from domain.members.consent import Purpose
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED
from domain.members.merges import Evidence, Merge, MergeKind, MergeState
from domain.messaging.channels import MessageChannel
from domain.messaging.sending import go_on_with_messages
from storage.mongo.kernel.database import Database
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
    a_wait,
)
from tests.support.crashing import Crash, Crashing
from tests.support.guiding import open_shops
from tests.support.journeys import CountingDoor, Journeying, act_at, of_order
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
HOURS = timedelta(hours=1)
MEI, LAN = "member_mei", "member_lan"


async def test_a_chain_is_cut_by_a_purchase_and_told_again_it_is_as_it_was(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    await journeying.join(MEI, LAN, at=NOON)
    await journeying.live(a_journey())
    placed = [of_order(PLACED, NOON, one, f"o-{one}") for one in (MEI, LAN)]
    for _ in range(2):
        await journeying.told(NOON, *placed)
        await journeying.works(NOON)
    assert sorted(door.done) == [f"journey_1|{one}|1:one" for one in (LAN, MEI)]
    at = NOON + 3 * HOURS
    await journeying.works(NOON + 2 * HOURS)
    for _ in range(2):
        await journeying.told(at, of_order(PAID, at, MEI, f"o-{MEI}"))
    await journeying.works(NOON + 5 * HOURS)
    assert sorted(door.done)[-2:] == [f"journey_1|{MEI}|1:one", f"journey_1|{MEI}|1:two"]
    # Two a day are as many as may be said.
    [lan] = (await journeying.member(LAN)).runs
    assert [(one.step, one.outcome, one.why) for one in lan.records] == [
        ("one", StepOutcome.DONE, ""),
        ("two", StepOutcome.DONE, ""),
        ("three", StepOutcome.SKIPPED, "CAPPED"),
    ]
    [mei] = (await journeying.member(MEI)).runs
    assert (mei.state, mei.why) == (RunState.GOAL, PAID)
    said = await database["journey_members"].find_one({"_id": MEI})
    kinds = [fact["kind"] for fact in said["outbox"]["facts"]]
    assert kinds == ["journey.entered", "journey.acted", "journey.acted", "journey.ended"]


@pytest.mark.parametrize("after", [False, True])
async def test_killed_between_call_and_note_a_message_goes_once(database: Database, after: bool):
    """The platform may have it or not; the row says so, and nobody else carries it."""
    journeying = Journeying(database)
    await journeying.join(MEI, at=NOON)
    played = journeying.played
    await played.has_number()
    await played.template(MessageChannel.SMS, purpose=Purpose.MARKETING, text="好")
    await journeying.live(a_journey(a_plan(a_message("one", values={"store": "南京路店"}))))
    await journeying.told(NOON, of_order(PLACED, NOON, MEI))
    ports = journeying.ports
    dying = Crashing(played.sms, "carry", after=after)
    carriers = {MessageChannel.SMS: dying}
    message = replace(ports.doors["MESSAGE"].ports, carriers=carriers)
    door = type(ports.doors["MESSAGE"])(message)
    broken = replace(ports, doors={**ports.doors, "MESSAGE": door})
    with pytest.raises((Crash, BaseExceptionGroup)):
        await work_on_journeys(broken, act_at(NOON))
    [run] = (await journeying.member(MEI)).runs
    assert run.state is RunState.CALLING
    for n in range(1, 5):
        at = NOON + n * (CALLED + PUT_OFF)
        await journeying.works(at)
    assert sum(played.sms.handed.values()) == (1 if after else 0)
    # Nobody can tell whether it went: it is shown, and not done again.
    with looking_away():
        await played.all_are_due(NOON)
    await go_on_with_messages(message, act_at(NOON + 4 * HOURS))
    await journeying.works(NOON + 5 * HOURS)
    [run] = (await journeying.member(MEI)).runs
    assert [one.outcome for one in run.records] == [StepOutcome.UNKNOWN]
    page = await ports.members.unknown_in("journey_1", PageRequest(first=10))
    assert [one.id for one in page.items] == [MEI]
    assert sum(played.sms.handed.values()) == (1 if after else 0)


@pytest.mark.parametrize("bought", [False, True])
async def test_killed_before_the_call_a_message_is_not_sent_at_night_or_after_the_goal(
    database: Database, bought: bool
):
    journeying = Journeying(database)
    await journeying.join(MEI, at=NOON)
    played = journeying.played
    await played.has_number()
    await played.template(MessageChannel.SMS, purpose=Purpose.MARKETING, text="好")
    await journeying.live(a_journey(a_plan(a_message("one", values={"store": "南京路店"}))))
    await journeying.told(NOON, of_order(PLACED, NOON, MEI, "o1"))
    message = journeying.ports.doors["MESSAGE"]
    sends = Crashing(message.ports.sends, "begin", after=False)
    door = type(message)(replace(message.ports, sends=sends))
    broken = replace(journeying.ports, doors={**journeying.ports.doors, "MESSAGE": door})
    with pytest.raises((Crash, BaseExceptionGroup)):
        await work_on_journeys(broken, act_at(NOON))
    [run] = (await journeying.member(MEI)).runs
    assert run.state is RunState.CALLING
    if bought:
        later = NOON + HOURS
        await journeying.told(later, of_order(PAID, later, MEI, "o1"))
    night = NOON.replace(hour=23)
    for n in range(3):
        await journeying.works(night + n * PUT_OFF)
    assert sum(played.sms.handed.values()) == 0
    await journeying.works(night + 11 * HOURS)
    [run] = (await journeying.member(MEI)).runs
    assert run.state is (RunState.GOAL if bought else RunState.DONE)
    assert sum(played.sms.handed.values()) == (0 if bought else 1)


async def test_several_processes_send_each_once_and_stay_below_the_cap(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    members = [f"member_{n:02}" for n in range(40)]
    await journeying.join(*members, at=NOON)
    both = a_plan(*THREE, goals=())
    await journeying.live(*(a_journey(both, id=f"journey_{n}") for n in (1, 2, 3)))
    await journeying.told(NOON, *(of_order(PLACED, NOON, one, one) for one in members))
    for n in range(4):
        act = act_at(NOON + n * 10 * timedelta(minutes=1))
        await asyncio.gather(*(work_on_journeys(journeying.ports, act) for _ in range(3)))
    # Three journeys want to say something to each at once; two a day are as many as may be.
    assert len(door.done) == 2 * len(members)
    for one in members:
        assert len((await journeying.member(one)).spoken) == 2
        outcomes = [
            record.outcome for run in (await journeying.member(one)).runs for record in run.records
        ]
        assert sorted(outcomes) == [StepOutcome.DONE, StepOutcome.DONE, StepOutcome.SKIPPED]


async def test_an_edit_while_they_run_holds_for_who_was_not_sent_to(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    await journeying.join(MEI, LAN, at=NOON)
    journey = a_journey()
    await journeying.live(journey)
    await journeying.told(NOON, of_order(PLACED, NOON, MEI, "o1"))
    await journeying.works(NOON)
    new = a_plan(a_message("hello", "pause"), a_wait("pause", "last"), a_message("last"))
    written = with_version(journey, new, "staff_lin", NOON)
    version = replace(written.versions[1], state=VersionState.APPROVED)
    written = replace(written, versions=(written.versions[0], version))
    moves = {"one": "hello", "wait1": "pause", "two": "last", "wait2": "last", "three": "last"}
    edited = went_live(written, 2, moves, NOON + timedelta(minutes=1))
    await journeying.ports.journeys.save(edited, expected=1)
    late = NOON + timedelta(minutes=2)
    await journeying.told(late, of_order(PLACED, late, LAN, "o2"))
    await journeying.works(late)
    await journeying.works(NOON + 3 * HOURS)
    assert sorted(door.done) == [
        f"journey_1|{LAN}|1:hello",
        f"journey_1|{LAN}|1:last",
        f"journey_1|{MEI}|1:last",
        f"journey_1|{MEI}|1:one",
    ]
    # One that was paused keeps what it waits for, and does nothing.
    paused = replace(edited, paused=True, version=edited.version + 1)
    await journeying.ports.journeys.save(paused, expected=edited.version)
    await journeying.told(late, of_order(PLACED, late, "member_new", "o3"))
    assert (await journeying.member("member_new")).runs == ()


async def test_a_member_who_is_merged_takes_runs_along_and_gets_nothing_twice(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    await journeying.join(MEI, LAN, at=NOON)
    again = replace(BY_ORDER, again=ReEntry.AGAIN)
    await journeying.live(a_journey(a_plan(*THREE, entry=again)))
    await journeying.told(NOON, of_order(PLACED, NOON, MEI, "o1"))
    later = NOON + timedelta(minutes=1)
    await journeying.told(later, of_order(PLACED, later, LAN, "o2"))
    await journeying.works(later)
    merge = Merge(
        id="merge_1",
        kind=MergeKind.MERGE,
        loser=MEI,
        survivor=LAN,
        evidence=Evidence.STAFF,
        identities=(),
        began=Cause(actor="staff", at=later),
        at=later,
        state=MergeState.DONE,
    )
    await journeying.ports.merges.begin(merge)
    data = {"merge": merge.id, "loser": MEI, "survivor": LAN}
    fact = Fact(id="m", subject="m", kind=MEMBER_MERGED, at=later, data=data, n=1)
    for _ in range(2):
        await follow_merged_runs(journeying.ports, act_at(later), Batch(facts=(fact,), upto=1))
    runs = {one.id: (one.state, one.why) for one in (await journeying.member(LAN)).runs}
    # Of the two runs that one person has now, the one that began first goes on.
    assert runs == {
        f"journey_1|{MEI}|1": (RunState.WAITING, ""),
        f"journey_1|{LAN}|1": (RunState.STOPPED, "MERGED"),
    }
    await journeying.told(later, of_order(PLACED, later, MEI, "o1"))
    await journeying.works(NOON + 3 * HOURS)
    await journeying.works(NOON + 5 * HOURS)
    # Both were spoken to before they were one: that was as often as one may be.
    assert sorted(door.done) == [f"journey_1|{LAN}|1:one", f"journey_1|{MEI}|1:one"]
    assert len((await journeying.member(LAN)).runs) == 2
    undone = replace(merge, state=MergeState.UNDONE, version=2)
    await journeying.ports.merges.save(undone, expected=1)
    fact = replace(fact, kind=MEMBER_UNMERGED)
    # Killed once one of them is written, it is done whole when it is told again.
    members = Crashing(journeying.ports.members, "save_all", after=True)
    with pytest.raises((Crash, BaseExceptionGroup)):
        await follow_merged_runs(
            replace(journeying.ports, members=members),
            act_at(later),
            Batch(facts=(fact,), upto=1),
        )
    for _ in range(2):
        await follow_merged_runs(journeying.ports, act_at(later), Batch(facts=(fact,), upto=1))
    assert [one.id for one in (await journeying.member(MEI)).runs] == [f"journey_1|{MEI}|1"]
    assert [one.id for one in (await journeying.member(LAN)).runs] == [f"journey_1|{LAN}|1"]


async def test_whoever_changes_a_member_at_the_same_time_begins_anew(database: Database):
    journeying = Journeying(database, CountingDoor())
    await journeying.join(MEI, at=NOON)
    await journeying.live(a_journey(a_plan(*THREE, entry=replace(BY_ORDER, again=ReEntry.AGAIN))))
    facts = [of_order(PLACED, NOON + n * timedelta(seconds=1), MEI, f"o{n}") for n in range(8)]
    await asyncio.gather(*(journeying.told(NOON, one) for one in facts))
    member = await journeying.member(MEI)
    assert len(member.happenings) == 8
    assert len(member.runs) == 1


@pytest.mark.parametrize("asked", [False, True])
async def test_killed_at_a_to_do_a_guide_is_asked_once_and_never_after_the_goal(
    database: Database, asked: bool
):
    journeying = Journeying(database)
    await open_shops(journeying.base)
    await journeying.join(MEI, at=NOON)
    touch = {"_id": "t1", "person_id": MEI, "guide_id": "G1", "store_id": "S1", "touched_at": NOON}
    await database["touches"].insert_one(touch)
    await journeying.live(a_journey(a_plan(a_step("ask", StepKind.TODO, text="您好"))))
    await journeying.told(NOON, of_order(PLACED, NOON, MEI, "o1"))
    ports = journeying.ports
    door = ports.doors[StepKind.TODO]
    dying = replace(door, todos=Crashing(door.todos, "ask", after=asked))
    with pytest.raises((Crash, BaseExceptionGroup)):
        await work_on_journeys(
            replace(ports, doors={**ports.doors, StepKind.TODO: dying}), act_at(NOON)
        )
    later = NOON + HOURS
    await journeying.told(later, of_order(PAID, later, MEI, "o1"))
    for n in range(3):
        await journeying.works(later + n * PUT_OFF)
    [run] = (await journeying.member(MEI)).runs
    outcomes = [one.outcome for one in run.records]
    if asked:
        assert (run.state, outcomes) == (RunState.DONE, [StepOutcome.DONE])
    else:
        assert (run.state, outcomes) == (RunState.GOAL, [])
    with looking_away():
        assert await database["guide_todos"].count_documents({}) == int(asked)


async def test_whom_nobody_can_move_on_holds_up_nobody_else(database: Database):
    door = CountingDoor()
    journeying = Journeying(database, door)
    await journeying.join(MEI, LAN, "member_odd", at=NOON)
    await journeying.live(a_journey(a_plan(a_message("one"))))
    for n, one in enumerate(("member_odd", "member_later", LAN, MEI)):
        await journeying.told(NOON, of_order(PLACED, NOON + n * timedelta(seconds=1), one, one))
    with looking_away():
        members = database["journey_members"]
        # One is on a step that there is none of, another in a state that a later version has.
        await members.update_one({"_id": "member_odd"}, {"$set": {"runs.0.step": "gone"}})
        await members.update_one({"_id": "member_later"}, {"$set": {"runs.0.state": "NEW"}})
    at = NOON + HOURS
    with pytest.raises(ExceptionGroup, match="1 members"):
        await work_on_journeys(journeying.ports, act_at(at))
    assert sorted(door.done) == [f"journey_1|{one}|1:one" for one in (LAN, MEI)]
    assert await work_on_journeys(journeying.ports, act_at(at)) == 0
    with pytest.raises(ExceptionGroup, match="1 members"):
        await work_on_journeys(journeying.ports, act_at(at + PUT_OFF))


async def test_of_two_who_write_the_same_members_each_is_written_by_one_who_knows(
    database: Database,
):
    journeying = Journeying(database, CountingDoor())
    members = [f"member_{n:02}" for n in range(8)]
    await journeying.join(*members, at=NOON)
    await journeying.live(a_journey())
    await journeying.told(NOON, *(of_order(PLACED, NOON, one, one) for one in members))
    port = journeying.ports.members
    seen = [await journeying.member(one) for one in members]
    told = {one: [of_order(PAID, NOON, one, one)] for one in members}

    def as_due(n: int) -> list[MemberJourneys]:
        runs = [tuple(replace(run, due_at=NOON + n * HOURS) for run in one.runs) for one in seen]
        return [risen(replace(one, runs=some)) for one, some in zip(seen, runs, strict=True)]

    # One of them comes for some alone; what is gone is nobody's.
    with looking_away():
        await database["journey_members"].delete_one({"_id": members[0]})
    lost = [
        await port.save_all(as_due(1)[:4], told),
        await port.save_all(as_due(2), told),
    ]
    assert lost == [frozenset(members[:1]), frozenset(members[:4])]
    after = [(await journeying.member(one)).runs for one in members[1:]]
    assert [runs[0].due_at for runs in after] == [NOON + (1 + (n > 3)) * HOURS for n in range(1, 8)]
    both = await asyncio.gather(*(port.save_all(list(map(risen, as_due(n))), {}) for n in (3, 4)))
    assert both[0] ^ both[1] == frozenset(members[1:])
    assert both[0] & both[1] == frozenset(members[:1])
    facts = [await database["journey_members"].find_one({"_id": one}) for one in members[1:]]
    assert all([fact["kind"] for fact in one["outbox"]["facts"]].count(PAID) == 1 for one in facts)
