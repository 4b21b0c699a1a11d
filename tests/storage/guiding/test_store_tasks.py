"""Tasks that a store does together, managers' own, and what guides send to one customer alone."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.guiding.doing_tasks import (
    completion_of,
    guides_of_task,
    hand_in_photograph,
    judge_photograph,
    own_tasks,
)
from domain.guiding.publishing_tasks import WantedTask, publish_task
from domain.guiding.task_templates import ProofKind, TaskContent, TaskUnit
from domain.guiding.tasks import (
    AGAIN_AFTER,
    AssignmentState,
    Recurrence,
    TaskAudience,
    TaskDoer,
)
from domain.guiding.writing_tasks import write_task_template
from domain.kernel.days import beijing_day
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Unavailable
from domain.people.accounts import Staff
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import doing_ports, task_template_ports
from storage.mongo.kernel.database import Database
from storage.mongo.media.assets import MongoAssets
from storage.mongo.people.people import MongoStaff
from tests.storage.media.test_assets import an_asset
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    COAT,
    OFFICE,
    Stream,
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
from tests.support.learning import an_exam, at, keep, sit
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
DAY = "2037-11-21"
NOON = beijing(DAY)
BOTH = (Role.GUIDE, Role.STORE_MANAGER)
TOGETHER = some_work(ProofKind.SALES, unit=TaskUnit.STORE, target=100, coins=7)


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


def as_manager(store: str = "S1") -> Act:
    manager = Viewer(id=f"staff_{store}", role=Role.STORE_MANAGER, store_id=store)
    return an_act(manager, NOON)


async def managed(base: Foundation, *stores: str) -> None:
    """Stores with a manager each."""
    for store in stores:
        fields = {"id": f"staff_{store}", "login": store, "name": f"店长{store}"}
        role = {"role": Role.STORE_MANAGER, "store_id": store, "password_hash": None}
        await base.made(MongoStaff).save(Staff(**fields, **role), expected=0)


async def test_managers_may_be_named_by_themselves(base: Foundation):
    ports = await open_shops(base, guides=0)
    await managed(base, "S1", "S2")
    work, act = some_work(ProofKind.PHOTOGRAPH), an_act(at=NOON)
    named = TaskAudience(guide_ids=("staff_S2",))
    task = await a_task(ports, base, work, act=act, roles=BOTH, audience=named)
    assert task.guides == 1
    doing = doing_ports(base, ports.sharing)
    assert [len(await own_tasks(doing, as_manager(one))) for one in ("S1", "S2")] == [0, 1]
    for roles, audience in (((Role.GUIDE,), named), (BOTH, TaskAudience(store_ids=("S9",)))):
        with pytest.raises(NotFound, match="Nobody who is active"):
            await a_task(ports, base, work, act=act, roles=roles, audience=audience)


async def test_a_stores_guides_reach_it_together_and_each_is_paid_once(base: Foundation):
    ports = await open_shops(base)
    await managed(base, "S1", "S2")
    task = await a_task(ports, base, TOGETHER, act=an_act(at=NOON), roles=BOTH)
    assert task.guides == 9 + 2
    doing, stream = doing_ports(base, ports.sharing), Stream(base)

    async def seen(act: Act) -> tuple[int, bool]:
        [one] = await own_tasks(doing, act)
        return one.measured, one.done

    async def far() -> dict[str, tuple[int, int]]:
        found = await completion_of(doing, an_act(OFFICE, NOON), task.id, DAY)
        return {one.store_id: (one.asked, one.done) for one in found.stores}

    g1, g3 = as_guide("G1", at=NOON), as_guide("G3", at=NOON)
    await stream.measure(a_sale("o1", "G1", NOON, 60), a_sale("o9", "G1001", NOON, 99))
    assert await seen(g3) == await seen(as_manager()) == (60, False)
    await stream.measure(a_sale("o2", "G2", NOON, 60), a_sale("o1", "G1", NOON, 60))
    assert await seen(g1) == await seen(g3) == await seen(as_manager()) == (120, True)
    assert await seen(as_manager("S2")) == (99, False)
    assert await far() == {"S1": (1, 1), "S2": (1, 0), "S9": (1, 0)}
    # G3 has sold nothing and is one of the store; its manager has no coins, and no purse.
    people = ("G1", "G2", "G3", "G1001", "staff_S1")
    assert [await coins_of(base, one) for one in people] == [7, 7, 7, 0, 0]
    page = await guides_of_task(doing, as_manager(), task.id, "S1", PageRequest(), DAY)
    assert [one.done for one in page.items] == [True] * 4
    # What one of them sold is paid back, and takes from all of them; once.
    back = a_refund("o2", 1, NOON, 60, paid=60)
    await stream.measure(back)
    await stream.measure(back)
    assert await seen(g3) == (60, False)
    assert [await coins_of(base, one) for one in people] == [0] * 5
    await stream.measure(a_sale("o3", "G3", NOON, 40))
    assert [await coins_of(base, one) for one in people] == [7, 7, 7, 0, 0]
    assert await far() == {"S1": (1, 1), "S2": (1, 0), "S9": (1, 0)}


async def test_of_what_a_store_did_together_who_lacks_the_certificate_is_paid_nothing(
    base: Foundation,
):
    ports = await open_shops(base)
    exams = await keep(base, an_exam(certificate="羽绒"))
    sat = at(person="G1")
    await sit(exams, sat, 6)
    act, day = an_act(at=sat.at), beijing_day(sat.at).isoformat()
    needs = some_work(ProofKind.SALES, unit=TaskUnit.STORE, target=100, coins=7, certificate="羽绒")
    await a_task(ports, base, needs, act=act, starts_on=day, ends_on=day)
    stream = Stream(base)
    await stream.measure(a_sale("o1", "G1", sat.at, 100))
    assert [await coins_of(base, one) for one in ("G1", "G2")] == [7, 0]
    await stream.measure(a_refund("o1", 1, sat.at, 60, paid=100))
    assert [await coins_of(base, one) for one in ("G1", "G2")] == [0, 0]


async def test_a_manager_hands_in_a_picture_of_their_own_and_does_not_judge_it(base: Foundation):
    ports = await open_shops(base)
    await managed(base, "S1", "S2")
    task = await a_task(
        ports,
        base,
        some_work(ProofKind.PHOTOGRAPH),
        act=an_act(at=NOON),
        roles=(Role.STORE_MANAGER,),
        audience=TaskAudience(store_ids=("S1",)),
    )
    assert task.guides == 1
    doing, me = doing_ports(base, ports.sharing), as_manager()
    assert await own_tasks(doing, as_guide("G1", at=NOON)) == []
    assert await own_tasks(doing, as_manager("S2")) == []
    await base.made(MongoAssets).add(an_asset(uploaded_by=me.viewer.id))
    copy = await hand_in_photograph(doing, me, task.id, an_asset().id)
    with pytest.raises(Forbidden, match="above you"):
        await judge_photograph(doing, me, copy.assignment.id, good=True)
    office = an_act(OFFICE, NOON)
    judged = await judge_photograph(doing, office, copy.assignment.id, good=True)
    assert judged.assignment.state is AssignmentState.DONE
    await Stream(base).reward()
    assert await coins_of(base, me.viewer.id) == 0


async def test_whom_it_can_not_be_measured_of_is_not_asked(base: Foundation):
    ports = await open_shops(base)
    for work, roles in (
        (some_work(), BOTH),
        (TOGETHER, (Role.STORE_MANAGER,)),
        (some_work(), ()),
        (some_work(), (Role.GUIDE, Role.FINANCE)),
    ):
        wanted = WantedTask(
            template_id=await an_approved_template(base, work),
            audience=TaskAudience(),
            recurrence=Recurrence.ONCE,
            starts_on=DAY,
            ends_on=DAY,
            roles=roles,
        )
        with pytest.raises(Invalid) as refused:
            await publish_task(ports, an_act(at=NOON), wanted, idempotency_key="k")
        assert refused.value.field == ("input", "roles")


async def test_members_who_open_what_was_sent_to_them_alone_count_once_each(base: Foundation):
    ports = await open_shops(base)
    follow = some_work(ProofKind.FOLLOW_UPS, target=2)
    await a_task(ports, base, follow, act=an_act(at=NOON))
    alone = {"scene": "ONE_TO_ONE"}
    facts = [
        a_visit("G1", "member_1", NOON, **alone),
        a_visit("G1", "member_1", NOON + timedelta(hours=1), kind="POST", target="p", **alone),
        a_visit("G1", "member_2", NOON, scene="MOMENTS"),
        a_visit("G1", "visitor_3", NOON, **alone),
        a_visit("G2", "member_2", NOON, **alone),
    ]
    stream, doing = Stream(base), doing_ports(base, ports.sharing)
    await stream.measure(*facts)
    [copy] = await own_tasks(doing, as_guide("G1", at=NOON))
    assert (copy.measured, copy.done) == (1, False)
    await stream.measure(a_visit("G1", "member_4", NOON, **alone))
    [copy] = await own_tasks(doing, as_guide("G1", at=NOON))
    assert copy.done
    templates = task_template_ports(base, ports.sharing)
    aloud = some_work(
        ProofKind.FOLLOW_UPS, content=TaskContent(target=COAT.target, scene=COAT.scene)
    )
    for work, field in (
        (aloud, "content"),
        (some_work(ProofKind.EXAM, target=1, exam_id="e", unit=TaskUnit.STORE), "unit"),
    ):
        with pytest.raises(Invalid) as refused:
            await write_task_template(templates, an_act(at=NOON), work, idempotency_key="k")
        assert refused.value.field == ("input", field)


async def test_who_was_not_asked_is_not_reminded(base: Foundation):
    ports = await open_shops(base)
    exams = await keep(base)
    await managed(base, "S1")
    sat = at(person="G1")
    await sit(exams, sat, 6)
    passes = some_work(ProofKind.EXAM, target=1, exam_id="exam_1")
    act = an_act(at=sat.at)
    await a_task(ports, base, passes, act=act, remind_hours=(15,), roles=BOTH)
    lacking = some_work(ProofKind.SALES, unit=TaskUnit.STORE, target=100, certificate="none")
    await a_task(ports, base, lacking, act=act, remind_hours=(15,))
    day = beijing_day(act.at).isoformat()
    await told(ports, an_act(at=beijing(day, "15:40:00")))
    with looking_away():
        sent = await base.database["task_reminders"].find({}).to_list(None)
    # All but who has passed are reminded of the exam, the manager too; nobody of the other.
    guides = {f"G{n}" for n in (2, 3, 1001, 1002, 1003, 2001, 2002, 2003)}
    assert {one["_id"].split("|")[0] for one in sent} == guides | {"staff_S1"}
    assert len(sent) == 9


async def test_a_part_that_went_wrong_is_begun_again_soon(base: Foundation, monkeypatch):
    ports = await open_shops(base)
    asked = ports.tasks.ask
    broken: list[int] = []

    async def ask(doers: Sequence[TaskDoer]) -> None:
        await asked(doers[:1])
        if not broken:
            broken.append(1)
            raise Unavailable("The database does not answer just now.")
        await asked(doers)

    monkeypatch.setattr(ports.tasks, "ask", ask)
    with pytest.raises(ExceptionGroup):
        await a_task(ports, base, TOGETHER, act=an_act(at=NOON))
    await told(ports, an_act(at=NOON + AGAIN_AFTER - timedelta(milliseconds=1)))
    doing = doing_ports(base, ports.sharing)
    assert await own_tasks(doing, as_guide("G2", at=NOON)) == []
    await told(ports, an_act(at=NOON + AGAIN_AFTER))
    [copy] = await own_tasks(doing, as_guide("G2", at=NOON))
    found = await completion_of(doing, an_act(OFFICE, NOON), copy.copy.task.id, DAY)
    assert [one.asked for one in found.stores] == [1, 1, 1]
