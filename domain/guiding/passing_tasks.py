"""Tasks of guides who leave: what they were still to do is asked of whoever comes after them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.guiding.publishing_tasks import TaskPorts, links_to
from domain.guiding.rewarding_tasks import asked_of
from domain.guiding.task_templates import TaskUnit
from domain.guiding.tasks import (
    AssignmentState,
    Recurrence,
    Task,
    TaskDoer,
    assignment_id,
    doer_id,
)
from domain.kernel.apply_once import apply_once
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.people.successions import Successions, heir_at

# What was handed in is judged, and paid to whoever did it.
_DONE = frozenset({AssignmentState.DONE, AssignmentState.HANDED_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingPorts(Ports):
    """The tasks, and who comes after whom."""

    publishing: TaskPorts
    successions: Successions


async def pass_tasks_on(ports: PassingPorts, act: Act, batch: Batch) -> None:
    """Ask the successors of leavers what those have not done; done again, it is the same."""
    for fact in batch.facts:
        await _pass_on(ports, act, fact)


async def _pass_on(ports: PassingPorts, act: Act, fact: Fact) -> None:
    known = await ports.successions.known()
    taker_id = heir_at(known, GuideId(fact.data["successor"]))
    taker = await ports.publishing.sharing.guides.by_id(taker_id)
    if taker is None or not taker.active:
        taker = None
    giver_id = GuideId(fact.data["guide"])
    doers = await ports.publishing.tasks.of_guides({giver_id}, fact.at)
    tasks = await ports.publishing.tasks.by_ids({one.task_id for one in doers})
    copies = [(tasks[one.task_id], one) for one in doers if one.task_id in tasks]
    open_still = await _not_done(ports, fact.at, copies)
    for task, doer in open_still:
        await _pass(ports, act, task, replace(doer, ends_at=fact.at, passed_to=taker_id), taker)


async def _not_done(
    ports: PassingPorts, at: datetime, copies: Sequence[tuple[Task, TaskDoer]]
) -> list[tuple[Task, TaskDoer]]:
    """Those that have anything left to do, or will."""
    standing = [(task, doer) for task, doer in copies if at < task.cancelled_at]
    once = {
        doer.id: assignment_id(task, task.starts_on, doer)
        for task, doer in standing
        if task.recurrence is Recurrence.ONCE
    }
    known = await ports.publishing.assignments.by_ids(set(once.values()))
    done = {one.id for one in known.values() if one.state in _DONE}
    return [(task, doer) for task, doer in standing if once.get(doer.id) not in done]


async def _pass(
    ports: PassingPorts, act: Act, task: Task, doer: TaskDoer, taker: Guide | None
) -> None:
    """Ask one of whoever comes after, if it can be theirs and is not, and of the leaver no more."""
    publishing, taken = ports.publishing, None
    if taker and _can_be_theirs(task, doer, taker):
        taken = TaskDoer(
            id=doer_id(task.id, taker.id),
            task_id=task.id,
            guide_id=taker.id,
            store_id=StoreId(taker.store_id),
            ends_at=task.ends_at,
            code=(await links_to(publishing, act, task, [taker])).get(taker.id),
            passed_from=doer.guide_id,
        )
        await publishing.tasks.ask([taken])
        [taken] = await publishing.tasks.doers_by_ids([taken.id])
    if task.work.unit is TaskUnit.GUIDE:
        stores: dict[str, int] = {doer.store_id: -1}
        if taken and taken.passed_from == doer.guide_id:
            stores[taken.store_id] = stores.get(taken.store_id, 0) + 1
        counts = {store: more for store, more in stores.items() if more}
        await apply_once(publishing.counts, asked_of(task.id, f"passed|{doer.id}", counts, act))
    # The last: until then whoever was cut short begins again.
    await publishing.tasks.pass_on(doer)


def _can_be_theirs(task: Task, doer: TaskDoer, taker: Guide) -> bool:
    """An exam is asked of a person, and what a store does together of its own guides."""
    together = task.work.unit is TaskUnit.STORE
    return not task.work.exam_id and (not together or taker.store_id == doer.store_id)
