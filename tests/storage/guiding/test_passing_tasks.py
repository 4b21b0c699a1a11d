"""A guide who leaves: what they were still to do is their successor's, and what they did stays."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding.doing_tasks import completion_of, guides_of_task, own_tasks
from domain.guiding.passing_tasks import pass_tasks_on
from domain.guiding.task_templates import ProofKind, TaskUnit
from domain.guiding.tasks import Recurrence, TaskAudience
from domain.kernel.facts import Batch, Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people.successions import begin_succession, finish_succession
from domain.people.viewer import Role, Viewer
from domain.sharing.following_links import visit
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import doing_ports, passing_ports
from qianmian.wiring.people import succession_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from tests.support.crashing import KilledError, Mortal
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_guide,
    a_sale,
    a_task,
    a_visit,
    an_act,
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
LEFT = NOON + timedelta(hours=1)
ALONE = {"audience": TaskAudience(guide_ids=("G1",))}


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


async def handed_over(base: Foundation, leaver: str, heir: str, at=LEFT) -> Batch:
    """The fact that a hand-over says."""
    people = succession_ports(base)
    await begin_succession(people, an_act(at=at), leaver, heir)
    await finish_succession(people, an_act(at=at), leaver)
    with looking_away():
        found = await base.database["successions"].find_one({"_id": leaver})
    [fact] = [Fact(**one) for one in found["outbox"]["facts"]]
    return Batch(facts=(replace(fact, n=1),), upto=1)


async def asked(base: Foundation, ports, guide: str, store: str = "S1") -> dict[str, bool]:
    """What a guide finds in their list, and whether they have a link of their own to it."""
    found = await own_tasks(doing_ports(base, ports.sharing), as_guide(guide, store, LEFT))
    return {one.copy.task.id: one.copy.doer.code is not None for one in found}


@pytest.mark.parametrize("moments", [6, 8, 10, 12, 16, 24, 99])
async def test_what_is_open_passes_once_wherever_it_is_cut_short(base: Foundation, moments: int):
    ports = await open_shops(base)
    act = an_act(at=NOON)
    alone = await a_task(ports, base, some_work(target=1), act=act, **ALONE)
    both = await a_task(ports, base, some_work(target=1), act=act)
    photo = await a_task(ports, base, some_work(ProofKind.PHOTOGRAPH), act=act, **ALONE)
    once = {"recurrence": Recurrence.ONCE, **ALONE}
    done = await a_task(ports, base, some_work(target=1, title="done"), act=act, **once)
    stream = Stream(base)
    await stream.measure(a_visit("G1", "member_1", NOON))
    assert await coins_of(base, "G1") == 3 * 20
    batch = await handed_over(base, "G1", "G1001")
    passing = passing_ports(base, ports.sharing)
    life = Mortal(moments)
    publishing = replace(
        passing.publishing, tasks=life.port(ports.tasks), counts=life.port(ports.counts)
    )
    for again in (replace(passing, publishing=publishing), passing, passing):
        with contextlib.suppress(KilledError):
            await pass_tasks_on(again, an_act(at=LEFT), batch)
    # What is done once stays whose it is; the rest is the successor's, under links of their own.
    assert await asked(base, ports, "G1") == {done.id: True}
    assert await asked(base, ports, "G1001", "S2") == {
        alone.id: True,
        both.id: True,
        photo.id: False,
    }
    doing = doing_ports(base, ports.sharing)
    for task, counts in (
        (alone, {"S1": (0, 1), "S2": (1, 0)}),
        (both, {"S1": (2, 1), "S2": (3, 0), "S9": (3, 0)}),
        (done, {"S1": (1, 1)}),
    ):
        found = await completion_of(doing, an_act(at=LEFT), task.id, DAY)
        assert {one.store_id: (one.asked, one.done) for one in found.stores} == counts, task.id
    page = await guides_of_task(doing, an_act(at=LEFT), both.id, "S1", PageRequest(first=9), DAY)
    passed = {one.copy.doer.guide_id: one.copy.doer.passed_to for one in page.items}
    assert passed == {"G1": "G1001", "G2": None, "G3": None}
    # A late visit counts for nobody's copy twice, and the successor's own for theirs.
    await stream.measure(a_visit("G1", "member_2", LEFT), a_visit("G1001", "member_3", LEFT))
    assert (await coins_of(base, "G1"), await coins_of(base, "G1001")) == (60, 40)


async def test_what_a_store_does_together_stays_its_own_and_pays_who_is_there(base: Foundation):
    ports = await open_shops(base)
    work = some_work(ProofKind.SALES, unit=TaskUnit.STORE, target=100, coins=7)
    task = await a_task(ports, base, work, act=an_act(at=NOON))
    batch = await handed_over(base, "G1", "G1001")
    await pass_tasks_on(passing_ports(base, ports.sharing), an_act(at=LEFT), batch)
    assert await asked(base, ports, "G1") == {}
    assert await asked(base, ports, "G1001", "S2") == {task.id: False}
    await Stream(base).measure(a_sale("o1", "G2", LEFT + timedelta(hours=1), 100))
    coins = {one: await coins_of(base, one) for one in ("G1", "G2", "G3", "G1001")}
    assert coins == {"G1": 0, "G2": 7, "G3": 7, "G1001": 0}
    done = await completion_of(doing_ports(base, ports.sharing), an_act(at=LEFT), task.id, DAY)
    assert [(one.asked, one.done) for one in done.stores] == [(1, 1), (1, 0), (1, 0)]


async def test_who_comes_by_a_leavers_link_is_shown_the_successor_and_counts_for_them(
    base: Foundation,
):
    ports = await open_shops(base)
    await a_task(ports, base, some_work(target=1), act=an_act(at=NOON), **ALONE)
    [mine] = await own_tasks(doing_ports(base, ports.sharing), as_guide("G1", at=NOON))
    code, told_of = mine.copy.doer.code, []
    for leaver, heir in (("G1", "G1001"), ("G1001", "G2"), (None, None)):
        person = PersonId(f"member_{len(told_of)}")
        by = an_act(Viewer(id=person, role=Role.MEMBER), LEFT)
        shown = (await visit(ports.sharing, by, code)).guide.id
        with looking_away():
            touch = await base.database["touches"].find_one({"person_id": person})
        [fact] = touch["outbox"]["facts"]
        told_of.append((shown, fact["data"]["guide"]))
        if leaver:
            await handed_over(base, leaver, heir)
    assert told_of == [("G1", "G1"), ("G1001", "G1001"), ("G2", "G2")]


async def test_whoever_comes_after_a_leaver_is_reminded_of_what_was_theirs(base: Foundation):
    ports = await open_shops(base)
    await a_task(ports, base, some_work(), act=an_act(at=NOON), remind_hours=(16,), **ALONE)
    passing = passing_ports(base, ports.sharing)
    for leaver, heir in (("G1", "G1001"), ("G1001", "G2001")):
        batch = await handed_over(base, leaver, heir)
        await pass_tasks_on(passing, an_act(at=LEFT), batch)
    await base.made(MongoGuides).save_all([a_guide(1, active=False, version=2)])
    await told(ports, an_act(at=beijing(DAY, "16:25:00")))
    with looking_away():
        found = await base.database["task_reminders"].find({}).to_list(None)
    assert [one["_id"] for one in found] == [f"G2001|{DAY}|0"]
