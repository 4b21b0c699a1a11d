"""Papers follow from their seed, marks from what was answered; neither from anything else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause
from domain.learning.attempts import (
    GRACE,
    Sitter,
    begun,
    best_of,
    handed_in,
    marked_anew,
    require_time,
    tries_left,
)
from domain.learning.exams import TopicCount, checked_exam, topics_short
from domain.learning.maps import MapNode, checked_map
from domain.learning.papers import drawn, marked, options_in_order, percent_of
from domain.learning.questions import QuestionWork, Rescoring, checked_question, put_right
from domain.people.roles import Role
from tests.support.learning import MONDAY, a_map, a_question, an_exam

BANK = [a_question(number, topic) for topic in ("care", "sizes") for number in range(7)]
GUIDE = Sitter(person_id="G1", role=Role.GUIDE, store_id="S1", region_id="320500")


def cause(after: timedelta = timedelta(), actor: str = "G1") -> Cause:
    return Cause(actor=actor, at=MONDAY + after)


def an_attempt(exam=None, *, late=False, n=1):
    exam = exam or an_exam()
    paper = drawn(exam.work, "seed", BANK)
    return begun(exam, GUIDE, n, paper, seed="seed", late=late, cause=cause())


def of(attempt):
    return [one for asked in attempt.questions for one in BANK if one.id == asked]


@given(seed=st.text(max_size=8), order=st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_same_seed_is_the_same_paper_however_the_bank_is_read(seed, order):
    mixed = list(BANK)
    order.shuffle(mixed)
    paper = drawn(an_exam().work, seed, mixed)
    assert paper == drawn(an_exam().work, seed, BANK)
    assert len(set(paper)) == 10
    topics = [one.group for asked in paper for one in BANK if one.id == asked]
    assert (topics.count("care"), topics.count("sizes")) == (5, 5)
    assert sorted(options_in_order(seed, BANK[0])) == [0, 1, 2, 3]


def test_other_seeds_are_other_papers_in_other_orders():
    papers = {drawn(an_exam().work, str(n), BANK) for n in range(20)}
    assert len(papers) == 20
    assert len({tuple(options_in_order(str(n), BANK[0])) for n in range(50)}) > 10


@given(
    answers=st.dictionaries(
        st.sampled_from([one.id for one in BANK]),
        st.lists(st.integers(0, 3), max_size=4, unique=True).map(lambda some: tuple(sorted(some))),
    ),
    late=st.sampled_from([100, 50]),
)
@settings(max_examples=100)
def test_a_mark_is_the_share_of_exactly_right_answers(answers, late):
    attempt = an_attempt()
    questions = of(attempt)
    topics = marked(questions, answers)
    right = sum(answers.get(one.id) == one.work.right for one in questions)
    assert sum(one.right for one in topics) == right
    assert sum(one.asked for one in topics) == 10
    assert percent_of(topics, of=late) == right * late // 10
    assert marked(list(reversed(questions)), answers) == topics


def test_what_comes_a_minute_after_the_time_counts_and_a_millisecond_later_does_not():
    attempt = an_attempt()
    over = attempt.deadline + GRACE
    require_time(attempt, attempt.deadline + timedelta(seconds=2))
    require_time(attempt, over)
    for moment in (over + timedelta(milliseconds=1), attempt.deadline + timedelta(seconds=61)):
        with pytest.raises(WrongState):
            require_time(attempt, moment)


def answered(attempt, well: int):
    some = of(attempt)[:well]
    return replace(attempt, answers={one.id: one.work.right for one in some})


def test_the_best_counts_after_what_was_taken_off_for_being_late():
    exam = an_exam(late_percent=50)
    marks = [
        handed_in(answered(an_attempt(exam, n=1), 8), exam, of(an_attempt()), cause()),
        handed_in(answered(an_attempt(exam, n=2), 0), exam, of(an_attempt()), cause()),
        handed_in(answered(an_attempt(exam, n=3, late=True), 10), exam, of(an_attempt()), cause()),
    ]
    assert [one.percent for one in marks] == [80, 0, 50]
    assert [one.passed for one in marks] == [True, False, False]
    assert best_of(marks) == marks[0]
    assert best_of([an_attempt()]) is None
    assert (tries_left(exam, marks, 0), tries_left(exam, marks, 1)) == (0, 3)
    with pytest.raises(WrongState):
        handed_in(marks[0], exam, of(marks[0]), cause())


def test_marking_anew_takes_no_pass_away_unless_somebody_says_so():
    exam, attempt = an_exam(), an_attempt()
    before = handed_in(answered(attempt, 6), exam, of(attempt), cause())
    assert (before.percent, before.passed) == (60, True)
    wrong = of(attempt)[0]
    said = Rescoring(at=MONDAY, by="staff_head", reason="题目有误", harsh=False)
    other = put_right(wrong, [(wrong.work.right[0] + 1) % 4], said, ["right"])
    corrected = [other if one.id == other.id else one for one in of(attempt)]
    mild = marked_anew(before, exam, corrected, cause(actor="staff_head"), harsh=False)
    assert mild is not None
    assert [one.percent for one in mild.marks] == [60, 50]
    assert (mild.passed, mild.marks[-1].passed, mild.marks[-1].by) == (True, True, "staff_head")
    harsh = marked_anew(mild, exam, corrected, cause(actor="staff_head"), harsh=True)
    assert harsh is not None
    assert (harsh.passed, len(harsh.marks)) == (False, 3)
    assert marked_anew(harsh, exam, corrected, cause(), harsh=False) is None
    assert marked_anew(an_attempt(), exam, corrected, cause(), harsh=True) is None
    # The other way round somebody passes after all.
    back = marked_anew(harsh, exam, of(attempt), cause(), harsh=False)
    assert back is not None
    assert back.passed


def checked(**changes) -> QuestionWork:
    return checked_question(replace(a_question(1).work, **changes))


@pytest.mark.parametrize(
    ("check", "field"),
    [
        (lambda: checked(options=("甲",)), "options"),
        (lambda: checked(right=()), "right"),
        (lambda: checked(right=(4,)), "right"),
        (lambda: checked(text=" "), "text"),
        (lambda: checked_exam(an_exam(topics=()).work), "topics"),
        (lambda: checked_exam(an_exam(tries=0).work), "tries"),
        (lambda: checked_exam(an_exam(pass_percent=101).work), "passPercent"),
        (lambda: checked_exam(an_exam(certificate="高级").work), "certificate"),
        (lambda: checked_map(a_map(role=Role.MEMBER).work), "role"),
        (lambda: checked_map(a_map(MapNode(key="a", title="a")).work), "nodes"),
        (
            lambda: checked_map(a_map(MapNode(key="a", title="a", exam_id="e", after=("b",))).work),
            "nodes",
        ),
        (
            lambda: checked_map(
                a_map(MapNode(key="a", title="a", exam_id="e", opens_day=3, due_day=2)).work
            ),
            "nodes",
        ),
    ],
)
def test_what_can_not_be_is_refused_by_its_field(check, field):
    with pytest.raises(Invalid) as refusal:
        check()
    assert refusal.value.field[:2] == ("input", field)


def test_a_bank_that_is_too_small_is_told_by_its_topics():
    work = an_exam(topics=(TopicCount(topic="care", questions=8),)).work
    assert topics_short(work, {"care": 7}) == ["care"]
    assert topics_short(work, {"care": 8}) == []
