"""The bank of questions, by topic, and what is read about each topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.content.revisions import PostId
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Invalid
from domain.learning.learning_items import LearningItem

LONGEST_QUESTION = 300
LONGEST_OPTION = 120
LONGEST_NAME = 40
MOST_OPTIONS = 8
MOST_LESSONS = 10
MOST_TOPICS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningTopic:
    """What questions are about, with the posts of the bank that teach it."""

    id: str
    name: str
    lessons: tuple[PostId, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWork:
    """A question with its options; `right` are the numbers of those that are to be chosen, from 0.

    It is answered well by exactly these.
    """

    text: str
    options: tuple[str, ...]
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescoring:
    """That what was answered is to be marked anew; `after` is how far that has come.

    Where it is `harsh`, it takes passes away too.
    """

    at: datetime
    by: PersonId
    reason: str
    harsh: bool
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(LearningItem):
    """One question; its group is its topic. What is right may be put right later: see rescoring."""

    work: QuestionWork
    rescoring: Rescoring | None = None
    due_at: datetime = NEVER


class Topics(Protocol):
    """The topics."""

    async def all(self) -> Mapping[str, LearningTopic]:
        """All of them, by id."""

    async def save(self, topic: LearningTopic, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


class RescoringQueue(Protocol):
    """The questions of which answers are to be marked anew."""

    async def due(self, now: datetime, most: int) -> Sequence[Question]:
        """Some of them."""


def checked_question(work: QuestionWork) -> QuestionWork:
    """A question with its texts as they are kept, or Invalid by field."""
    field = ["input"]
    options = tuple(
        read_line(one, most=LONGEST_OPTION, least=1, field=[*field, "options"])
        for one in work.options
    )
    if not 2 <= len(options) <= MOST_OPTIONS or len(set(options)) < len(options):
        message = f"Write 2 to {MOST_OPTIONS} options, no two alike."
        raise Invalid(message, field=[*field, "options"])
    return replace(
        work,
        text=read_line(work.text, most=LONGEST_QUESTION, least=1, field=[*field, "text"]),
        options=options,
        right=read_options(work.right, len(options), [*field, "right"]),
    )


def read_options(numbers: Sequence[int], options: int, field: Sequence[str]) -> tuple[int, ...]:
    """Numbers of options, in order; Invalid where there is none, or one that is no option's."""
    chosen = tuple(sorted(set(numbers)))
    if not chosen or chosen[0] < 0 or chosen[-1] >= options:
        raise Invalid(f"Name options by their numbers, 0 to {options - 1}.", field=field)
    return chosen


def put_right(
    question: Question, right: Sequence[int], rescoring: Rescoring, field: Sequence[str]
) -> Question:
    """A question of which something else is right, and whose answers are to be marked anew."""
    known = read_options(right, len(question.work.options), field)
    return replace(
        question,
        work=replace(question.work, right=known),
        rescoring=rescoring,
        due_at=rescoring.at,
        version=question.version + 1,
    )


def rescored_up_to(question: Question, attempt_id: str | None) -> Question:
    """A question whose answers are marked anew up to an attempt; None once all are."""
    assert question.rescoring is not None, "only what is being marked anew comes here"
    done = attempt_id is None
    rescoring = None if done else replace(question.rescoring, after=attempt_id or "")
    return replace(
        question,
        rescoring=rescoring,
        due_at=NEVER if done else question.due_at,
        version=question.version + 1,
    )
