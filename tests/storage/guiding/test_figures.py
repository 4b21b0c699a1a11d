"""Figures, assessment and titles: counted once, however often and in which order it is told."""

import asyncio
import random
from datetime import timedelta

import pytest

from domain.guiding.assessing import assess_guides, assess_regions, assessment_file
from domain.guiding.exam_effects import exam_effects
from domain.guiding.figures import FEN, ORDERS, REPEAT, VISITS, list_of_month
from domain.guiding.titles import TitleKind, guide_titles, make_titles, model_stores
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid
from domain.people.viewer import Role, Viewer
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import exam_effect_ports, figure_ports, title_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_refund,
    a_sale,
    a_visit,
    an_act,
    beijing,
    open_shops,
)
from tests.support.learning import at, keep, sit

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
# A Sunday, and the Monday after it: two weeks.
SUNDAY, MONDAY = "2026-11-22", "2026-11-23"
REGIONAL = Viewer(id="staff_r", role=Role.REGION_MANAGER, region_id="320500")


@pytest.fixture
async def base(database: Database) -> Foundation:
    base = a_foundation(database)
    await open_shops(base, guides=2)
    return base


def told():
    night = beijing(SUNDAY, "23:59:59.900")
    return [
        a_sale("o1", "G1", beijing(SUNDAY, "09:00:00"), 10_000, buyer="m1"),
        a_refund("o1", 1, beijing(MONDAY), 4_000, paid=10_000),
        a_sale("o2", "G1", night, 3_000, buyer="m1"),
        a_sale("o3", "G1001", beijing(SUNDAY, "08:00:00"), 9_000, buyer="m2"),
        a_sale("o4", "G2001", beijing(MONDAY, "00:00:00"), 500, buyer="m3"),
        a_visit("G2", "p1", beijing(SUNDAY), scene="MOMENTS"),
        a_visit("G2", "p2", night, scene="COMMUNITY"),
        a_visit("G2", "p3", beijing(MONDAY, "00:00:00"), scene="ONE_TO_ONE"),
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_told_twice_or_shuffled_is_counted_once_for_its_day_and_place(
    base: Foundation, seed: int
):
    facts, stream, chance = told(), Stream(base), random.Random(seed)
    chance.shuffle(facts)
    await stream.measure(*facts[:4])
    await stream.measure(*facts)
    ports = figure_ports(base)
    office = an_act(at=beijing(MONDAY))
    page = await assess_guides(ports, office, "320500", SUNDAY, PageRequest())
    rows = {
        one.figure.subject: [one.figure.of(name) for name in (ORDERS, FEN, VISITS)]
        for one in page.items
    }
    assert rows == {"G1": [2, 9_000, 0], "G1001": [1, 9_000, 0], "G2": [0, 0, 2]}
    assert {one.week for one in page.items} == {"2026-11-16"}
    assert sum(one.figure.of(REPEAT) for one in page.items) == 1
    regions = await assess_regions(ports, office, SUNDAY)
    assert [(one.figure.subject, one.figure.of(FEN)) for one in regions] == [("320500", 18_000)]
    regions = await assess_regions(ports, office, None)
    assert [(one.figure.subject, one.figure.of(VISITS)) for one in regions] == [
        ("320200", 0),
        ("320500", 1),
    ]
    months = await ports.figures.of([list_of_month("2026-11")])
    assert {one.subject: one.of(FEN) for one in months} == {"S1": 9_000, "S2": 9_000, "S9": 500}


async def test_a_regions_manager_sees_their_region_alone_and_takes_it_as_a_file(base: Foundation):
    await Stream(base).measure(*told())
    ports, act = figure_ports(base), an_act(REGIONAL, beijing(MONDAY))
    assert [one.figure.subject for one in await assess_regions(ports, act, None)] == ["320500"]
    with pytest.raises(Forbidden):
        await assess_guides(ports, act, "320200", None, PageRequest())
    file = await assessment_file(ports, act, "320500", SUNDAY)
    head, *rows = file.splitlines()
    assert head.startswith("week,region_id,store_id,guide_id,name,links,visits,")
    assert rows[0].startswith("2026-11-16,320500,S1,G1,小林1,0,0,0,0,2,9000,1,")
    assert len(rows) == 3


async def test_titles_are_made_once_when_their_day_is_over_and_never_change(base: Foundation):
    stream, ports = Stream(base), title_ports(base)
    await stream.measure(*told())
    early = an_act(at=beijing(MONDAY, "00:30:00"))
    await make_titles(ports, early)
    assert await guide_titles(ports, early, SUNDAY) is None
    late = an_act(at=beijing(MONDAY, "01:00:00"))
    await asyncio.gather(*(make_titles(ports, late) for _ in range(3)))
    roll = await guide_titles(ports, late, None)
    assert roll is not None
    assert [(one.kind, one.subject, one.reached) for one in roll.titles] == [
        (TitleKind.FIRST_ORDER, "G1001", 8 * 3_600),
        (TitleKind.BEST_SELLER, "G1", 9_000),
        (TitleKind.BEST_SELLER, "G1001", 9_000),
        (TitleKind.SEEDING_KING, "G2", 2),
        (TitleKind.BEST_REPURCHASE, "G1", 1),
    ]
    await stream.measure(a_sale("o9", "G2", beijing(SUNDAY), 90_000))
    await make_titles(ports, an_act(at=late.at + timedelta(hours=1)))
    assert await guide_titles(ports, late, SUNDAY) == roll
    december = an_act(at=beijing("2026-12-01", "01:00:00"))
    await make_titles(ports, december)
    stores = await model_stores(ports, december, None)
    assert stores is not None
    assert [(one.subject, one.rank, one.reached) for one in stores.titles] == [
        ("S1", 1, 99_000),
        ("S2", 2, 9_000),
        ("S9", 3, 500),
    ]
    with pytest.raises(Invalid):
        await model_stores(ports, december, "2026")


async def test_an_exam_is_compared_with_what_was_done_in_as_many_weeks_before_and_after(
    base: Foundation,
):
    exams, stream = await keep(base), Stream(base)
    day = beijing("2026-11-25")
    assert (await sit(exams, at(day, "G1"), 10)).passed
    assert not (await sit(exams, at(day, "G2"), 0)).passed
    week = timedelta(weeks=1)
    await stream.measure(
        a_sale("b1", "G1", day - week, 1_000),
        a_sale("now", "G1", day, 50_000),
        a_sale("a1", "G1", day + week, 3_000),
        a_sale("a2", "G2", day + week, 700),
        a_sale("later", "G1", day + 2 * week, 9_000),
    )
    ports = exam_effect_ports(base)
    early = await exam_effects(ports, an_act(at=day + week), "exam_1", "320500")
    assert {one.weeks for one in early} == {0}
    found = await exam_effects(ports, an_act(at=day + 2 * week), "exam_1", "320500")
    assert [
        (one.topic, one.well, one.people, one.weeks, one.before[FEN], one.after[FEN])
        for one in found
    ] == [
        ("care", False, 1, 1, 0, 700),
        ("care", True, 1, 1, 1_000, 3_000),
        ("sizes", False, 1, 1, 0, 700),
        ("sizes", True, 1, 1, 1_000, 3_000),
    ]
    with pytest.raises(Forbidden):
        await exam_effects(ports, an_act(REGIONAL), "exam_1", "320200")
