"""Who earned most in a day or a month: each journal counts once, in the day it is of."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.earnings import bookkeeping, viewing
from domain.earnings.journals import Journal, JournalId, JournalLine, post_journals
from domain.earnings.rankings import EarnedPorts, guide_ranking
from domain.earnings.viewing import Balance, EarnedNow
from domain.kernel.days import BEIJING
from domain.kernel.facts import Batch
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid
from domain.people.accounts import Guide
from domain.people.viewer import Role, Viewer
from qianmian.wiring.earnings import earned_ports, earnings_view_ports
from scripts.ledger import faults_of_ledger, recount
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from tests.domain.earnings.test_order_books import a_payment, a_refund, an_order, sent
from tests.storage.earnings.test_bookkeeping import a_batch, an_act, ports
from tests.support.foundations import a_foundation
from tests.support.round_trips import ROUND_TRIPS

pytestmark = pytest.mark.anyio

__all__ = ["ports"]

MIDNIGHT = datetime(2026, 11, 1, tzinfo=BEIJING)
LAST = MIDNIGHT - timedelta(milliseconds=1)


@pytest.fixture
def rankings(database: Database) -> EarnedPorts:
    return earned_ports(a_foundation(database))


async def ranked(rankings: EarnedPorts, period: str, **asked) -> list[tuple[int, str, int]]:
    page = await guide_ranking(rankings, an_act(Role.FINANCE), period, PageRequest(**asked))
    return [(one.rank, one.guide_id, one.earned) for one in page.items]


async def book(ports, number: int, at: datetime, **fen: int) -> None:
    lines = [JournalLine(account=f"guide:{guide}:pending", amount=n) for guide, n in fen.items()]
    lines.append(JournalLine(account="brand", amount=-sum(fen.values())))
    journal = Journal(
        id=JournalId(f"j{number}"), order_id=None, cause="a test", at=at, lines=tuple(lines)
    )
    await post_journals(ports.ledger, an_act(), [journal])


async def test_a_day_ends_at_midnight_in_china_and_a_month_with_its_last(ports, rankings):
    await book(ports, 1, LAST, G1=5)
    await book(ports, 2, MIDNIGHT, G1=7, G2=7)
    await book(ports, 3, MIDNIGHT + timedelta(days=1), G2=1)
    assert await ranked(rankings, "2026-10-31") == await ranked(rankings, "2026-10")
    assert await ranked(rankings, "2026-10") == [(1, "G1", 5)]
    assert await ranked(rankings, "2026-11-01") == [(1, "G1", 7), (1, "G2", 7)]
    assert await ranked(rankings, "2026-11") == [(1, "G2", 8), (2, "G1", 7)]


async def test_what_is_taken_back_counts_then_and_what_becomes_payable_counts_for_nothing(
    ports, rankings, database
):
    facts = [an_order(("A", 1, 10_000)), a_payment(10_000), sent("S1", A=1)]
    batch = a_batch(*(replace(one, at=LAST) for one in facts))
    await asyncio.gather(*(bookkeeping.book_facts(ports, an_act(), batch) for _ in range(3)))
    assert await ranked(rankings, "2026-10") == [(1, "G1", 500)]
    await bookkeeping.release_matured(ports, an_act(at=MIDNIGHT + timedelta(days=20)))
    refund = replace(a_refund(10_000, 4_000), n=9, at=MIDNIGHT + timedelta(days=21))
    await bookkeeping.book_facts(ports, an_act(), Batch(facts=(refund,), upto=9))
    assert await ranked(rankings, "2026-10") == [(1, "G1", 500)]
    assert await ranked(rankings, "2026-11") == [(1, "G1", -200)]
    assert await faults_of_ledger(database) == []


async def test_those_with_the_same_share_a_place_on_whatever_page(ports, rankings):
    await book(ports, 1, MIDNIGHT, **{f"G{n:03}": 100 for n in range(150)}, G900=99, G901=101)
    page = PageRequest(first=100)
    first = await guide_ranking(rankings, an_act(), "2026-11", page)
    rest = await guide_ranking(
        rankings, an_act(), "2026-11", replace(page, after=first.cursors[-1])
    )
    found = [(one.rank, one.guide_id) for one in (*first.items, *rest.items)]
    assert found[0] == (1, "G901")
    assert found[1:-1] == [(2, f"G{n:03}") for n in range(150)]
    assert found[-1] == (152, "G900")
    assert first.total == 152


async def test_an_audit_finds_a_wrong_count_and_a_recount_what_was_never_counted(
    ports, rankings, database, monkeypatch
):
    for number in range(5):
        await book(ports, number, MIDNIGHT, G1=number + 1)
    await database["earned"].delete_many({})
    await database["earned_counts"].delete_many({})
    faults = await faults_of_ledger(database)
    assert "2026-11|G1 has 0 fen earned, the journals come to 15" in faults
    monkeypatch.setattr("scripts.ledger.COUNTED_AT_ONCE", 2)
    base = a_foundation(database)
    await recount(base)
    await recount(base)
    assert await ranked(rankings, "2026-11") == [(1, "G1", 15)]
    assert await faults_of_ledger(database) == []


async def test_rankings_are_head_offices_and_finances_and_of_a_day_or_a_month(rankings):
    for role in set(Role) - {Role.HEAD_OFFICE, Role.FINANCE}:
        with pytest.raises(Forbidden):
            await guide_ranking(rankings, an_act(role), "2026-11", PageRequest())
    for period in ("", "2026", "2026-11-31", "2026-13", "20261101", "2026-11-1"):
        with pytest.raises(Invalid):
            await ranked(rankings, period)


async def test_a_guide_sees_today_and_the_month_and_the_manager_all_of_the_store(ports, database):
    guides = [Guide(id=f"G{n}", name="导购", store_id="S1", wecom_user_id=f"w{n}") for n in (1, 2)]
    await MongoGuides(database).save_all(guides)
    view = earnings_view_ports(a_foundation(database))
    await book(ports, 1, LAST, G1=5)
    await book(ports, 2, MIDNIGHT, G1=7)
    await book(ports, 3, MIDNIGHT + timedelta(days=1), G1=-2)
    at = MIDNIGHT + timedelta(days=1, hours=3)
    guide = replace(an_act(at=at), viewer=Viewer(id="G1", role=Role.GUIDE, store_id="S1"))
    assert await viewing.own_earned(view, guide) == EarnedNow(today=-2, this_month=5)
    manager = replace(guide, viewer=Viewer(id="m", role=Role.STORE_MANAGER, store_id="S1"))
    before = len(ROUND_TRIPS.of(database.name))
    found = await viewing.store_earnings(view, manager, "S1")
    assert len(ROUND_TRIPS.of(database.name)) - before <= 3
    assert [(one.guide_id, one.pending, one.payable, one.now.today) for one in found] == [
        ("G1", 10, 0, -2),
        ("G2", 0, 0, 0),
    ]
    await post_journals(
        ports.ledger,
        an_act(),
        [
            Journal(
                id=JournalId("owner's"),
                order_id=None,
                cause="test",
                at=at,
                lines=(
                    JournalLine(account="owner:O1:pending", amount=30),
                    JournalLine(account="brand", amount=-30),
                ),
            )
        ],
    )
    franchisee = replace(guide, viewer=Viewer(id="f", role=Role.FRANCHISEE, owner_id="O1"))
    assert await viewing.owner_earnings(view, franchisee, "O1") == Balance(pending=30, payable=0)
    for refused in (
        viewing.store_earnings(view, manager, "S2"),
        viewing.store_earnings(view, guide, "S1"),
        viewing.owner_earnings(view, franchisee, "O2"),
    ):
        with pytest.raises(Forbidden):
            await refused
