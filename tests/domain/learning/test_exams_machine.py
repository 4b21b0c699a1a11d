"""Exams as a machine of phones, clocks, corrections and deaths: one paper, one clock, one grade."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.kernel.days import beijing_day
from domain.kernel.refusals import Refusal, WrongState
from domain.kernel.version_reviews import VersionState
from domain.learning.attempts import ANEW_AFTER, GRACE, AttemptState
from domain.learning.exams import TopicCount
from domain.learning.maps import MapNode
from domain.learning.papers import drawn, marked, percent_of
from domain.learning.questions import LearningTopic
from domain.learning.sitting import (
    ExamPorts,
    answer_question,
    hand_in_exam,
    hand_in_what_is_over,
    mark_anew,
    reset_exam,
    start_exam,
)
from domain.learning.studying import StudyPorts, own_learning, read_lesson
from domain.learning.writing import correct_question
from tests.support.crashing import Crash
from tests.support.guiding import an_act
from tests.support.learning import MONDAY, TOPICS, a_map, a_question, an_exam, at
from tests.support.memory_ports import Disk, Kept

TRIES, PASS, DUE_DAY = 2, 60, 2
MILLISECOND = timedelta(milliseconds=1)
ASKED = tuple(TopicCount(topic=one, questions=2) for one in TOPICS)
EXAM = an_exam(topics=ASKED, tries=TRIES, pass_percent=PASS, late_percent=50)
NODE = MapNode(key="exam", title="考试", exam_id=EXAM.id, due_day=DUE_DAY)
BANK = tuple(a_question(number, topic) for topic in TOPICS for number in range(3))


class Items(Kept):
    """Questions, exams or maps."""

    async def approved(self, groups):
        found = [one for one in self.kept.values() if one.group in groups]
        return [one for one in found if one.state is VersionState.APPROVED]


class Attempts(Kept):
    """Attempts; `meanwhile` is what another phone does just before one is written."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.given, self.meanwhile = Kept(disk), None

    async def by_id(self, id):
        return self.kept.get(id)

    async def of_person(self, person_id, exam_ids):
        return sorted(self.kept.values(), key=lambda one: one.n)

    async def begin(self, attempt):
        if attempt.id not in self.kept:
            self.disk.write(lambda: self.kept.update({attempt.id: attempt}))
        return self.kept[attempt.id]

    async def answer(self, id, question_id, options, now):
        known = self.kept[id]
        if known.state is not AttemptState.OPEN or now > known.deadline + GRACE:
            return None
        answers = {**known.answers, question_id: tuple(options)}
        after = replace(known, answers=answers, version=known.version + 1)
        self.disk.write(lambda: self.kept.update({id: after}))
        return after

    async def save(self, attempt, *, expected, facts):
        if self.meanwhile:
            other, self.meanwhile = self.meanwhile, None
            await other()
        await super().save(attempt, expected=expected, facts=facts)

    async def with_question(self, question_id, after, most):
        found = sorted(self.kept.values(), key=lambda one: one.id)
        return [one for one in found if question_id in one.questions and one.id > after][:most]

    async def resets(self, person_id, exam_ids):
        return dict(zip([EXAM.id], self.given.kept.values(), strict=False))

    async def save_reset(self, reset, *, expected):
        await self.given.save(reset, expected=expected)


class Records:
    async def append(self, record) -> None:
        return None


class Exams(RuleBasedStateMachine):
    """A guide with two phones, an exam of two tries, and a clock that may come at any moment."""

    @initialize()
    def begin(self) -> None:
        self.now, self.disk = MONDAY, Disk()
        self.attempts = Attempts(self.disk)
        self.answers, self.harsh, self.ends = {}, False, 0
        questions = Items(self.disk, *BANK)
        exams = Items(self.disk, EXAM)
        lessons = [LearningTopic(id=one, name=one, lessons=(f"post_{one}",)) for one in TOPICS]
        here = SimpleNamespace(store=lambda _: SimpleNamespace(region_id="320500"))
        self.ports = ExamPorts(
            study=StudyPorts(
                maps=Items(self.disk, a_map(NODE)),
                exams=exams,
                topics=Kept(self.disk, *lessons),
                enrolments=Kept(self.disk),
                attempts=self.attempts,
                staff=SimpleNamespace(),
                directory=SimpleNamespace(directory=lambda: here),
            ),
            attempts=self.attempts,
            questions=questions,
            exams=exams,
            rescoring=questions,
            records=Records(),
        )

    def does(self, work):
        """What came of it: an answer, a refusal, or None where the process died."""
        try:
            return asyncio.run(work)
        except Crash:
            return None
        except Refusal as refusal:
            return refusal
        finally:
            self.disk.left = None

    def seeded(self):
        """The guide now, whose papers are the same each time that this is run."""
        return replace(at(self.now), new_id=lambda kind: f"{kind}_{len(self.attempts.kept)}")

    @property
    def last(self):
        found = sorted(self.attempts.kept.values(), key=lambda one: one.n)
        return found[-1] if found else None

    def stop(self):
        [walked] = asyncio.run(own_learning(self.ports.study, at(self.now)))
        return walked.stops[0]

    @rule(moments=st.integers(0, 6))
    def the_next_process_dies(self, moments) -> None:
        self.disk.left = moments

    @rule()
    def it_is_begun(self) -> None:
        before, stop = dict(self.attempts.kept), self.stop()
        last = self.last
        given = sum(one.times for one in self.attempts.given.kept.values())
        found = self.does(start_exam(self.ports, self.seeded(), "map_1", "exam"))
        if found is None:
            return
        if last and last.answerable(self.now):
            assert not isinstance(found, Refusal)
            assert (found.attempt.id, found.attempt.seed) == (last.id, last.seed)
            assert found.attempt.deadline == last.deadline
            return
        if isinstance(found, Refusal):
            ended = last and last.state is AttemptState.OPEN  # it ended only now
            assert ended or stop.waits, found
            return
        attempt = found.attempt
        assert attempt.n == len(before) + 1
        first = len(before) < TRIES and not given
        late = beijing_day(self.now) > beijing_day(MONDAY) + timedelta(days=DUE_DAY)
        assert attempt.late == (first and late)
        if before and len(before) >= TRIES * (1 + given):
            assert not any(one.passed for one in before.values())
            assert beijing_day(self.now) >= beijing_day(last.handed_in_at or self.now) + ANEW_AFTER

    @rule(place=st.integers(0, 3), option=st.integers(0, 3), well=st.booleans())
    def an_answer_is_given(self, place, option, well) -> None:
        if self.last:
            asyncio.run(self.answered(place, option, well))
            self.disk.left = None

    async def answered(self, place, option, well) -> None:
        attempt = self.last
        question = self.ports.questions.kept[attempt.questions[place]]
        options = question.work.right if well else (option,)
        said = (self.ports, at(self.now), attempt.id, question.id, options)
        in_time = self.now <= attempt.deadline + GRACE
        known = self.answers.setdefault(attempt.id, {})
        try:
            await answer_question(*said)
        except WrongState:
            assert attempt.state is AttemptState.HANDED_IN or not in_time
        except Crash:  # it was kept, or was not
            found = self.attempts.kept[attempt.id].answers.get(question.id)
            assert found in (known.get(question.id), tuple(options))
            if found is not None:
                known[question.id] = found
        else:
            assert attempt.state is AttemptState.OPEN
            assert in_time
            known[question.id] = tuple(options)

    @rule(place=st.integers(0, 3), option=st.integers(0, 3))
    def the_other_phone_answers_while_it_is_handed_in(self, place, option) -> None:
        if self.last and self.last.state is AttemptState.OPEN:
            self.attempts.meanwhile = lambda: self.answered(place, option, well=True)
            self.it_is_handed_in()
            self.attempts.meanwhile = None

    @rule()
    def it_is_handed_in(self) -> None:
        if self.last:
            found = self.does(hand_in_exam(self.ports, at(self.now), self.last.id))
            assert found is None or found.attempt.state is AttemptState.HANDED_IN

    @rule(weeks=st.integers(0, 1))
    def all_tries_come_to_nothing(self, weeks) -> None:
        for _ in range(TRIES):
            self.it_is_begun()
            self.it_is_handed_in()
            self.what_was_weak_is_read_again()
        self.now += weeks * ANEW_AFTER
        self.it_is_begun()

    @rule()
    def the_clock_comes(self) -> None:
        self.does(hand_in_what_is_over(self.ports, an_act(at=self.now)))

    @rule(by=st.sampled_from(["minute", "try", "day", "week"]))
    def time_passes(self, by) -> None:
        minutes = {"minute": 1, "try": 21, "day": 24 * 60, "week": 7 * 24 * 60}
        self.now += timedelta(minutes=minutes[by])

    @rule(by=st.sampled_from([-1, 0, 1]))
    def it_is_almost_over(self, by) -> None:
        if self.last:
            self.now = max(self.now, self.last.deadline + GRACE + by * MILLISECOND)

    @rule()
    def what_was_weak_is_read_again(self) -> None:
        for post in self.stop().read_again:
            self.does(read_lesson(self.ports.study, at(self.now), "map_1", post))

    @rule()
    def head_office_gives_tries(self) -> None:
        if self.last:
            left = self.stop().left
            before = sum(one.times for one in self.attempts.given.kept.values())
            found = self.does(reset_exam(self.ports, an_act(at=self.now), EXAM.id, "G1"))
            after = sum(one.times for one in self.attempts.given.kept.values())
            assert after - before <= (1 if len(self.attempts.kept) else 0)
            assert found is None or left <= 0 or after >= before

    @rule(number=st.integers(0, 5), right=st.integers(0, 3), harsh=st.booleans())
    def a_question_is_put_right(self, number, right, harsh) -> None:
        question = BANK[number].id
        work = correct_question(
            SimpleNamespace(questions=self.ports.questions, records=Records()),
            an_act(at=self.now),
            question,
            [right],
            reason="写反了",
            harsh=harsh,
        )
        self.does(work)
        said = self.ports.questions.kept[question].rescoring
        self.harsh = self.harsh or bool(said and said.harsh)

    @rule()
    def it_is_marked_anew(self) -> None:
        self.does(mark_anew(self.ports, an_act(at=self.now)))

    @invariant()
    def attempts_are_no_more_than_were_given_and_one_at_a_time(self) -> None:
        found = list(self.attempts.kept.values()) if hasattr(self, "attempts") else []
        given = sum(one.times for one in self.attempts.given.kept.values()) if found else 0
        assert len(found) <= TRIES * (1 + given)
        assert sorted(one.n for one in found) == list(range(1, len(found) + 1))
        assert all(one.state is AttemptState.HANDED_IN for one in found if one is not self.last)

    @invariant()
    def what_was_kept_stays_and_each_mark_is_said_once(self) -> None:
        if not hasattr(self, "attempts"):
            return
        for one in self.attempts.kept.values():
            assert one.answers == self.answers.get(one.id, {})
            assert one.questions == drawn(EXAM.work, one.seed, BANK)
            assert (one.state is AttemptState.OPEN) == (not one.marks)
            if one.handed_in_at:
                assert one.started_at <= one.handed_in_at <= one.deadline + GRACE
        said = [fact.id for fact in self.attempts.facts]
        assert len(said) == len(set(said))
        assert len(said) == sum(len(one.marks) for one in self.attempts.kept.values())

    def teardown(self) -> None:
        """In the end the grade of each attempt follows from its paper and its answers."""
        if not hasattr(self, "attempts"):
            return
        self.disk.left = None
        self.now += timedelta(days=1)
        act = an_act(at=self.now)
        asyncio.run(hand_in_what_is_over(self.ports, act))
        while asyncio.run(mark_anew(self.ports, act)):
            pass
        for one in self.attempts.kept.values():
            questions = [self.ports.questions.kept[each] for each in one.questions]
            topics, mark = marked(questions, one.answers), one.marks[-1]
            assert mark.topics == topics
            assert mark.percent == percent_of(topics, of=50 if one.late else 100)
            assert one.passed == mark.passed
            if mark.percent >= PASS:
                assert one.passed
            elif one.passed:  # nobody has lost it
                assert any(each.percent >= PASS for each in one.marks)
            elif not self.harsh:
                assert all(each.percent < PASS for each in one.marks)


Exams.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    # The same each time; a longer search is for whoever changes something here.
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestExams = Exams.TestCase
