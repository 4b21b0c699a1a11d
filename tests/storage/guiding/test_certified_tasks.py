"""Tasks that ask for an exam or a certificate, pay a coupon, or are published twice at once."""

import asyncio
from datetime import timedelta

import pytest

from domain.guiding.doing_tasks import hand_in_photograph, own_tasks
from domain.guiding.publishing_tasks import WantedTask, publish_task
from domain.guiding.task_templates import ProofKind
from domain.guiding.tasks import AssignmentState, Recurrence, TaskAudience
from domain.guiding.writing_tasks import write_task_template
from domain.kernel.facts import Fact
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Invalid
from domain.kernel.uses import Used, UsedKind
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import doing_ports, task_template_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets
from tests.storage.media.test_assets import an_asset
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
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
HOUR = timedelta(hours=1)


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


async def marks(base: Foundation) -> list[Fact]:
    """What attempts have said so far."""
    with looking_away():
        found = await base.database["exam_attempts"].find({}).to_list(None)
    return [Fact(**fact) for one in found for fact in one.get("outbox", {}).get("facts", ())]


async def test_a_pass_does_a_task_and_who_passed_before_is_not_asked(base: Foundation):
    ports = await open_shops(base, guides=2)
    exams = await keep(base)
    await sit(exams, at(NOON - HOUR, "G2"), 9)
    work = some_work(ProofKind.EXAM, target=1, exam_id="exam_1")
    await a_task(ports, base, work, act=an_act(at=NOON), recurrence=Recurrence.ONCE)
    doing = doing_ports(base, ports.sharing)
    assert await own_tasks(doing, as_guide("G2", at=NOON)) == []
    stream = Stream(base)
    await sit(exams, at(NOON + HOUR, "G1"), 0)
    await stream.measure(*await marks(base), at=NOON + 2 * HOUR)
    [mine] = await own_tasks(doing, as_guide("G1", at=NOON + 2 * HOUR))
    assert (mine.measured, mine.done) == (0, False)
    with looking_away():
        await base.database["learning_topics"].delete_many({})  # there is nothing to read again
    await sit(exams, at(NOON + 2 * HOUR, "G1"), 9)
    for _ in range(2):
        await stream.measure(*await marks(base), at=NOON + 3 * HOUR)
    [mine] = await own_tasks(doing, as_guide("G1", at=NOON + 3 * HOUR))
    assert (mine.measured, mine.done) == (1, True)
    assert await coins_of(base, "G1") == 20


async def test_a_task_is_asked_of_those_alone_who_hold_its_certificate(base: Foundation):
    ports = await open_shops(base, guides=2)
    exams = await keep(base, an_exam(certificate="down-care"))
    await sit(exams, at(NOON - HOUR, "G2"), 9)
    work = some_work(certificate="down-care", target=1)
    await a_task(ports, base, work, act=an_act(at=NOON), recurrence=Recurrence.ONCE)
    doing = doing_ports(base, ports.sharing)
    assert await own_tasks(doing, as_guide("G1", at=NOON)) == []
    [theirs] = await own_tasks(doing, as_guide("G2", at=NOON))
    assert theirs.copy.task.work.certificate == "down-care"
    stream = Stream(base)
    await stream.measure(a_visit("G1", "p1", NOON), a_visit("G2", "p1", NOON))
    assert [await coins_of(base, one) for one in ("G1", "G2")] == [0, 20]
    # Once they hold it, what happens from then on counts.
    await sit(exams, at(NOON, "G1"), 9)
    await stream.measure(a_visit("G1", "p2", NOON + HOUR))
    assert await coins_of(base, "G1") == 20


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"certificate": "none"}, "certificate"),
        ({"exam_id": "exam_1"}, "examId"),
        ({"proof": ProofKind.EXAM, "exam_id": "none", "target": 1}, "examId"),
        ({"proof": ProofKind.EXAM, "target": 1}, "examId"),
    ],
)
async def test_what_there_is_not_is_refused_by_its_field(base: Foundation, changes, field):
    ports = await open_shops(base, guides=1)
    templates = task_template_ports(base, ports.sharing)
    with pytest.raises(Invalid) as refusal:
        await write_task_template(templates, an_act(), some_work(**changes), idempotency_key="k")
    assert refusal.value.field == ("input", field)


async def test_two_requests_under_one_key_at_once_are_one_task_for_its_own_audience(
    base: Foundation,
):
    ports = await open_shops(base, guides=3)
    template = await an_approved_template(base, some_work())
    wanted = [
        WantedTask(
            template_id=template,
            audience=TaskAudience(store_ids=(store,)),
            recurrence=Recurrence.ONCE,
            starts_on=DAY,
            ends_on=DAY,
        )
        for store in ("S1", "S2")
    ]
    act = an_act(at=NOON)
    answers = await asyncio.gather(
        *(publish_task(ports, act, one, idempotency_key="one") for one in wanted),
        return_exceptions=True,
    )
    tasks = [one for one in answers if not isinstance(one, Conflict)]
    assert len(tasks) == 1
    await told(ports, act)
    [asked] = tasks[0].audience.store_ids
    with looking_away():
        doers = await base.database["task_doers"].find({}).to_list(None)
        waiting = await base.database["task_parts"].count_documents({"published": False})
    assert {one["store_id"] for one in doers} == {asked}
    assert (len(doers), waiting) == (3, 0)


async def test_a_photograph_is_in_the_index_of_what_is_used(base: Foundation):
    ports = await open_shops(base, guides=1)
    task = await a_task(
        ports,
        base,
        some_work(ProofKind.PHOTOGRAPH),
        act=an_act(at=NOON),
        recurrence=Recurrence.ONCE,
    )
    doing = doing_ports(base, ports.sharing)
    asset = an_asset(uploaded_by="G1")
    assert await base.made(MongoAssets).add(asset)
    picture = asset.id
    handed = await hand_in_photograph(doing, as_guide("G1", at=NOON), task.id, picture)
    assert handed.assignment is not None
    assert handed.assignment.state is AssignmentState.HANDED_IN
    target = Used(kind=UsedKind.ASSET, id=picture)
    page = await base.made(MongoUses).of(target, PageRequest())
    assert [(one.kind, one.id, one.label) for one in page.items] == [
        ("TASK_COPY", handed.copy.id, "晒晒羽绒服")
    ]
