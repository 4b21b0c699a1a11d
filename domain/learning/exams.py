"""Exams: so many questions of each topic, a time, a mark to pass with, and what a pass is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.kernel.codes import read_code
from domain.kernel.lines import read_line
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.learning.learning_items import LearningItem

LONGEST_TITLE = 60
MOST_QUESTIONS = 100
COUNTS = Within(1, MOST_QUESTIONS)
PERCENT = Within(1, 100)
TRIES = Within(1, 20)
MINUTES = Within(1, 240)
MONTHS = Within(1, 60)
# The list of those that give no certificate.
NO_CERTIFICATE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCount:
    """So many questions about a topic."""

    topic: str
    questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamWork:
    """What is asked, and what a pass needs and gives.

    `topics` says how many questions of each. A sitting lasts `minutes`; who begins after their map
    says it is due has `late_percent` of their mark. The best of `tries` counts. A `certificate` is
    what tasks and services ask for; it holds for `months`, or for good. With `managers_first` the
    guides of a store may sit it once their manager has passed it, and managers once theirs has.
    """

    title: str
    topics: tuple[TopicCount, ...]
    pass_percent: int = 60
    tries: int = 3
    minutes: int = 20
    late_percent: int = 100
    certificate: str = NO_CERTIFICATE
    months: int | None = None
    managers_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam(LearningItem):
    """One exam; its group is the certificate that it gives."""

    work: ExamWork


def checked_exam(work: ExamWork) -> ExamWork:
    """An exam with its texts as they are kept, or Invalid by field."""
    field = ["input"]
    for one in work.topics:
        COUNTS.read(one.questions, [*field, "topics"])
    named = {one.topic for one in work.topics}
    asked = sum(one.questions for one in work.topics)
    if not 1 <= asked <= MOST_QUESTIONS or len(named) < len(work.topics):
        message = f"Ask 1 to {MOST_QUESTIONS} questions, each topic once."
        raise Invalid(message, field=[*field, "topics"])
    PERCENT.read(work.pass_percent, [*field, "passPercent"])
    PERCENT.read(work.late_percent, [*field, "latePercent"])
    TRIES.read(work.tries, [*field, "tries"])
    MINUTES.read(work.minutes, [*field, "minutes"])
    if work.months is not None:
        MONTHS.read(work.months, [*field, "months"])
    code = work.certificate
    return replace(
        work,
        title=read_line(work.title, most=LONGEST_TITLE, least=1, field=[*field, "title"]),
        certificate=read_code(code, [*field, "certificate"]) if code else NO_CERTIFICATE,
    )


def topics_short(work: ExamWork, bank: Mapping[str, int]) -> Sequence[str]:
    """The topics of which a bank has fewer questions than an exam asks."""
    return [one.topic for one in work.topics if bank.get(one.topic, 0) < one.questions]
