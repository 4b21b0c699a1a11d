"""What is said of exams, to whoever follows."""

from domain.kernel.facts import Fact, FactId, FactKind
from domain.learning.attempts import Attempt

EXAM_MARKED = FactKind("exam.marked")
"""An attempt at an exam was marked, or marked anew: `passedBefore` is what it was until then."""


def fact_of_mark(after: Attempt) -> Fact:
    """That an attempt has another mark, with what the one before it was."""
    mark = after.marks[-1]
    before = after.marks[-2] if len(after.marks) > 1 else None
    known = {one.topic: one.right for one in before.topics} if before else {}
    return Fact(
        id=FactId(f"attempt:{after.id}:{after.version}"),
        subject=f"attempt:{after.id}",
        kind=EXAM_MARKED,
        at=mark.at,
        data={
            "attemptId": after.id,
            "n": after.n,
            "examId": after.exam_id,
            "personId": after.sitter.person_id,
            "role": after.sitter.role,
            "storeId": after.sitter.store_id,
            "regionId": after.sitter.region_id,
            "percent": mark.percent,
            "passed": mark.passed,
            "passedBefore": bool(before and before.passed),
            "topics": [
                {
                    "topic": one.topic,
                    "asked": one.asked,
                    "right": one.right,
                    "rightBefore": known.get(one.topic, 0),
                }
                for one in mark.topics
            ],
            "again": before is not None,
        },
    )
