"""Closing months: each line is in one statement, whatever is cut short, repeated or comes late."""

import asyncio
import contextlib
import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.earnings import settling, statements
from domain.earnings.journals import Journal, JournalId, JournalLine, post_journals
from domain.earnings.settling import SettlingPorts
from domain.earnings.statement_files import StatementForm, statement_file
from domain.earnings.statements import entries_of, hash_of
from domain.kernel.days import BEIJING
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.network.directory import Directory
from domain.network.stores import Owner, OwnerId, OwnerKind
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.wiring.earnings import bookkeeping_ports, settling_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

OCTOBER = datetime(2026, 10, 15, tzinfo=BEIJING)
NOVEMBER = datetime(2026, 11, 1, tzinfo=BEIJING)
O1, O2 = "owner:O1:payable", "owner:O2:payable"
FIRST = PageRequest()


def an_act(role: Role = Role.FINANCE, at: datetime = NOVEMBER, **scope) -> Act:
    viewer = Viewer(id=PersonId("x"), role=role, **scope)
    return replace(by_the_clock(at, str), viewer=viewer)


@pytest.fixture
def ports(database: Database, monkeypatch) -> SettlingPorts:
    # Small parts, so that a few entries make several.
    monkeypatch.setattr(statements, "PART", 2)
    return settling_ports(a_foundation(database))


async def book(database: Database, number: int, at: datetime = OCTOBER, **fen: int) -> None:
    """One journal that gives so many fen to owners."""
    lines = [JournalLine(account=f"owner:{owner}:payable", amount=n) for owner, n in fen.items()]
    lines.append(JournalLine(account="brand", amount=-sum(fen.values())))
    journal = Journal(
        id=JournalId(f"j{number}"), order_id=f"order_{number}", cause="=a test", at=at, lines=lines
    )
    await post_journals(bookkeeping_ports(a_foundation(database)).ledger, an_act(), [journal])


async def five_lines(database: Database) -> None:
    for number in range(5):
        await book(database, number, OCTOBER + timedelta(hours=number), O1=100 + number)
    await book(database, 5, OCTOBER, O1=1_000, O2=-7)


async def settled(ports: SettlingPorts, period: str = "2026-10", at: datetime = NOVEMBER):
    """The statements of a period, once it is settled."""
    await settling.run_settlement(ports, an_act(at=at), period)
    await settling.go_on_settling(ports, an_act(at=at))
    page = await settling.statements_seen(ports, an_act(), FIRST, period=period)
    return {one.owner_id: one for one in page.items}


async def stated(ports: SettlingPorts, statement) -> list[str]:
    return [one.id for one in await entries_of(ports.closing, an_act(), statement)]


async def test_a_month_is_closed_for_each_owner_with_every_line_by_its_journal(ports, database):
    await five_lines(database)
    found = await settled(ports)
    assert {owner: one.closing for owner, one in found.items()} == {"O1": 1_510, "O2": -7}
    assert sorted(await stated(ports, found["O1"])) == [f"j{n}" for n in range(6)]
    assert await stated(ports, found["O2"]) == ["j5"]
    [run] = await settling.settlement_runs(ports, an_act())
    assert (run.statements, run.total, run.done_at) == (2, 1_503, NOVEMBER)


async def test_what_is_seen_before_is_what_is_closed(ports, database):
    await five_lines(database)
    await book(database, 9, NOVEMBER, O1=5)
    page = await settling.preview_settlement(ports, an_act(), "2026-10", FIRST)
    assert await settling.settlement_runs(ports, an_act()) == []
    found = await settled(ports)
    assert [(one.owner_id, one.closing, one.entries) for one in page.items] == [
        (owner, one.closing, one.entries) for owner, one in sorted(found.items())
    ]


async def test_what_comes_late_is_in_the_next_statement_and_the_first_stays(ports, database):
    await five_lines(database)
    october = await settled(ports)
    await book(database, 7, OCTOBER, O1=30)
    await book(database, 8, NOVEMBER + timedelta(days=3), O1=-1_600)
    assert await settled(ports) == october
    december = NOVEMBER + timedelta(days=30)
    november = await settled(ports, "2026-11", december)
    assert await stated(ports, november["O1"]) == ["j7", "j8"]
    assert (november["O1"].opening, november["O1"].closing) == (1_510, -60)
    assert november["O1"].before == october["O1"].hash
    # What somebody still owes is told each month.
    assert (november["O2"].entries, november["O2"].closing) == (0, -7)


@pytest.mark.parametrize("writes", range(1, 30))
async def test_whatever_write_it_was_cut_short_at_the_next_turn_closes_the_same(
    ports, database, writes
):
    class KilledError(Exception):
        pass

    left = writes
    book_of = ports.closing.statements

    class Dying:
        """Ends before or after a write, and from then on."""

        def __getattr__(self, name):
            method = getattr(book_of, name)

            async def call(*args):
                nonlocal left
                left -= 1
                if left <= 0:
                    if writes % 2:
                        await method(*args)
                    raise KilledError
                return await method(*args)

            return call

    await five_lines(database)
    await settling.run_settlement(ports, an_act(), "2026-10")
    dying = replace(ports, closing=replace(ports.closing, statements=Dying()), settlements=Dying())
    with contextlib.suppress(KilledError, ExceptionGroup):
        await settling.go_on_settling(dying, an_act())
    # What is booked while it stands still may be in this one or the next, and in one of them.
    await book(database, 6, OCTOBER, O1=10_000)
    found = await settled(ports)
    later = await settled(ports, "2026-11", NOVEMBER + timedelta(days=30))
    both = await stated(ports, found["O1"]) + await stated(ports, later["O1"])
    assert sorted(both) == [f"j{n}" for n in range(7)]
    assert later["O1"].closing == 11_510
    assert await stated(ports, found["O2"]) == ["j5"]


async def test_many_at_once_close_it_once_while_more_is_booked(ports, database):
    await five_lines(database)
    runs = await asyncio.gather(
        *(settling.run_settlement(ports, an_act(), "2026-10") for _ in range(4))
    )
    assert {one.number for one in runs} == {1}
    await asyncio.gather(
        *(settling.go_on_settling(ports, an_act()) for _ in range(4)),
        *(book(database, number, OCTOBER, O1=1) for number in range(10, 20)),
    )
    found = await settled(ports)
    later = await settled(ports, "2026-11", NOVEMBER + timedelta(days=30))
    both = await stated(ports, found["O1"]) + await stated(ports, later["O1"])
    assert sorted(both) == sorted([f"j{n}" for n in [*range(6), *range(10, 20)]])
    assert later["O1"].closing == 1_520
    assert len(await settling.settlement_runs(ports, an_act())) == 2


async def test_a_month_is_settled_when_it_is_over_in_china_and_in_its_order(ports, database):
    await five_lines(database)
    early = an_act(at=NOVEMBER - timedelta(milliseconds=1))
    with pytest.raises(WrongState, match="not over"):
        await settling.run_settlement(ports, early, "2026-10")
    await settling.run_settlement(ports, an_act(), "2026-10")
    december = an_act(at=NOVEMBER + timedelta(days=30))
    with pytest.raises(WrongState, match="being settled"):
        await settling.run_settlement(ports, december, "2026-11")
    await settling.go_on_settling(ports, an_act())
    assert (await settling.run_settlement(ports, december, "2026-11")).number == 2
    for late in (settling.run_settlement, settling.preview_settlement):
        more = (FIRST,) if late is settling.preview_settlement else ()
        with pytest.raises(WrongState, match="in the next statement"):
            await late(ports, december, "2026-09", *more)
    for bad in ("", "2026", "2026-13", "2026-1", "26-10", "٢٠٢٦-10", "2026-10-01"):
        with pytest.raises(Invalid):
            await settling.run_settlement(ports, december, bad)


async def test_lines_of_before_there_were_statements_are_in_the_first(ports, database):
    await five_lines(database)
    await database["journals"].update_many({}, {"$unset": {"statable": ""}})
    assert (await settled(ports))["O1"].closing == 1_510


async def test_what_an_older_version_had_not_stated_is_in_the_next_and_nothing_twice(
    ports, database
):
    await five_lines(database)
    await settled(ports)
    await book(database, 7, OCTOBER, O1=30)
    await book(database, 8, NOVEMBER, O1=1)
    # The older version took out of `unstated` what it had put into a statement.
    journals = database["journals"]
    await journals.update_many({}, {"$unset": {"statable": "", "late": ""}})
    await journals.update_many({"_id": {"$nin": ["j7", "j8"]}}, {"$set": {"unstated": []}})
    await journals.update_many({"_id": {"$in": ["j7", "j8"]}}, {"$set": {"unstated": [O1]}})
    found = await settled(ports, "2026-11", NOVEMBER + timedelta(days=30))
    assert await stated(ports, found["O1"]) == ["j7", "j8"]
    assert await journals.count_documents({"late": O1}) == 0


async def test_what_is_written_again_after_its_month_is_not_stated_twice(ports, database):
    await five_lines(database)
    await settled(ports)
    for number in range(5):
        await book(database, number, OCTOBER + timedelta(hours=number), O1=100 + number)
    await book(database, 7, OCTOBER, O1=30)
    preview = await settling.preview_settlement(ports, an_act(), "2026-12", FIRST)
    assert [(one.owner_id, one.entries, one.total) for one in preview.items] == [
        ("O1", 1, 30),
        ("O2", 0, 0),
    ]
    later = await settled(ports, "2026-11", NOVEMBER + timedelta(days=30))
    assert await stated(ports, later["O1"]) == ["j7"]
    assert await database["journals"].count_documents({"late": O1}) == 0


async def test_many_lines_of_one_moment_are_each_in_one_part(ports, database):
    for number in range(7):
        await book(database, number, OCTOBER, O1=1)
    await book(database, 7, OCTOBER + timedelta(seconds=1), O1=1)
    found = await settled(ports)
    assert await stated(ports, found["O1"]) == [f"j{n}" for n in range(8)]


async def test_a_statement_proves_what_it_says(ports, database):
    await five_lines(database)
    found = (await settled(ports))["O1"]
    entries = await entries_of(ports.closing, an_act(), found)
    assert hash_of(found.id, found.opening, found.before, entries) == found.hash
    changed = [replace(entries[0], amount=entries[0].amount + 1), *entries[1:]]
    assert hash_of(found.id, found.opening, found.before, changed) != found.hash
    assert hash_of(found.id, found.opening, found.before, entries[1:]) != found.hash


class Named:
    """A franchisee whose name is no markup."""

    def directory(self) -> Directory:
        owner = Owner(id=OwnerId("O1"), name="<加盟>", kind=OwnerKind.FRANCHISEE)
        return Directory(owners={owner.id: owner})


async def test_it_is_a_file_for_a_spreadsheet_and_a_page_to_print(ports, database):
    await five_lines(database)
    await settled(ports)
    rows = (await statement_file(ports, an_act(), "O1:2026-10", StatementForm.CSV)).splitlines()
    assert rows[0] == "statement,entry,order,cause,at,amount_fen"
    assert "O1:2026-10,j0,order_0,'=a test,2026-10-15T00:00:00+08:00,100" in rows
    assert len(rows) == 7
    whole = json.loads(await statement_file(ports, an_act(), "O1:2026-10", StatementForm.JSON))
    hashed = [
        whole["statement"],
        whole["opening_fen"],
        whole["hash_before"],
        [list(one.values()) for one in whole["entries"]],
    ]
    text = json.dumps(hashed, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == whole["hash"]
    assert sum(one["amount_fen"] for one in whole["entries"]) == whole["total_fen"] == 1_510
    named = replace(ports, directory=Named())
    page = await statement_file(named, an_act(), "O1:2026-10", StatementForm.HTML)
    assert "结算单 &lt;加盟&gt; 2026-10" in page
    assert "<td>¥15.10</td>" in page
    assert page.count("<tr><td>2026-10-15") == 6
    assert page.count("<td>¥1.00</td></tr>") == 1


async def test_a_franchisee_sees_and_disputes_their_own_and_finance_answers_once(ports, database):
    await five_lines(database)
    await settled(ports)
    mine, others = (an_act(Role.FRANCHISEE, owner_id=owner) for owner in ("O1", "O2"))
    assert (await settling.statements_seen(ports, mine, FIRST, owner_id="O1")).total == 1
    dispute = partial_dispute(ports, "O1:2026-10")
    first = await dispute(mine, "少了运费", entry_id="j0")
    assert await dispute(mine, "少了运费", entry_id="j0") == first
    with pytest.raises(WrongState):
        await dispute(mine, "另一个原因", entry_id="j0")
    with pytest.raises(NotFound):
        await dispute(mine, "少了运费", entry_id="j9")
    with pytest.raises(Invalid):
        await dispute(mine, " ", entry_id=None)
    both = await asyncio.gather(*(dispute(mine, "整单不对", entry_id=None) for _ in range(3)))
    assert len({one.id for one in both}) == 1
    assert (await settling.open_disputes(ports, an_act(), FIRST)).total == 2
    answer = settling.answer_dispute
    done = await answer(ports, an_act(), first.id, "已补记", upheld=True)
    assert await answer(ports, an_act(), first.id, "已补记", upheld=True) == done
    with pytest.raises(WrongState):
        await answer(ports, an_act(), first.id, "不成立", upheld=False)
    with pytest.raises(NotFound):
        await answer(ports, an_act(), "nothing", "已补记", upheld=True)
    found = await settling.disputes_of(ports, mine, "O1:2026-10")
    assert [one.upheld for one in found] == [None, True]
    with pytest.raises(NotFound):
        await settling.statement_seen(ports, an_act(), "O9:2026-10")
    for refused in [
        settling.statement_seen(ports, others, "O1:2026-10"),
        settling.statement_seen(ports, others, "O9:2026-10"),
        settling.statements_seen(ports, others, FIRST, owner_id="O1"),
        settling.statements_seen(ports, mine, FIRST, period="2026-10"),
        statement_file(ports, others, "O1:2026-10", StatementForm.CSV),
        dispute(others, "不对", entry_id=None),
        answer(ports, mine, first.id, "已补记", upheld=True),
        settling.run_settlement(ports, mine, "2026-10"),
        settling.preview_settlement(ports, mine, "2026-11", FIRST),
        settling.statement_seen(ports, an_act(Role.GUIDE, store_id="S1"), "O1:2026-10"),
    ]:
        with pytest.raises(Forbidden):
            await refused


def partial_dispute(ports: SettlingPorts, statement: str):
    async def dispute(act: Act, reason: str, *, entry_id: str | None):
        return await settling.dispute_statement(ports, act, statement, reason, entry_id=entry_id)

    return dispute
