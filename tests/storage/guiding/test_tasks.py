"""Tasks in the database: asked of everybody once, measured by what happened, paid once."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding.coins import CoinPorts
from domain.guiding.doing_tasks import (
    DoingPorts,
    by_region,
    completion_of,
    guides_of_task,
    hand_in_photograph,
    own_tasks,
)
from domain.guiding.publishing_tasks import (
    TaskPorts,
    WantedTask,
    cancel_task,
    publish_task,
    work_on_tasks,
)
from domain.guiding.task_templates import ProofKind
from domain.guiding.tasks import LEASE, AssignmentState, Recurrence, TaskAudience
from domain.guiding.writing_tasks import review_task_template
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.kernel.version_reviews import VersionState
from domain.people.accounts import GuideId
from domain.people.viewer import Role, Viewer
from domain.wallets.reconciling import reconcile_wallets
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import coin_ports, doing_ports, task_template_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    OFFICE,
    Stream,
    a_guide,
    a_refund,
    a_sale,
    a_task,
    a_visit,
    an_act,
    an_approved_template,
    as_guide,
    beijing,
    coins_of,
    open_shops,
    some_work,
    told,
)
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
DAY = "2037-11-21"
NOON = beijing(DAY)
MANAGER = Viewer(id="manager_s1", role=Role.STORE_MANAGER, store_id="S1")


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


def doing(base: Foundation, ports: TaskPorts) -> DoingPorts:
    return doing_ports(base, ports.sharing)


async def completed(base, ports, task, *, viewer=OFFICE, day=DAY) -> dict[str, tuple[int, int]]:
    found = await completion_of(doing(base, ports), an_act(viewer, NOON), task.id, day)
    return {one.store_id: (one.asked, one.done) for one in found.stores}


async def books_are_right(base: Foundation) -> None:
    ports: CoinPorts = coin_ports(base)
    misfits = [one async for one in reconcile_wallets(ports.wallets, an_act(), mend=False)]
    assert misfits == []


async def test_many_are_asked_once_whoever_works_and_whatever_is_cut_short(base: Foundation):
    ports = await open_shops(base, guides=170)
    work = some_work()
    template = await an_approved_template(base, work)
    wanted = WantedTask(
        template_id=template,
        audience=TaskAudience(),
        recurrence=Recurrence.ONCE,
        starts_on=DAY,
        ends_on=DAY,
    )
    act = an_act(at=NOON)
    tasks = await asyncio.gather(
        *(publish_task(ports, act, wanted, idempotency_key="one") for _ in range(3))
    )
    assert len({one.id for one in tasks}) == 1
    task = tasks[0]

    class Dying:
        """Asks half of the guides of its first part, and is killed."""

        def __getattr__(self, name):
            return getattr(ports.tasks, name)

        async def ask(self, doers):
            await ports.tasks.ask(doers[:50])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await work_on_tasks(replace(ports, tasks=Dying()), act)
    await asyncio.gather(*(told(ports, act) for _ in range(3)))
    # A store is asked in one part, so that the first one is all of a store.
    assert sum(asked for asked, _ in (await completed(base, ports, task)).values()) == 340
    await told(ports, an_act(at=NOON + LEASE))
    asked = {"S1": (170, 0), "S2": (170, 0), "S9": (170, 0)}
    assert await completed(base, ports, task) == asked
    [mine] = await own_tasks(doing(base, ports), as_guide("G2170", "S9", NOON))
    assert (mine.copy.task.id, mine.measured, mine.assignment) == (task.id, 0, None)
    link = await ports.sharing.links.by_code(mine.copy.doer.code)
    assert (link.guide_id, link.target.id) == ("G2170", "10001")
    other = replace(wanted, recurrence=Recurrence.DAILY)
    with pytest.raises(Conflict):
        await publish_task(ports, act, other, idempotency_key="one")


async def test_distinct_visitors_are_counted_once_by_the_day_they_came_and_paid_once(
    base: Foundation,
):
    ports = await open_shops(base)
    await base.made(MongoGuides).save_all(
        [
            replace(one, member_id="member_self", version=2)
            for one in (await base.made(MongoGuides).by_ids([GuideId("G1")])).values()
        ]
    )
    task = await a_task(ports, base, some_work(target=2), act=an_act(at=NOON))
    late, next_day = beijing(DAY, "23:59:59.900"), beijing("2037-11-22", "00:00:00")
    visits = [
        a_visit("G1", "visitor_a", NOON),
        a_visit("G1", "visitor_a", NOON + timedelta(hours=2)),
        a_visit("G1", "member_self", NOON),
        a_visit("G1", "G2", NOON, consumer=False),
        a_visit("G1", "visitor_b", NOON, target="10002"),
        a_visit("G1", "visitor_c", next_day),
        a_visit("G2", "visitor_b", NOON),
    ]
    stream = Stream(base)
    # What is handed over again, and by two at once, counts once.
    random.Random(3).shuffle(visits)
    await stream.measure(*visits)
    await stream.measure(*visits)
    assert (await completed(base, ports, task))["S1"] == (3, 0)
    after = next_day + timedelta(hours=1)
    last = a_visit("G1", "visitor_d", late)
    await asyncio.gather(
        *(stream.measure(last, at=after) for _ in range(2)), return_exceptions=True
    )
    await stream.measure(last, at=after)
    assert (await completed(base, ports, task))["S1"] == (3, 1)
    assert await completed(base, ports, task, day="2037-11-22") == {
        "S1": (3, 0),
        "S2": (3, 0),
        "S9": (3, 0),
    }
    assert (await coins_of(base, "G1"), await coins_of(base, "G2")) == (20, 0)
    # After the closing time a visit counts for nothing.
    await stream.measure(a_visit("G2", "visitor_e", NOON), at=beijing("2037-11-24", "00:00:01"))
    assert await coins_of(base, "G2") == 0
    await stream.measure(a_visit("G2", "visitor_e", NOON), at=beijing("2037-11-23", "23:59:59"))
    assert await coins_of(base, "G2") == 20
    await books_are_right(base)


async def test_what_is_paid_back_takes_the_coins_back_and_another_sale_earns_them_again(
    base: Foundation,
):
    ports = await open_shops(base)
    work = some_work(ProofKind.SALES, target=10_000, coins=50, products=("10001",))
    task = await a_task(ports, base, work, act=an_act(at=NOON))
    stream = Stream(base)
    await stream.measure(
        a_sale("o1", "G1", NOON, 6_000, 3_000),
        a_sale("o2", "G1", NOON, 2_000),
        a_sale("o3", "G1", NOON, 9_999, product="10002"),
    )
    assert await coins_of(base, "G1") == 50
    # A refund of a third of the first order, long after the task, leaves 8,000 fen.
    late = NOON + timedelta(days=40)
    refund = a_refund("o1", 1, late, 3_000, paid=9_000)
    await stream.measure(refund)
    await stream.measure(refund)
    assert await coins_of(base, "G1") == 0
    assert (await completed(base, ports, task))["S1"] == (3, 0)
    [todo] = (
        await guides_of_task(doing(base, ports), an_act(), task.id, "S1", PageRequest(first=1), DAY)
    ).items
    assert (todo.copy.doer.guide_id, todo.measured) == ("G1", 8_000)
    assert todo.assignment.state is AssignmentState.FELL
    await stream.measure(a_sale("o4", "G1", NOON, 2_000), at=NOON + timedelta(days=1))
    assert await coins_of(base, "G1") == 50
    assert (await completed(base, ports, task))["S1"] == (3, 1)
    await books_are_right(base)


async def test_a_refund_that_is_heard_of_before_its_sale_counts_all_the_same(base: Foundation):
    ports = await open_shops(base)
    work = some_work(ProofKind.SALES, target=5_000)
    await a_task(ports, base, work, act=an_act(at=NOON))
    stream = Stream(base)
    await stream.measure(a_refund("o1", 1, NOON, 1, paid=5_000))
    await stream.measure(a_sale("o1", "G1", NOON, 5_000))
    assert await coins_of(base, "G1") == 0
    await stream.measure(a_sale("o2", "G1", NOON, 1))
    assert await coins_of(base, "G1") == 20


async def test_completion_is_two_round_trips_and_its_parts_sum_to_the_whole(
    base: Foundation, round_trips: list[str]
):
    ports = await open_shops(base, guides=4)
    task = await a_task(ports, base, some_work(target=1), act=an_act(at=NOON))
    stream = Stream(base)
    done = ["G1", "G2", "G1001", "G2001", "G2002", "G2003"]
    await stream.measure(*(a_visit(one, f"visitor_{one}", NOON) for one in done))
    round_trips.clear()
    found = await completion_of(doing(base, ports), an_act(at=NOON), task.id)
    assert len(round_trips) <= 2, round_trips
    regions = by_region(doing(base, ports), an_act(), found.stores)
    by_name = {region: (one.asked, one.done) for region, one in regions.items()}
    assert by_name == {"320500": (8, 3), "320200": (4, 3)}
    places = base.reference
    near = Viewer(id="r", role=Role.REGION_MANAGER, region_id="320200", places=places)
    assert await completed(base, ports, task, viewer=near) == {"S9": (4, 3)}
    assert await completed(base, ports, task, viewer=MANAGER) == {"S1": (4, 2)}
    with pytest.raises(Invalid):
        await completed(base, ports, task, day="2037-11-20")


async def test_a_manager_asks_the_guides_of_their_store_and_nobody_elses(base: Foundation):
    ports = await open_shops(base)
    manager = an_act(MANAGER, NOON)
    for audience in (
        TaskAudience(),
        TaskAudience(store_ids=("S2",)),
        TaskAudience(region_ids=("320500",)),
        TaskAudience(guide_ids=("G1", "G1001")),
    ):
        with pytest.raises(Forbidden):
            await a_task(ports, base, some_work(), act=manager, audience=audience)
    named = TaskAudience(guide_ids=("G2", "G3"))
    task = await a_task(ports, base, some_work(), act=manager, audience=named)
    assert await completed(base, ports, task, viewer=MANAGER) == {"S1": (2, 0)}
    assert await own_tasks(doing(base, ports), as_guide("G1", at=NOON)) == []
    stranger = Viewer(id="m", role=Role.STORE_MANAGER, store_id="S2")
    with pytest.raises(Forbidden):
        await cancel_task(ports, an_act(stranger, NOON), task.id, expected=1)
    off = await cancel_task(ports, manager, task.id, expected=1)
    # Who follows it still sees of whom it was asked.
    one_page = PageRequest(first=10)
    page = await guides_of_task(doing(base, ports), manager, task.id, "S1", one_page, DAY)
    assert [one.copy.doer.guide_id for one in page.items] == ["G2", "G3"]
    assert await own_tasks(doing(base, ports), as_guide("G2", at=NOON)) == []
    stream = Stream(base)
    await stream.measure(*(a_visit("G2", f"visitor_{n}", off.cancelled_at) for n in range(5)))
    assert await coins_of(base, "G2") == 0


async def test_nothing_is_asked_that_somebody_else_has_not_approved(base: Foundation):
    ports = await open_shops(base)
    task = await a_task(ports, base, some_work(), act=an_act(at=NOON))
    writing = task_template_ports(base, ports.sharing)
    await review_task_template(writing, an_act(), task.template_id, VersionState.WITHDRAWN)
    assert await own_tasks(doing(base, ports), as_guide("G1", at=NOON)) == []
    with pytest.raises(NotFound):
        await hand_in_photograph(doing(base, ports), as_guide("G1", at=NOON), task.id, "asset")
    wanted = WantedTask(
        template_id=task.template_id,
        audience=TaskAudience(),
        recurrence=Recurrence.ONCE,
        starts_on=DAY,
        ends_on=DAY,
    )
    with pytest.raises(WrongState):
        await publish_task(ports, an_act(at=NOON), wanted, idempotency_key="again")


async def test_those_who_have_not_done_it_are_reminded_so_often_a_day_at_most(
    base: Foundation, database: Database
):
    ports = await open_shops(base, guides=2)
    early = an_act(at=beijing(DAY, "08:00:00"))
    hours = {"audience": TaskAudience(store_ids=("S1",)), "remind_hours": (10, 15)}
    for _ in range(2):
        await a_task(ports, base, some_work(target=1), act=early, **hours)
    await Stream(base).measure(a_visit("G2", "visitor_a", beijing(DAY, "09:00:00")))

    async def sent(time: str) -> list[str]:
        act = an_act(at=beijing(DAY, time))
        await asyncio.gather(*(told(ports, act) for _ in range(2)))
        await told(ports, an_act(at=act.at + LEASE))
        found = await database["task_reminders"].find({"_id": {"$gt": ""}}).to_list(None)
        return sorted(one["_id"] for one in found)

    assert await sent("10:00:00") == []
    assert await sent("10:25:00") == [f"G1|{DAY}|0", f"G1|{DAY}|1"]
    # Two tasks more, in another hour: the guide has had as many as they may.
    assert await sent("15:25:00") == [f"G1|{DAY}|0", f"G1|{DAY}|1"]


@pytest.mark.parametrize("hindered_by", ["lateness", "withdrawal", "leaving"])
async def test_nobody_is_reminded_late_of_what_was_withdrawn_or_once_they_have_left(
    base: Foundation, database: Database, hindered_by: str
):
    ports = await open_shops(base, guides=1)
    early = an_act(at=beijing(DAY, "08:00:00"))
    task = await a_task(
        ports,
        base,
        some_work(),
        act=early,
        audience=TaskAudience(store_ids=("S1",)),
        remind_hours=(10,),
    )
    time = "10:25:00"
    if hindered_by == "lateness":
        time = "22:00:00"  # nothing ran in between
    elif hindered_by == "withdrawal":
        writing = task_template_ports(base, ports.sharing)
        await review_task_template(writing, an_act(), task.template_id, VersionState.WITHDRAWN)
    else:
        await base.made(MongoGuides).save_all([a_guide(1, active=False, version=2)])
    await told(ports, an_act(at=beijing(DAY, time)))
    with looking_away():
        assert await database["task_reminders"].count_documents({}) == 0
        [part] = await database["task_parts"].find({"task_id": task.id}).to_list(None)
    # The part goes on to the next day all the same.
    assert beijing("2037-11-22", "10:00:00") < part["due_at"] < beijing("2037-11-22", "11:00:00")


async def test_of_two_requests_with_one_key_at_once_one_is_refused(base: Foundation):
    ports = await open_shops(base)
    template = await an_approved_template(base, some_work())

    def wanted(recurrence: Recurrence) -> WantedTask:
        return WantedTask(
            template_id=template,
            audience=TaskAudience(),
            recurrence=recurrence,
            starts_on=DAY,
            ends_on=DAY,
        )

    answers = await asyncio.gather(
        *(
            publish_task(ports, an_act(at=NOON), wanted(one), idempotency_key="key")
            for one in (Recurrence.ONCE, Recurrence.DAILY)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in answers) == 1
