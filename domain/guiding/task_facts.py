"""What is said of guides' tasks, to whoever follows."""

from datetime import datetime

from domain.guiding.tasks import Assignment, AssignmentState, Task, TaskDoer
from domain.kernel.facts import Fact, FactId, FactKind

TASK_DONE = FactKind("task.done")
"""What was asked is shown to be done."""
TASK_FELL = FactKind("task.fell")
"""What showed it has fallen away, as by a refund."""
TASK_REMINDED = FactKind("task.reminded")
"""A guide who has not done it is to be reminded."""

_SAID = {AssignmentState.DONE: TASK_DONE, AssignmentState.FELL: TASK_FELL}


def facts_of_assignment(after: Assignment) -> tuple[Fact, ...]:
    """That an assignment was done, or fell; of its other states nothing is said."""
    kind = _SAID.get(after.state)
    if kind is None:
        return ()
    step = after.steps[-1]
    return (
        Fact(
            id=FactId(f"assignment:{after.id}:{after.version}"),
            subject=f"assignment:{after.id}",
            kind=kind,
            at=step.at,
            data={
                "assignmentId": after.id,
                "version": after.version,
                "taskId": after.task_id,
                "occurrence": after.occurrence,
                "guideId": after.guide_id,
                "storeId": after.store_id,
                "coins": after.coins,
                "coupon": after.coupon,
                "measured": after.measured,
                "reason": step.reason,
            },
        ),
    )


def reminded(id: str, task: Task, doer: TaskDoer, occurrence: str, at: datetime) -> Fact:
    """That a guide is to be reminded of a task, by whoever sends messages to guides."""
    return Fact(
        id=FactId(f"reminder:{id}"),
        subject=f"reminder:{id}",
        kind=TASK_REMINDED,
        at=at,
        data={
            "taskId": task.id,
            "occurrence": occurrence,
            "guideId": doer.guide_id,
            "storeId": doer.store_id,
            "title": task.work.title,
        },
    )
