"""Attempts at exams: one paper, one clock, the server's, and the answers as they come.

An attempt keeps the questions that it began with. What is marked anew stands beside the older
marks, and takes no pass away unless a person says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause, Machine
from domain.learning.exams import Exam
from domain.learning.papers import TopicMark, marked, percent_of
from domain.learning.questions import Question, read_options
from domain.people.roles import Role

AttemptId = NewType("AttemptId", str)
# An answer that was on its way when the time was over counts until then.
GRACE = timedelta(seconds=60)
# Whoever has used up all tries may sit it anew so long after the last, as a week's exam comes.
ANEW_AFTER = timedelta(days=7)


class AttemptState(StrEnum):
    """Whether it goes on."""

    OPEN = "OPEN"
    HANDED_IN = "HANDED_IN"


ATTEMPT: Machine[AttemptState] = Machine(
    "attempt",
    begins=frozenset({AttemptState.OPEN}),
    next={
        AttemptState.OPEN: frozenset({AttemptState.HANDED_IN}),
        AttemptState.HANDED_IN: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Who sits an exam, as what and where they work then."""

    person_id: PersonId
    role: Role
    store_id: str | None = None
    region_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamMark:
    """What an attempt was worth, when, by whom and why it was marked so.

    `percent` is after what was taken off for being late.
    """

    percent: int
    passed: bool
    topics: tuple[TopicMark, ...]
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One sitting of an exam: the `n`th of this person. `answers` are numbers of options.

    `due_at` is when the clock hands it in; `passed` is what its last mark says.
    """

    id: AttemptId
    exam_id: str
    n: int
    sitter: Sitter
    seed: str
    questions: tuple[str, ...]
    started_at: datetime
    deadline: datetime
    due_at: datetime
    late: bool = False
    answers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    state: AttemptState = AttemptState.OPEN
    handed_in_at: datetime | None = None
    marks: tuple[ExamMark, ...] = ()
    passed: bool = False
    version: int = 1

    @property
    def percent(self) -> int:
        """What it is worth; 0 while it goes on."""
        return self.marks[-1].percent if self.marks else 0

    def answerable(self, now: datetime) -> bool:
        """Whether answers still count."""
        return self.state is AttemptState.OPEN and now <= self.deadline + GRACE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamReset:
    """How often a person was given all tries of an exam once more."""

    id: str
    times: int
    version: int = 1


class Attempts(Protocol):
    """The attempts at exams."""

    async def by_id(self, id: AttemptId) -> Attempt | None:
        """One attempt."""

    async def of_person(self, person_id: PersonId, exam_ids: Sequence[str]) -> Sequence[Attempt]:
        """A person's at some exams, the first first."""

    async def of_exam(self, exam_id: str, region_id: str) -> Sequence[Attempt]:
        """Those at an exam of people who worked in a region, each person's first first."""

    async def begin(self, attempt: Attempt) -> Attempt:
        """Keep a new one; where there is one of its id, that one stays and is answered."""

    async def answer(
        self, id: AttemptId, question_id: str, options: Sequence[int], now: datetime
    ) -> Attempt | None:
        """Keep an answer while answers count, in the write; None where they do no more."""

    async def save(self, attempt: Attempt, *, expected: int, facts: Sequence[Fact]) -> None:
        """Write one over the expected version; else Conflict."""

    async def due(self, now: datetime, most: int) -> Sequence[Attempt]:
        """Those whose time is over."""

    async def with_question(self, question_id: str, after: str, most: int) -> Sequence[Attempt]:
        """Those whose paper has a question, by id, after one."""

    async def passed_at(
        self, exam_id: str, *, store_id: str | None = None, region_id: str | None = None
    ) -> bool:
        """Whether the manager of a store, or of a region, has passed an exam."""

    async def holders(
        self, exam_ids: Sequence[str], person_ids: Sequence[str]
    ) -> Sequence[Attempt]:
        """Which attempts of these people passed any of these exams."""

    async def resets(self, person_id: PersonId, exam_ids: Sequence[str]) -> Mapping[str, ExamReset]:
        """How often a person may begin exams anew, by exam; those that never may are left out."""

    async def save_reset(self, reset: ExamReset, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def attempt_id(exam_id: str, person_id: PersonId, n: int) -> AttemptId:
    """The id of a person's nth attempt, which none but one can have."""
    return AttemptId(f"{exam_id}|{person_id}|{n:03d}")


def reset_id(exam_id: str, person_id: PersonId) -> str:
    """The id under which it is kept how often a person may begin an exam anew."""
    return f"{exam_id}|{person_id}"


def no_reset(exam_id: str, person_id: PersonId) -> ExamReset:
    """What is kept of a person who was never given tries once more."""
    return ExamReset(id=reset_id(exam_id, person_id), times=0, version=0)


def once_more(before: ExamReset) -> ExamReset:
    """All tries given once more."""
    return replace(before, times=before.times + 1, version=before.version + 1)


def begun(
    exam: Exam,
    sitter: Sitter,
    n: int,
    questions: tuple[str, ...],
    *,
    seed: str,
    late: bool,
    cause: Cause,
) -> Attempt:
    """An attempt whose time begins."""
    known_as = attempt_id(exam.id, sitter.person_id, n)
    ATTEMPT.begin(known_as, AttemptState.OPEN, cause)
    deadline = cause.at + timedelta(minutes=exam.work.minutes)
    return Attempt(
        id=known_as,
        exam_id=exam.id,
        n=n,
        sitter=sitter,
        seed=seed,
        questions=questions,
        started_at=cause.at,
        deadline=deadline,
        due_at=deadline + GRACE,
        late=late,
    )


def read_answer(attempt: Attempt, question: Question, options: Sequence[int]) -> tuple[int, ...]:
    """The options that are chosen, in order; refused where the paper has no such question."""
    if question.id not in attempt.questions:
        raise Invalid("Your paper has no such question.", field=["questionId"])
    return read_options(options, len(question.work.options), ["options"])


def handed_in(attempt: Attempt, exam: Exam, questions: Sequence[Question], cause: Cause) -> Attempt:
    """An attempt that has ended, with what was answered marked once."""
    ATTEMPT.require(attempt.state, AttemptState.HANDED_IN)
    ended = replace(
        attempt,
        state=AttemptState.HANDED_IN,
        handed_in_at=min(cause.at, attempt.deadline + GRACE),
        due_at=NEVER,
        version=attempt.version + 1,
    )
    return _with_mark(ended, exam, questions, cause, harsh=True)


def marked_anew(
    attempt: Attempt, exam: Exam, questions: Sequence[Question], cause: Cause, *, harsh: bool
) -> Attempt | None:
    """An attempt with another mark beside the older ones; None where it comes to the same."""
    if attempt.state is AttemptState.OPEN:
        return None
    anew = _with_mark(
        replace(attempt, version=attempt.version + 1), exam, questions, cause, harsh=harsh
    )
    before, after = attempt.marks[-1], anew.marks[-1]
    same = (before.topics, before.passed) == (after.topics, after.passed)
    return None if same else anew


def tries_left(exam: Exam, attempts: Sequence[Attempt], resets: int) -> int:
    """How often an exam may still be begun."""
    return exam.work.tries * (1 + resets) - len(attempts)


def anew_on(attempts: Sequence[Attempt], left: int) -> date | None:
    """From which day on somebody who has used up all tries without a pass has all of them anew."""
    if left > 0 or not attempts or any(one.passed for one in attempts):
        return None
    ended = attempts[-1].handed_in_at
    return beijing_day(ended) + ANEW_AFTER if ended else None


def best_of(attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt that counts: one that passed before all others, then the better mark."""
    ended = [one for one in attempts if one.state is AttemptState.HANDED_IN]
    return max(ended, key=lambda one: (one.passed, one.percent, -one.n), default=None)


def weak_topics(exam: Exam, attempts: Sequence[Attempt]) -> tuple[str, ...]:
    """What is to be learned again: the topics in which the last attempt answered too few well."""
    ended = [one for one in attempts if one.state is AttemptState.HANDED_IN]
    if not ended:
        return ()
    last = ended[-1].marks[-1]
    return tuple(one.topic for one in last.topics if one.weak(exam.work.pass_percent))


def require_time(attempt: Attempt, now: datetime) -> None:
    """Refuse what comes once an attempt has ended."""
    if not attempt.answerable(now):
        raise WrongState("This attempt has ended; what was answered in time is handed in.")


def _with_mark(
    attempt: Attempt, exam: Exam, questions: Sequence[Question], cause: Cause, *, harsh: bool
) -> Attempt:
    topics = marked(questions, attempt.answers)
    percent = percent_of(topics, of=exam.work.late_percent if attempt.late else 100)
    passed = percent >= exam.work.pass_percent or (attempt.passed and not harsh)
    mark = ExamMark(
        percent=percent,
        passed=passed,
        topics=topics,
        at=cause.at,
        by=cause.actor,
        reason=cause.reason,
    )
    return replace(attempt, marks=(*attempt.marks, mark), passed=passed)
