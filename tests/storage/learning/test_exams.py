"""Exams in the database: one attempt and one mark, whoever comes at whatever moment."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.facts import Batch, Fact
from domain.kernel.refusals import Conflict, NotFound, Refusal, WrongState
from domain.kernel.version_reviews import VersionState
from domain.learning.attempts import GRACE, AttemptState, handed_in
from domain.learning.certificates import holders
from domain.learning.maps import MapNode, NodeState
from domain.learning.results import exam_results
from domain.learning.sitting import (
    ExamPorts,
    answer_question,
    hand_in_exam,
    hand_in_what_is_over,
    mark_anew,
    own_paper,
    reset_exam,
    start_exam,
)
from domain.learning.studying import begin_course, own_learning, read_lesson
from domain.learning.writing import correct_question
from domain.people.accounts import Staff
from domain.people.roles import Role
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.learning import (
    certificate_ports,
    learning_followers,
    learning_ports,
    result_ports,
)
from storage.mongo.kernel.database import Database
from storage.mongo.learning.attempts import MongoAttempts
from storage.mongo.learning.learning_items import exams_of, maps_of
from storage.mongo.people.people import MongoStaff
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, open_shops
from tests.support.learning import MONDAY, a_map, an_exam, at, first, keep, sit
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def base(database: Database) -> Foundation:
    base = a_foundation(database)
    await open_shops(base, guides=1)
    return base


async def states(ports: ExamPorts, act) -> dict[str, NodeState]:
    [walked] = await own_learning(ports.study, act)
    return {one.node.key: one.state for one in walked.stops}


async def test_two_phones_have_one_attempt_one_clock_and_one_mark(base: Foundation):
    ports = await keep(base)
    begun = await asyncio.gather(*(start_exam(ports, at(), "map_1", "exam") for _ in range(6)))
    assert len({one.attempt.id for one in begun}) == 1
    assert len({one.attempt.seed for one in begun}) == 1
    paper = begun[0]
    # A phone that comes back goes on with the same, by the same clock.
    later = await start_exam(ports, at(MONDAY + timedelta(minutes=9)), "map_1", "exam")
    assert later.attempt.deadline == paper.attempt.deadline == MONDAY + timedelta(minutes=20)
    right = first(paper).work.right
    await answer_question(ports, at(), paper.attempt.id, first(paper).id, right)
    ended = await asyncio.gather(
        *(hand_in_exam(ports, at(MONDAY + SECOND), paper.attempt.id) for _ in range(4)),
        *(
            answer_question(ports, at(MONDAY + SECOND), paper.attempt.id, one.question.id, (0,))
            for one in paper.questions[1:]
        ),
        return_exceptions=True,
    )
    assert all(isinstance(one, Refusal) or one.attempt for one in ended)
    attempt = (await own_paper(ports, at(), paper.attempt.id)).attempt
    assert (attempt.state, len(attempt.marks)) == (AttemptState.HANDED_IN, 1)
    # What was kept before it ended is what was marked, and all that was told to be kept was.
    kept = [one for one in ended if not isinstance(one, BaseException)]
    assert all(len(one.attempt.answers) <= len(attempt.answers) for one in kept)
    with pytest.raises(NotFound):
        await own_paper(ports, at(person="G1001"), paper.attempt.id)


@pytest.mark.parametrize("after", [-SECOND / 1000, SECOND * 0, SECOND / 1000, SECOND])
async def test_an_answer_counts_until_a_minute_after_the_time(base: Foundation, after):
    ports = await keep(base)
    paper = await start_exam(ports, at(), "map_1", "exam")
    moment = paper.attempt.deadline + GRACE + after
    act = at(moment)
    question, right = first(paper).id, first(paper).work.right
    if after > SECOND * 0:
        with pytest.raises(WrongState):
            await answer_question(ports, act, paper.attempt.id, question, right)
        # Where nobody has looked at the clock yet, the write does.
        attempts = base.made(MongoAttempts)
        assert await attempts.answer(paper.attempt.id, question, right, moment) is None
    else:
        await answer_question(ports, act, paper.attempt.id, question, right)
    assert await hand_in_what_is_over(ports, an_act(at=moment + GRACE)) == 1
    attempt = (await own_paper(ports, at(), paper.attempt.id)).attempt
    assert attempt.percent == (0 if after > SECOND * 0 else 10)
    assert attempt.handed_in_at == paper.attempt.deadline + GRACE


async def test_who_never_comes_back_is_handed_in_with_what_was_answered(base: Foundation):
    ports = await keep(base)
    paper = await start_exam(ports, at(), "map_1", "exam")
    for one in paper.questions[:7]:
        await answer_question(
            ports, at(), paper.attempt.id, one.question.id, one.question.work.right
        )
    over = paper.attempt.deadline + GRACE
    assert await hand_in_what_is_over(ports, an_act(at=over - SECOND)) == 0
    assert await hand_in_what_is_over(ports, an_act(at=over)) == 1
    assert await hand_in_what_is_over(ports, an_act(at=over)) == 0
    attempt = (await own_paper(ports, at(), paper.attempt.id)).attempt
    assert (attempt.percent, attempt.passed) == (70, True)


async def test_the_best_of_three_counts_and_head_office_gives_three_more(base: Foundation):
    ports = await keep(base)
    for n, well in enumerate((8, 0, 3)):
        act = at(MONDAY + n * DAY)
        if n == 2:  # all was answered badly, and is read again first
            assert await states(ports, act) == {"exam": NodeState.DONE}
            with pytest.raises(WrongState, match="Read again"):
                await start_exam(ports, act, "map_1", "exam")
        if n:
            [stop] = (await own_learning(ports.study, act))[0].stops
            for post in stop.read_again:
                await read_lesson(ports.study, act, "map_1", post)
        assert (await sit(ports, act, well)).n == n + 1
    act = at(MONDAY + 5 * DAY)
    [stop] = (await own_learning(ports.study, act))[0].stops
    assert (stop.state, stop.waits, stop.left) == (NodeState.DONE, NodeState.NO_TRIES, 0)
    with pytest.raises(WrongState, match="no tries left"):
        await start_exam(ports, act, "map_1", "exam")
    resets = await asyncio.gather(
        *(reset_exam(ports, an_act(), "exam_1", "G1") for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(one, Conflict) or one.times == 1 for one in resets)
    [stop] = (await own_learning(ports.study, act))[0].stops
    assert (stop.left, len(stop.attempts)) == (3, 3)
    for post in stop.read_again:
        await read_lesson(ports.study, act, "map_1", post)
    assert (await sit(ports, act, 10)).n == 4


async def test_what_is_weak_after_all_tries_is_learned_again_and_asked_anew_a_week_later(
    base: Foundation,
):
    node = MapNode(key="exam", title="考试", exam_id="exam_1", due_day=2)
    exam = an_exam(tries=2, late_percent=50)
    ports = await keep(base, exam, maps=(a_map(node),))

    async def read_what_is_weak(act) -> None:
        [stop] = (await own_learning(ports.study, act))[0].stops
        for post in stop.read_again:
            await read_lesson(ports.study, act, "map_1", post)

    for n in range(2):
        act = at(MONDAY + n * DAY)
        await read_what_is_weak(act)
        assert not (await sit(ports, act, 0)).passed
    # Whoever does not read waits, however late it is; whoever does waits for the day.
    week = MONDAY + 8 * DAY
    assert await states(ports, at(week)) == {"exam": NodeState.LEARN_AGAIN}
    read = at(MONDAY + 2 * DAY)
    await read_what_is_weak(read)
    before = at(week.replace(hour=0, minute=0) - SECOND)
    assert await states(ports, before) == {"exam": NodeState.DAY}
    [stop] = (await own_learning(ports.study, before))[0].stops
    assert (stop.left, stop.anew_on.isoformat()) == (0, "2026-12-01")
    with pytest.raises(WrongState, match="later day"):
        await start_exam(ports, before, "map_1", "exam")
    assert await states(ports, at(week)) == {"exam": NodeState.OPEN}
    [stop] = (await own_learning(ports.study, at(week)))[0].stops
    assert stop.left == 2
    begun = await asyncio.gather(*(start_exam(ports, at(week), "map_1", "exam") for _ in range(4)))
    assert {(one.attempt.n, one.attempt.late) for one in begun} == {(3, False)}
    assert (await sit(ports, at(week), 0)).n == 3
    await read_what_is_weak(at(week + DAY))
    # Head office does not add to what there is, and of the second round one try is left.
    assert (await reset_exam(ports, an_act(), "exam_1", "G1")).times == 1
    last = await sit(ports, at(week + DAY), 10)
    assert (last.n, last.passed, last.percent) == (4, True, 100)
    [stop] = (await own_learning(ports.study, at(week + 30 * DAY)))[0].stops
    assert (stop.state, stop.waits, stop.anew_on) == (NodeState.DONE, NodeState.NO_TRIES, None)


async def test_an_attempt_keeps_the_questions_it_began_with(base: Foundation):
    ports = await keep(base)
    paper = await start_exam(ports, at(), "map_1", "exam")
    for one in paper.questions:
        question = replace(one.question, state=VersionState.WITHDRAWN, version=2)
        await ports.questions.save(question, expected=1)
    again = await start_exam(ports, at(MONDAY + SECOND), "map_1", "exam")
    assert [one.question.id for one in again.questions] == [
        one.question.id for one in paper.questions
    ]
    assert [one.order for one in again.questions] == [one.order for one in paper.questions]


async def test_all_are_marked_anew_up_and_down_and_nobody_loses_a_pass(base: Foundation):
    ports = await keep(base)
    sharing = content_ports(base)
    attempts = {who: await sit(ports, at(person=who), 6) for who in ("G1", "G1001", "G2001")}
    asked = set.intersection(*(set(one.questions) for one in attempts.values()))
    question = (await ports.questions.by_ids([min(asked)]))[min(asked)]
    other = [(question.work.right[0] + 1) % 4]
    writing = learning_ports(base, sharing)
    await correct_question(writing, an_act(), question.id, other, reason="写反了", harsh=False)
    with pytest.raises(WrongState):
        await correct_question(writing, an_act(), question.id, [0], reason="再来", harsh=False)
    soon = an_act(at=an_act().at + SECOND)
    await asyncio.gather(*(mark_anew(ports, soon) for _ in range(3)), return_exceptions=True)
    while await mark_anew(ports, soon):
        pass
    for who, before in attempts.items():
        after = (await own_paper(ports, at(person=who), before.id)).attempt
        well = before.answers[question.id] == question.work.right
        assert [one.percent for one in after.marks] == [60, 50 if well else 70]
        assert after.passed
        assert after.marks[-1].reason == "写反了"
    await correct_question(
        writing, an_act(), question.id, question.work.right, reason="没写反", harsh=True
    )
    later = an_act(at=soon.at + SECOND)
    while await mark_anew(ports, later):
        pass
    after = (await own_paper(ports, at(), attempts["G1"].id)).attempt
    assert [one.percent for one in after.marks][-1] == 60


async def test_who_hands_in_while_it_is_put_right_is_marked_by_what_is_right_then(
    base: Foundation,
):
    ports = await keep(base)
    paper = await start_exam(ports, at(), "map_1", "exam")
    question = first(paper)
    other = [(question.work.right[0] + 1) % 4]
    await answer_question(ports, at(), paper.attempt.id, question.id, other)
    stale = await ports.attempts.by_id(paper.attempt.id)
    asked = await ports.questions.by_ids(stale.questions)
    exam = (await ports.exams.by_ids([stale.exam_id]))[stale.exam_id]
    marked = handed_in(stale, exam, [asked[one] for one in stale.questions], at().cause())
    writing = learning_ports(base, content_ports(base))
    await correct_question(writing, an_act(), question.id, other, reason="写反了", harsh=False)
    soon = an_act(at=an_act().at + SECOND)
    while await mark_anew(ports, soon):
        pass
    # Marked by what was right before, it comes too late; whoever hands in reads anew.
    with pytest.raises(Conflict):
        await ports.attempts.save(marked, expected=stale.version, facts=())
    done = (await hand_in_exam(ports, at(), stale.id)).attempt
    assert (marked.marks[-1].percent, done.marks[-1].percent) == (0, 10)


async def test_guides_wait_for_their_manager_and_managers_for_the_region(base: Foundation):
    exam = an_exam(managers_first=True)
    maps = tuple(
        a_map(course=f"map_{role}", role=role)
        for role in (Role.GUIDE, Role.STORE_MANAGER, Role.REGION_MANAGER)
    )
    ports = await keep(base, exam, maps=maps)
    accounts = base.made(MongoStaff)
    manager = Staff(
        id="staff_s1",
        login="s1",
        name="店长",
        role=Role.STORE_MANAGER,
        password_hash=None,
        store_id="S1",
    )
    regional = Staff(
        id="staff_r",
        login="r",
        name="区域",
        role=Role.REGION_MANAGER,
        password_hash=None,
        region_id="320500",
    )
    assert await states(ports, at()) == {"exam": NodeState.OPEN}  # nobody is there to wait for
    await accounts.save(manager, expected=0)
    await accounts.save(regional, expected=0)
    in_store = at(person="staff_s1", role=Role.STORE_MANAGER)
    in_region = at(person="staff_r", role=Role.REGION_MANAGER, store_id=None, region_id="320500")
    assert await states(ports, at()) == {"exam": NodeState.MANAGER}
    assert await states(ports, in_store) == {"exam": NodeState.MANAGER}
    # S2 of the same region has no manager of its own, S9 is elsewhere.
    assert await states(ports, at(person="G1001", store_id="S2")) == {"exam": NodeState.MANAGER}
    assert await states(ports, at(person="G2001", store_id="S9")) == {"exam": NodeState.OPEN}
    with pytest.raises(WrongState, match="manager"):
        await start_exam(ports, at(), "map_GUIDE", "exam")
    assert not (await sit(ports, in_region, 5, course="map_REGION_MANAGER")).passed
    assert await states(ports, in_store) == {"exam": NodeState.MANAGER}
    again = replace(in_region, at=MONDAY + DAY)
    for post in ("post_care", "post_sizes"):
        try:
            await read_lesson(ports.study, again, "map_REGION_MANAGER", post)
        except NotFound:  # it was answered well enough
            continue
    assert (await sit(ports, again, 9, course="map_REGION_MANAGER")).passed
    assert await states(ports, in_store) == {"exam": NodeState.OPEN}
    assert await states(ports, at(person="G1001", store_id="S2")) == {"exam": NodeState.OPEN}
    assert await states(ports, at()) == {"exam": NodeState.MANAGER}
    assert (await sit(ports, in_store, 6, course="map_STORE_MANAGER")).passed
    assert await states(ports, at()) == {"exam": NodeState.OPEN}


async def test_a_week_teaches_first_and_asks_a_week_later(base: Foundation):
    nodes = (
        MapNode(key="scan", title="扫码", post_id="post_scan"),
        MapNode(key="gift", title="赠品", post_id="post_gift", after=("scan",)),
        MapNode(
            key="exam", title="考试", exam_id="exam_1", after=("gift",), opens_day=7, due_day=9
        ),
    )
    exam = an_exam(late_percent=50)
    ports = await keep(base, exam, maps=(a_map(*nodes),))
    open_, before, done = NodeState.OPEN, NodeState.BEFORE, NodeState.DONE
    assert await states(ports, at()) == {"scan": open_, "gift": before, "exam": before}
    with pytest.raises(WrongState):
        await read_lesson(ports.study, at(), "map_1", "post_gift")
    await read_lesson(ports.study, at(), "map_1", "post_scan")
    await read_lesson(ports.study, at(), "map_1", "post_gift")
    assert await states(ports, at()) == {"scan": done, "gift": done, "exam": NodeState.DAY}
    late_evening = (MONDAY + 6 * DAY).replace(hour=23, minute=59)
    assert (await states(ports, at(late_evening)))["exam"] is NodeState.DAY
    assert (await states(ports, at(late_evening + timedelta(minutes=1))))["exam"] is open_
    late = await sit(ports, at(MONDAY + 10 * DAY), 10)
    assert (late.late, late.percent, late.passed) == (True, 50, False)


async def test_a_new_guide_begins_on_a_day_of_their_own_and_keeps_it_in_the_next_version(
    base: Foundation,
):
    nodes = (
        MapNode(key="hello", title="欢迎", post_id="post_hello"),
        MapNode(key="exam", title="考试", exam_id="exam_1", after=("hello",), opens_day=2),
    )
    old = a_map(*nodes, starts_on=None)
    ports = await keep(base, maps=(old,))
    assert await states(ports, at()) == {"hello": NodeState.BEFORE, "exam": NodeState.BEFORE}
    started = await asyncio.gather(
        *(begin_course(ports.study, at(), "map_1") for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(one, Conflict) or one.begun_on == "2026-11-23" for one in started)
    await read_lesson(ports.study, at(), "map_1", "post_hello")
    gone = replace(old, state=VersionState.WITHDRAWN, version=2)
    await base.made(maps_of).save(gone, expected=1)
    more = (*nodes, MapNode(key="more", title="进阶", post_id="post_more", after=("exam",)))
    newer = replace(a_map(*more, starts_on=None), id="map_2")
    await base.made(maps_of).save(newer, expected=0)
    tomorrow = at(MONDAY + 2 * DAY)
    assert await states(ports, tomorrow) == {
        "hello": NodeState.DONE,
        "exam": NodeState.OPEN,
        "more": NodeState.BEFORE,
    }


async def test_a_certificate_is_held_by_who_passed_an_exam_that_is_still_approved(
    base: Foundation,
):
    exam = an_exam(certificate="advisor", months=1)
    ports = await keep(base, exam)
    gate = certificate_ports(base)
    people = ["G1", "G1001", "G2001"]
    await sit(ports, at(), 9)
    await sit(ports, at(person="G1001"), 3)

    async def held(act=None) -> set:
        return set(await holders(gate, act or at(), "advisor", people))

    assert await held() == {"G1"}
    assert await holders(gate, at(), "other", people) == frozenset()
    assert await held(at(MONDAY + timedelta(days=30))) == {"G1"}
    assert await held(at(MONDAY + timedelta(days=40))) == set()
    await base.made(exams_of).save(
        replace(exam, state=VersionState.WITHDRAWN, version=2), expected=1
    )
    assert await held() == set()


async def test_results_are_counted_once_by_store_and_topic(base: Foundation):
    ports = await keep(base)
    for who, well in (("G1", 10), ("G2", 0)):
        await sit(ports, at(person=who), well)
    with looking_away():
        found = await base.database["exam_attempts"].find({}).to_list(None)
    [follower] = learning_followers(base)
    facts = tuple(
        replace(Fact(**one), n=n)
        for n, one in enumerate((each for one in found for each in one["outbox"]["facts"]), start=1)
    )
    for _ in range(2):
        await follower.handle(Batch(facts=facts, upto=len(facts)))
    rows = await exam_results(result_ports(base), an_act(), "exam_1")
    assert [(one.store_id, one.topic, one.asked, one.right) for one in rows] == [
        ("S1", None, 2, 1),
        ("S1", "care", 10, 5),
        ("S1", "sizes", 10, 5),
    ]
    elsewhere = at(person="staff_s2", role=Role.STORE_MANAGER, store_id="S2")
    assert await exam_results(result_ports(base), elsewhere, "exam_1") == []
