"""A guide's list of today: tasks, and their customers who give a reason, by what each is worth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from domain.guiding.customer_care import (
    FRIEND_FACTS,
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
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.service.customers import CustomerPorts, looked_at, member_meant

MOST_A_DAY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPorts(Ports):
    """What guides are asked to do, and what is known of their customers."""

    doing: DoingPorts
    care: CustomersToCareFor
    todos: GuideTodos


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePorts(Ports):
    """The list of today, and whom a guide may look at."""

    today: TodayPorts
    customers: CustomerPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePorts(Ports):
    """What is known of customers, and what guides are asked to say to them."""

    care: CustomersToCareFor
    todos: GuideTodos


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """A task, or a customer to turn to."""

    key: str
    worth: int
    done: bool
    task: AskedTask | None = None
    customer: CareItem | None = None

    def of(self, member_ids: Collection[str]) -> bool:
        """Whether it is to turn to a member of these ids."""
        return self.customer is not None and self.customer.member_id in member_ids


async def own_today(ports: TodayPorts, act: Act) -> Sequence[TodayItem]:
    """What is worth most of all that the viewer may do today, 20 at most, what is open first.

    What is done stays among the 20, so that nothing else takes its place before tomorrow.
    """
    act.viewer.require("task.do")
    guide_id, today = GuideId(act.viewer.id), beijing_day(act.at)
    items = await _tasks(ports, act) + await _cared_for(ports, guide_id, today)
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


async def today_beside(
    ports: BesidePorts, act: Act, member_id: str | None, external_id: str | None = None
) -> Sequence[TodayItem]:
    """What the viewer, a guide, may do for a customer of theirs now, what is best first.

    What there is a reason for comes before the tasks that are open, which any customer may help
    with. The same may be seen as in `customer_view`, and whoever looks is written down there.
    """
    act.viewer.require("task.do")
    meant = await member_meant(ports.customers, act, member_id, external_id)
    seen = await looked_at(ports.customers, act, meant)
    guide_id, today = GuideId(act.viewer.id), beijing_day(act.at)
    ids = frozenset(seen.ids)
    reasons = [one for one in await _cared_for(ports.today, guide_id, today) if one.of(ids)]
    tasks = [one for one in await _tasks(ports.today, act) if not one.done]
    by_worth = [sorted(some, key=lambda one: (-one.worth, one.key)) for some in (reasons, tasks)]
    return [one for some in by_worth for one in some if not one.done][:MOST_A_DAY]


async def _tasks(ports: TodayPorts, act: Act) -> list[TodayItem]:
    return [
        TodayItem(
            key=f"task|{one.copy.id}", worth=one.copy.task.work.coins, done=one.done, task=one
        )
        for one in await own_tasks(ports.doing, act)
    ]


async def _cared_for(ports: TodayPorts, guide_id: GuideId, today: date) -> list[TodayItem]:
    """All customers to whom a guide has a reason to turn today, and who ask somebody to."""
    items: list[TodayItem] = []
    for care in await ports.care.of_guide(guide_id, today):
        items += [
            TodayItem(
                key=f"{one.kind}|{one.member_id}", worth=one.worth, done=one.done, customer=one
            )
            for one in care_for(care, guide_id, today)
        ]
    return items + await _asked(ports, guide_id, today)


async def follow_customers(ports: CarePorts, act: Act, batch: Batch) -> None:
    """Let what is known of customers follow what they do and say, and whose they become.

    What was asked of whoever gave a customer away is asked of who has them now.
    """
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if member := member_of(fact):
            concerned.setdefault(member, []).append(fact)
    if concerned:
        await ports.care.fold(batch, concerned, with_care)
    for fact in batch.facts:
        data = fact.data
        if fact.kind in FRIEND_FACTS and data.get("handed") and data["member"] and data["guide"]:
            await ports.todos.pass_on(
                PersonId(data["member"]), GuideId(data["guide"]), beijing_day(fact.at)
            )
