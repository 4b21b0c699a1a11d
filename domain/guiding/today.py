"""A guide's list of today: tasks, and their customers who give a reason, by what each is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.guiding.customer_care import (
    CareItem,
    CareKind,
    CustomersToCareFor,
    care_for,
    member_of,
    with_care,
)
from domain.guiding.doing_tasks import AskedTask, DoingPorts, own_tasks
from domain.guiding.guide_todos import GuideTodos
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.people.accounts import GuideId
from domain.people.act import Act

MOST_A_DAY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPorts(Ports):
    """What guides are asked to do, and what is known of their customers."""

    doing: DoingPorts
    care: CustomersToCareFor
    todos: GuideTodos


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePorts(Ports):
    """What is known of customers."""

    care: CustomersToCareFor


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """A task, or a customer to turn to."""

    key: str
    worth: int
    done: bool
    task: AskedTask | None = None
    customer: CareItem | None = None


async def own_today(ports: TodayPorts, act: Act) -> Sequence[TodayItem]:
    """What is worth most of all that the viewer may do today, 20 at most, what is open first.

    What is done stays among the 20, so that nothing else takes its place before tomorrow.
    """
    act.viewer.require("task.do")
    guide_id, today = GuideId(act.viewer.id), beijing_day(act.at)
    items = [
        TodayItem(
            key=f"task|{one.copy.id}", worth=one.copy.task.work.coins, done=one.done, task=one
        )
        for one in await own_tasks(ports.doing, act)
    ]
    for care in await ports.care.of_guide(guide_id, today):
        items += [
            TodayItem(
                key=f"{one.kind}|{one.member_id}", worth=one.worth, done=one.done, customer=one
            )
            for one in care_for(care, guide_id, today)
        ]
    items += await _asked(ports, guide_id, today)
    chosen = sorted(items, key=lambda one: (-one.worth, one.key))[:MOST_A_DAY]
    return sorted(chosen, key=lambda one: one.done)


async def _asked(ports: TodayPorts, guide_id: GuideId, today: date) -> list[TodayItem]:
    """What the guide is asked to say to customers; done once they came by the guide's link."""
    todos = await ports.todos.of_guide(guide_id, today)
    known = await ports.care.by_ids([one.member_id for one in todos]) if todos else ()
    came = {one.id for one in known if beijing_day(one.touched_at) == today}
    items = []
    for one in todos:
        care = CareItem(
            kind=CareKind.ASKED,
            member_id=one.member_id,
            words=one.words,
            done=one.member_id in came,
        )
        items.append(TodayItem(key=one.id, worth=care.worth, done=care.done, customer=care))
    return items


async def follow_customers(ports: CarePorts, act: Act, batch: Batch) -> None:
    """Let what is known of customers follow what they do and say."""
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if member := member_of(fact):
            concerned.setdefault(member, []).append(fact)
    if concerned:
        await ports.care.fold(batch, concerned, with_care)
