"""Contests in the database: sealed once, paid once, whatever is told again, late, or shuffled."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding.contests import (
    SEALED_AFTER,
    WHOLE,
    Contest,
    ContestRules,
    ContestUnit,
    DrawnTeam,
)
from domain.guiding.reporting_sales import WantedReport, judge_report, report_sale
from domain.guiding.running_contests import (
    ContestPorts,
    all_contests,
    approve_contest,
    follow_standing,
    make_contest,
    seal_contests,
    standing_of,
)
from domain.guiding.sale_report_facts import fact_of_report
from domain.guiding.sale_reports import SaleReportState
from domain.insight.contest_boards import contest_csv, contest_rows
from domain.kernel.apply_once import GRACE, finish_open
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, WrongState
from domain.network.stores import Owner, OwnerId, OwnerKind
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from domain.wallets.reconciling import reconcile_wallets
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import contest_ports, sale_report_ports
from qianmian.wiring.insight import contest_board_ports
from storage.mongo.guiding.live_places import MongoLivePlaces
from storage.mongo.kernel.database import Database
from storage.mongo.media.assets import MongoAssets
from tests.domain.guiding.test_contests import some_rules
from tests.storage.media.test_assets import an_asset
from tests.support.builders import a_store
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_refund,
    a_sale,
    an_act,
    as_guide,
    beijing,
    coins_of,
    open_shops,
)
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
FIRST, SECOND = "2026-11-21", "2026-11-22"
BEFORE = beijing("2026-11-20")
TRAINER = Viewer(id="staff_trainer", role=Role.TRAINER)
ALL = PageRequest(first=100)
ALIKE = (DrawnTeam(name="红队", guide_ids=("G1",)), DrawnTeam(name="红队 ", guide_ids=("G2",)))


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


async def made_of(ports: ContestPorts, rules: ContestRules, act: Act | None = None) -> Contest:
    """Another contest, whatever its rules."""
    act = act or an_act(TRAINER, BEFORE)
    return await make_contest(ports, act, rules, idempotency_key=new_id("key"))


async def a_contest(base: Foundation, rules: ContestRules, *, guides: int = 3):
    tasks = await open_shops(base, guides=guides)
    ports = contest_ports(base, tasks.sharing)
    made = await made_of(ports, rules)
    return ports, await approve_contest(ports, an_act(at=BEFORE), made.id)


async def places(ports: ContestPorts, contest: Contest, day: str | None) -> list[tuple]:
    _, page = await standing_of(ports, an_act(), contest.id, day, ALL)
    return [(one.rank, one.subject, one.fen, one.correction) for one in page.items]


def sales():
    """Sales about midnight, and a refund of each that comes in time."""
    night = beijing(FIRST, "23:59:59.900")
    return [
        a_sale("o1", "G1", night, 10_000),
        a_refund("o1", 1, night + timedelta(hours=40), 4_000, paid=10_000),
        a_sale("o2", "G1", beijing(SECOND, "00:00:00"), 3_000),
        a_sale("o3", "G2", beijing(FIRST), 6_000),
        a_sale("o4", "G1001", beijing(FIRST), 5_000),
        a_sale("o5", "G1001", beijing("2026-11-20", "23:59:59"), 9_999),
        a_sale("o6", "G1001", beijing("2026-11-23", "00:00:00"), 9_999),
        a_sale("o7", "G1002", beijing(SECOND), 2_000, 1_000),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_in_whatever_order_it_is_told_the_same_is_sealed_and_paid_once(
    base: Foundation, seed: int
):
    rules = some_rules(prizes=(100, 50, 20), day_prizes=(31,))
    ports, contest = await a_contest(base, rules)
    assert contest.entrants == 9
    facts, stream, chance = sales(), Stream(base), random.Random(seed)
    chance.shuffle(facts)
    await stream.measure(*facts[:4])
    await stream.measure(*facts)
    live = [(1, "G1", 6_000, 0), (1, "G2", 6_000, 0), (3, "G1001", 5_000, 0)]
    assert await places(ports, contest, FIRST) == live
    assert await places(ports, contest, SECOND) == [(1, "G1", 3_000, 0), (1, "G1002", 3_000, 0)]
    whole = [
        (1, "G1", 9_000, 0),
        (2, "G2", 6_000, 0),
        (3, "G1001", 5_000, 0),
        (4, "G1002", 3_000, 0),
    ]
    assert await places(ports, contest, None) == whole
    early = contest.rules.seals_at(FIRST)
    assert await seal_contests(ports, an_act(at=early)) == 0
    # Of several that seal at the same time each day is sealed, and paid, once.
    late = an_act(at=contest.rules.seals_at(WHOLE) + SEALED_AFTER)
    for _ in range(4):
        await asyncio.gather(*(seal_contests(ports, late) for _ in range(3)))
    assert await seal_contests(ports, late) == 0
    coins = {one: await coins_of(base, one) for one in ("G1", "G2", "G1001", "G1002", "G2001")}
    assert coins == {"G1": 100 + 16 + 16, "G2": 50 + 15, "G1001": 20, "G1002": 15, "G2001": 0}
    # What is paid back after the sealing changes no place and takes no prize away.
    after = late.at + timedelta(days=1)
    await stream.measure(a_refund("o3", 1, after, 6_000, paid=6_000))
    assert await places(ports, contest, FIRST) == [live[0], (1, "G2", 6_000, -6_000), live[2]]
    assert (await places(ports, contest, None))[1] == (2, "G2", 6_000, -6_000)
    standing, _ = await standing_of(ports, an_act(), contest.id, FIRST, ALL)
    again, _ = await standing_of(ports, an_act(), contest.id, FIRST, ALL)
    assert standing.sealed == again.sealed
    boards = contest_board_ports(base, ports)
    for day in (FIRST, SECOND, None):
        for _, subject, fen, correction in await places(ports, contest, day):
            rows = (await contest_rows(boards, an_act(), contest.id, day, subject, ALL)).items
            assert sum(one.fen for one in rows if not one.late) == fen
            assert sum(one.fen for one in rows if one.late) == correction
    rows = (await contest_rows(boards, an_act(), contest.id, FIRST, "G2", ALL)).items
    assert [(one.about, one.fen, one.late) for one in rows] == [
        ("o3", -6_000, True),
        ("o3", 6_000, False),
    ]
    _, *file = (await contest_csv(boards, an_act(), contest.id, FIRST)).splitlines()
    assert [line.split(",")[2:6] for line in file] == [
        ["1", "G1", "6000", "0"],
        ["1", "G2", "6000", "-6000"],
        ["3", "G1001", "5000", "0"],
    ]
    assert await coins_of(base, "G2") == 65
    wallets = ports.coins.wallets
    assert [one async for one in reconcile_wallets(wallets, an_act(), mend=False)] == []


class Cut(Exception):
    """A crash."""


async def test_a_sealing_that_dies_anywhere_is_gone_on_with_and_pays_once(base: Foundation):
    ports, contest = await a_contest(base, some_rules(prizes=(100,), day_prizes=(31,)))
    await Stream(base).measure(*sales())
    left = 0

    class Dying:
        """A port of which each write may be the last thing that a process does."""

        def __init__(self, real: object, *names: str) -> None:
            self._real, self._names = real, names

        def __getattr__(self, name: str):
            found = getattr(self._real, name)
            return self._dying(found) if name in self._names else found

        def _dying(self, write):
            async def dying(*args, **kwargs):
                nonlocal left
                if left == 0:
                    raise Cut
                left -= 1
                done = await write(*args, **kwargs)
                if left == 0:
                    raise Cut
                left -= 1
                return done

            return dying

    wallets = ports.coins.wallets
    ledger = Dying(wallets.ledger, "insert", "change", "conclude", "unmark")
    cut = replace(
        ports,
        scoring=replace(ports.scoring, contests=Dying(ports.scoring.contests, "seal", "save")),
        coins=replace(ports.coins, wallets=replace(wallets, ledger=ledger)),
    )
    late = an_act(at=contest.rules.seals_at(WHOLE) + SEALED_AFTER)
    deaths, steps = 0, 0
    # Each life gets one write further than the one before.
    while True:
        left = steps
        try:
            if await seal_contests(cut, late) == 0:
                break
            steps = 0
        except* Cut:
            deaths, steps = deaths + 1, steps + 1
    await finish_open(wallets.ledger, now() + GRACE + timedelta(seconds=1))
    assert deaths > 12
    coins = {one: await coins_of(base, one) for one in ("G1", "G2", "G1001", "G1002", "G2001")}
    assert coins == {"G1": 100 + 16 + 16, "G2": 15, "G1001": 0, "G1002": 15, "G2001": 0}
    sealed = (await ports.scoring.contests.by_ids([contest.id]))[contest.id].sealed
    assert sealed == (FIRST, SECOND, WHOLE)


async def test_teams_are_the_sums_of_their_guides_and_each_guide_has_the_prize(base: Foundation):
    ports, contest = await a_contest(base, some_rules(unit=ContestUnit.REGION, prizes=(10,)))
    stream = Stream(base)
    await stream.measure(*sales())
    assert await places(ports, contest, None) == [(1, "320500", 23_000, 0)]
    await stream.measure(a_sale("o9", "G2001", beijing(FIRST), 23_001))
    assert (await places(ports, contest, None))[0] == (1, "320200", 23_001, 0)
    late = an_act(at=contest.rules.seals_at(WHOLE) + SEALED_AFTER)
    for _ in range(3):
        await seal_contests(ports, late)
    assert [await coins_of(base, f"G200{n}") for n in (1, 2, 3)] == [10, 10, 10]
    assert await coins_of(base, "G1") == 0


async def test_the_branches_of_the_brand_are_teams(base: Foundation):
    tasks = await open_shops(base)
    branch = Owner(id=OwnerId("wuxi"), name="无锡分公司", kind=OwnerKind.BRAND)
    await base.reference.save_owners([branch])
    wuxi = a_store("S9", region_id="320200", owner_id=branch.id, version=2)
    await base.reference.save_stores([wuxi])
    with looking_away():
        await base.reference.opened()
    ports = contest_ports(base, tasks.sharing)
    made = await made_of(ports, some_rules(unit=ContestUnit.OWNER))
    contest = await approve_contest(ports, an_act(at=BEFORE), made.id)
    await Stream(base).measure(*sales(), a_sale("o9", "G2001", beijing(FIRST), 1))
    assert await places(ports, contest, None) == [(1, "brand", 23_000, 0), (2, "wuxi", 1, 0)]


async def test_drawn_teams_and_their_rules_are_frozen_once_somebody_else_approves(
    base: Foundation,
):
    teams = (
        DrawnTeam(name="红队", guide_ids=("G1", "G1001")),
        DrawnTeam(name="蓝队", guide_ids=("G2",)),
    )
    rules = some_rules(unit=ContestUnit.DRAWN, teams=teams)
    tasks = await open_shops(base)
    ports = contest_ports(base, tasks.sharing)
    office = an_act(at=BEFORE)
    own = await made_of(ports, rules, office)
    with pytest.raises(Forbidden):
        await approve_contest(ports, office, own.id)
    with pytest.raises(WrongState):
        await standing_of(ports, office, own.id, None, ALL)
    made = await made_of(ports, rules)
    answers = await asyncio.gather(
        *(approve_contest(ports, office, made.id) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(one, Refusal) or one.entrants == 3 for one in answers)
    assert sum(not isinstance(one, Refusal) for one in answers) == 1
    await Stream(base).measure(*sales())
    found = await places(ports, made, None)
    assert found == [(1, "红队", 14_000, 0), (2, "蓝队", 6_000, 0)]
    late = await made_of(ports, rules)
    with pytest.raises(WrongState):
        await approve_contest(ports, an_act(at=beijing(FIRST, "00:00:00")), late.id)


async def test_a_contest_that_is_sent_twice_is_made_once(base: Foundation):
    tasks = await open_shops(base)
    ports, act = contest_ports(base, tasks.sharing), an_act(TRAINER, BEFORE)
    sent = [make_contest(ports, act, some_rules(), idempotency_key="one") for _ in range(3)]
    assert len({one.id for one in await asyncio.gather(*sent)}) == 1
    assert (await all_contests(ports, act, ALL)).total == 1
    other = some_rules(title="秋季开门红")
    with pytest.raises(Conflict):
        await make_contest(ports, act, other, idempotency_key="one")
    # Somebody else's key of the same name is another.
    await made_of(ports, other)
    colleague = an_act(at=BEFORE)
    await make_contest(ports, colleague, other, idempotency_key="one")
    assert (await all_contests(ports, act, ALL)).total == 3


async def test_a_live_standing_of_many_is_two_round_trips(base: Foundation, round_trips: list[str]):
    ports, contest = await a_contest(base, some_rules(), guides=150)
    guides = [f"G{1 + store + n}" for store in (0, 1_000, 2_000) for n in range(150)]
    stream = Stream(base)
    await stream.measure(
        *(a_sale(f"o{n}", one, beijing(FIRST), 100 + n) for n, one in enumerate(guides))
    )
    round_trips.clear()
    _, page = await standing_of(ports, an_act(), contest.id, FIRST, PageRequest(first=3))
    assert len(round_trips) <= 2, round_trips
    assert page.total == 450
    assert [(one.rank, one.fen) for one in page.items] == [(1, 549), (2, 548), (3, 547)]
    with pytest.raises(Invalid):
        await standing_of(ports, an_act(), contest.id, "2026-11-23", ALL)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": "2026-11-20"}, "endsOn"),
        ({"prizes": (-1,)}, "prizes"),
        ({"target": -1}, "targetFen"),
        ({"unit": ContestUnit.DRAWN}, "teams"),
        ({"unit": ContestUnit.DRAWN, "teams": ALIKE}, "teams"),
        ({"products": ("none",)}, "productIds"),
        ({"title": " "}, "title"),
    ],
)
async def test_rules_that_can_not_be_are_refused_by_their_field(base: Foundation, changes, field):
    tasks = await open_shops(base)
    ports = contest_ports(base, tasks.sharing)
    with pytest.raises(Invalid) as refusal:
        await made_of(ports, some_rules(**changes))
    assert refusal.value.field == ("input", field)


async def test_a_reported_sale_counts_once_somebody_has_looked_at_it(
    base: Foundation, database: Database
):
    ports, contest = await a_contest(base, some_rules())
    reports = sale_report_ports(base)
    asset = an_asset(uploaded_by="G1")
    assert await MongoAssets(database).add(asset)
    wanted = WantedReport(contest_id=contest.id, day=FIRST, fen=7_000, asset_id=asset.id)
    guide = as_guide("G1", at=beijing(FIRST))
    told = await asyncio.gather(
        *(report_sale(reports, guide, wanted, idempotency_key="one") for _ in range(3))
    )
    assert len({one.id for one in told}) == 1
    for changes, refusal in (
        ({"day": "2026-11-20"}, Invalid),
        ({"day": SECOND}, Invalid),
        ({"fen": 0}, Invalid),
        ({"asset_id": "asset_of_nobody"}, NotFound),
        ({"contest_id": "none"}, NotFound),
    ):
        with pytest.raises(refusal):
            await report_sale(
                reports, guide, replace(wanted, **changes), idempotency_key=str(changes)
            )
    elsewhere = Viewer(id="staff_s2", role=Role.STORE_MANAGER, store_id="S2")
    manager = Viewer(id="staff_s1", role=Role.STORE_MANAGER, store_id="S1")
    to = SaleReportState.APPROVED
    with pytest.raises(Forbidden):
        await judge_report(reports, an_act(elsewhere), told[0].id, to)
    looked = an_act(manager, beijing(SECOND))
    done = await judge_report(reports, looked, told[0].id, to)
    with pytest.raises(WrongState):
        await judge_report(reports, looked, told[0].id, SaleReportState.REJECTED, "重复")
    stream = Stream(base)
    for _ in range(2):
        await stream.measure(fact_of_report(done), a_sale("o1", "G2", beijing(FIRST), 6_999))
    assert await places(ports, contest, FIRST) == [(1, "G1", 7_000, 0), (2, "G2", 6_999, 0)]
    assert await places(ports, contest, None) == [(1, "G1", 7_000, 0), (2, "G2", 6_999, 0)]
    # One that is looked at after the sealing stands beside it.
    late = await report_sale(reports, guide, replace(wanted, fen=5), idempotency_key="two")
    over = an_act(manager, contest.rules.seals_at(WHOLE) + SEALED_AFTER)
    for _ in range(3):
        await seal_contests(ports, over)
    await stream.measure(fact_of_report(await judge_report(reports, over, late.id, to)))
    assert await places(ports, contest, FIRST) == [(1, "G1", 7_000, 5), (2, "G2", 6_999, 0)]


async def test_a_live_standing_is_read_once_for_all_who_watch_and_told_when_it_changes(
    base: Foundation,
):
    ports, contest = await a_contest(base, some_rules())
    stream = Stream(base)
    await stream.measure(a_sale("o1", "G1", beijing(FIRST), 1_000))
    live = base.made(MongoLivePlaces)
    watching = [follow_standing(ports, an_act(), contest.id, FIRST, 3) for _ in range(5)]
    for one in watching:
        _, page = await anext(one)
        assert [(place.subject, place.fen) for place in page.items] == [("G1", 1_000)]
    sale = a_sale("o2", "G2", beijing(FIRST), 2_000)
    waiting = [asyncio.create_task(anext(one)) for one in watching]
    await stream.measure(sale)
    live.hear([sale])
    for _, page in await asyncio.wait_for(asyncio.gather(*waiting), 120):
        assert [(place.subject, place.fen) for place in page.items] == [
            ("G2", 2_000),
            ("G1", 1_000),
        ]
    for one in watching:
        await one.aclose()
