"""Papers: which questions a sitting has, in which order, and what its answers are worth.

A paper follows from its seed and the bank alone, a mark from the paper and the answers alone.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.learning.exams import ExamWork
from domain.learning.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMark:
    """How many questions of a topic were asked, and how many of them answered well."""

    topic: str
    asked: int
    right: int

    def weak(self, pass_percent: int) -> bool:
        """Whether fewer were answered well than a pass needs."""
        return self.right * 100 < self.asked * pass_percent


def drawn(work: ExamWork, seed: str, bank: Sequence[Question]) -> tuple[str, ...]:
    """The ids of a paper's questions, in its order; the bank has enough of each topic."""
    chosen = [
        one
        for asked in work.topics
        for one in _shuffled(seed, "draw", [each.id for each in bank if each.group == asked.topic])[
            : asked.questions
        ]
    ]
    return tuple(_shuffled(seed, "paper", chosen))


def options_in_order(seed: str, question: Question) -> Sequence[int]:
    """The numbers of a question's options as a paper shows them."""
    numbers = [str(number) for number in range(len(question.work.options))]
    return [int(number) for number in _shuffled(seed, question.id, numbers)]


def marked(
    questions: Sequence[Question], answers: Mapping[str, Sequence[int]]
) -> tuple[TopicMark, ...]:
    """What answers are worth, by topic; a question is answered well by exactly what is right."""
    asked = Counter(one.group for one in questions)
    right = Counter(
        one.group for one in questions if tuple(answers.get(one.id, ())) == one.work.right
    )
    return tuple(
        TopicMark(topic=topic, asked=asked[topic], right=right[topic]) for topic in sorted(asked)
    )


def percent_of(topics: Sequence[TopicMark], *, of: int = 100) -> int:
    """How many percent were answered well, rounded down; of a late paper only `of` percent."""
    asked, right = sum(one.asked for one in topics), sum(one.right for one in topics)
    return right * of // asked if asked else 0


def _shuffled(seed: str, about: str, ids: Sequence[str]) -> list[str]:
    """Always the same order for one seed, on every machine and in every version of Python."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}|{about}|{one}".encode()).digest())
