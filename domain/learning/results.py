"""What came of exams, by store and topic: counted once for each mark, as facts tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.apply_once import Ledger, Posting, apply_all, finish_open
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.learning.exams import Exam
from domain.learning.learning_facts import EXAM_MARKED
from domain.learning.learning_items import LearningItems
from domain.learning.writing import item_of
from domain.network.stores import StoreId
from domain.people.act import Act

RESULT_FACTS = frozenset({EXAM_MARKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamResult:
    """What came of an exam in a store, for one topic: so many questions asked and answered well.

    Without a topic, so many attempts and how many of them passed.
    """

    store_id: StoreId
    topic: str | None
    asked: int
    right: int


class ExamResults(Protocol):
    """The counts of stores."""

    async def of(self, exam_id: str) -> Sequence[ExamResult]:
        """Those of an exam, by store and topic; one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPorts(Ports):
    """The counts as facts change them."""

    counts: Ledger[Posting]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPorts(Ports):
    """The counts as people look at them."""

    exams: LearningItems[Exam]
    results: ExamResults


async def exam_results(ports: ResultPorts, act: Act, exam_id: str) -> Sequence[ExamResult]:
    """What came of an exam in the stores that the viewer looks after."""
    act.viewer.require("exam.follow")
    exam = await item_of(ports.exams, exam_id, ["examId"])
    found = await ports.results.of(exam.id)
    return [one for one in found if act.viewer.may("exam.follow", store=one.store_id)]


async def count_results(ports: CountPorts, act: Act, batch: Batch) -> None:
    """Count each mark of somebody who works in a store, once."""
    told = [one for one in batch.facts if one.data["storeId"]]
    await apply_all(ports.counts, [posting for one in told for posting in _counted(one)])


async def finish_results(ports: CountPorts, act: Act) -> None:
    """Finish the counts that a crash has cut short."""
    await finish_open(ports.counts, act.at)


def _counted(fact: Fact) -> list[Posting]:
    data, again = fact.data, fact.data["again"]
    passed = int(data["passed"]) - int(data["passedBefore"])
    rows = [
        (one["topic"], 0 if again else one["asked"], one["right"] - one["rightBefore"])
        for one in data["topics"]
    ]
    return [
        Posting(
            id=f"{fact.id}|{topic}",
            target=f"{data['examId']}|{data['storeId']}|{topic}",
            at=fact.at,
            add={"asked": asked, "right": right},
            put={"list": data["examId"], "store_id": data["storeId"], "topic": topic},
        )
        for topic, asked, right in [("", 0 if again else 1, passed), *rows]
    ]
