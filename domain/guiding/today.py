"""A guide's list of today: tasks, and their customers who give a reason, by what each is worth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.audiences.trait_ports import Customers
from domain.content.scenes import Scene
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
from domain.kernel.refusals import Refusal, Unavailable
from domain.members.profile_facts import PROFILE_CHANGED
from domain.members.profiles import ChildAge, MemberProfiles
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.service.customers import CustomerPorts, looked_at, member_meant
from domain.sharing.share_links import ShareKind, ShareTarget
from domain.sharing.shareable import behind

MOST_A_DAY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPorts(Ports):
    """What guides are asked to do, and what is known of their customers."""

    doing: DoingPorts
    care: CustomersToCareFor
    todos: GuideTodos
    customers: Customers


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePorts(Ports):
    """The list of today, and whom a guide may look at."""

    today: TodayPorts
    customers: CustomerPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePorts(Ports):
    """What is known of customers, what they tell, and what guides are asked to say to them."""

    care: CustomersToCareFor
    profiles: MemberProfiles
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
    items = await _tasks(ports, act) + await _cared_for(ports, act)
    chosen = sorted(items, key=lambda one: (-one.worth, one.key))[:MOST_A_DAY]
    return sorted(chosen, key=lambda one: one.done)


async def _with_posts(
    ports: TodayPorts, act: Act, reasons: Sequence[CareItem]
) -> Sequence[CareItem]:
    """The reasons with the posts for children's ages, without those for which there is none."""
    sharing = ports.doing.publishing.sharing
    named = {one.age: one.post_id for one in ports.doing.publishing.rules.now().terms.child_posts}
    posts: dict[ChildAge, ShareTarget] = {}
    for age in sorted({one.age for one in reasons if one.age in named}):
        target = ShareTarget(kind=ShareKind.POST, id=named[age])
        try:
            await behind(sharing, act, target, Scene.ONE_TO_ONE)
        except Unavailable:
            raise
        except Refusal:
            continue  # it may not go out just now
        posts[age] = target
    return [
        replace(one, target=posts[one.age]) if one.age else one
        for one in reasons
        if one.age is None or one.age in posts
    ]


async def _asked(ports: TodayPorts, guide_ids: Collection[str], today: date) -> list[TodayItem]:
    """What the guide is asked to say to customers; done once they came by the guide's link."""
    todos = await ports.todos.of_guides(guide_ids, today)
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
    act.viewer.require("task.do_beside")
    meant = await member_meant(ports.customers, act, member_id, external_id)
    seen = await looked_at(ports.customers, act, meant)
    ids = frozenset(seen.ids)
    reasons = [one for one in await _cared_for(ports.today, act) if one.of(ids)]
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


async def _cared_for(ports: TodayPorts, act: Act) -> list[TodayItem]:
    """All customers to whom a guide has a reason to turn today, and who ask somebody to.

    Those of leavers whom the guide comes after are theirs.
    """
    today = beijing_day(act.at)
    guide_ids = await ports.customers.left_to(act.viewer.id)
    known = await ports.care.of_guides(guide_ids, today)
    reasons = [one for care in known for one in care_for(care, guide_ids, today)]
    items = [
        TodayItem(key=f"{one.kind}|{one.member_id}", worth=one.worth, done=one.done, customer=one)
        for one in await _with_posts(ports, act, reasons)
    ]
    return items + await _asked(ports, guide_ids, today)


async def follow_customers(ports: CarePorts, act: Act, batch: Batch) -> None:
    """Let what is known of customers follow what they do and say, and whose they become.

    What was asked of whoever gave a customer away is asked of who has them now.
    """
    told = {PersonId(one.data["member"]) for one in batch.facts if one.kind == PROFILE_CHANGED}
    profiles = await ports.profiles.by_ids(told) if told else {}
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if member := member_of(fact):
            # Facts are kept for good, and tell nothing of children.
            if profile := profiles.get(PersonId(member)):
                fact = replace(fact, data={**fact.data, "months": profile.children})
            concerned.setdefault(member, []).append(fact)
    if concerned:
        await ports.care.fold(batch, concerned, with_care)
    for fact in batch.facts:
        data = fact.data
        giver = data.get("takenFrom") if fact.kind in FRIEND_FACTS else None
        if giver and data["member"] and data["guide"]:
            member, taker = PersonId(data["member"]), GuideId(data["guide"])
            await ports.todos.pass_on(member, GuideId(giver), taker, beijing_day(fact.at))
