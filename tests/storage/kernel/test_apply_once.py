"""Apply once over the real database: what it costs, what it answers, who may die when."""

import asyncio
import contextlib
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.apply_once import Posting, State, apply_once, finish_open, take
from tests.support.crashing import Crash, Crashing
from tests.support.paths import ROOT
from tests.support.racing_movements import POINTS, counters, facts

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
EARN = Posting(id="earn:1", target="m1", at=AT, add={"points": 5}, put={"level": "gold"})
SPEND = Posting(id="spend:1", target="m1", at=AT, add={"points": -4}, at_least={"points": 4})


@pytest.fixture
def now():
    return datetime.now(UTC)


async def wallet(database, id="m1"):
    return await database["race_wallets"].find_one({"_id": id})


async def test_a_movement_changes_its_target_once_and_leaves_nothing_behind(database):
    ledger = counters(database)
    for _ in range(3):
        [entry] = await apply_once(ledger, [EARN])
        assert (entry.movement, entry.state) == (EARN, State.APPLIED)
    assert await wallet(database) == {"_id": "m1", "points": 5, "level": "gold", "ops": []}


async def test_many_movements_cost_four_writes_and_a_known_one_none(database, round_trips):
    ledger = counters(database)
    many = [replace(EARN, id=f"earn:{n}", target=f"m{n % 7}") for n in range(50)]
    round_trips.clear()
    await apply_once(ledger, many)
    assert [trip.partition(" ")[0] for trip in round_trips] == [
        "insert",
        "update",
        "update",
        "update",
    ]
    round_trips.clear()
    await apply_once(ledger, [EARN, many[1]])
    assert len(round_trips) <= 6


async def test_an_unmet_guard_is_refused_for_ever(database):
    ledger = counters(database)
    [refused] = await apply_once(ledger, [SPEND])
    assert refused.state is State.REFUSED
    await apply_once(ledger, [EARN])
    [still] = await apply_once(ledger, [SPEND])
    assert still.state is State.REFUSED
    [second] = await apply_once(ledger, [replace(SPEND, id="spend:2")])
    assert second.state is State.APPLIED
    assert (await wallet(database))["points"] == 1


async def test_the_same_id_with_another_amount_answers_what_was_written_first(database):
    ledger = counters(database)
    await apply_once(ledger, [EARN])
    [entry] = await apply_once(ledger, [replace(EARN, add={"points": 500})])
    assert entry.movement == EARN
    assert (await wallet(database))["points"] == 5


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["insert", "change", "refuse", "conclude", "unmark"])
@pytest.mark.parametrize("movement", [EARN, SPEND])
async def test_what_a_crash_cuts_short_is_finished_once(database, now, method, after, movement):
    ledger = counters(database)
    with contextlib.suppress(Crash):
        await apply_once(Crashing(ledger, method, after=after), [movement])
    await finish_open(ledger, now + timedelta(minutes=1))
    expected = State.APPLIED if movement is EARN else State.REFUSED
    found = await ledger.entries([movement.id])
    if (method, after) != ("insert", False):
        assert found[movement.id].state is expected
    [again] = await apply_once(ledger, [movement])
    assert again.state is expected
    assert (await wallet(database)).get("points", 0) == (5 if movement is EARN else 0)
    await finish_open(ledger, now + timedelta(days=2))
    assert (await wallet(database))["ops"] == []


async def test_marks_of_a_movement_that_is_not_concluded_stay_however_old(database, now):
    ledger = counters(database, clock=lambda: now - timedelta(days=3))
    with pytest.raises(Crash):
        await apply_once(Crashing(ledger, "conclude", after=False), [EARN])
    await ledger.forget_marks(now, 10)
    assert len((await wallet(database))["ops"]) == 1
    assert (await take(ledger, ["earn:1"]))["earn:1"].state is State.APPLIED
    await ledger.forget_marks(now, 10)
    assert await wallet(database) == {"_id": "m1", "points": 5, "level": "gold", "ops": []}


async def racer(uri: str, name: str, seed: int) -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *("-m", "tests.support.racing_movements", uri, name, str(seed)), cwd=ROOT
    )
    await process.communicate()
    return process.returncode


async def test_processes_that_race_and_are_killed_apply_each_fact_once(
    database, mongodb_uri: str, now
):
    ledger = counters(database)
    begun = [
        Posting(id=f"begin:{n}", target=f"wallet {n}", at=AT, add={"points": POINTS, "spent": 0})
        for n in range(2)
    ]
    await apply_once(ledger, begun)
    codes = []
    for turn in range(2):
        racers = [racer(mongodb_uri, database.name, 10 * turn + number) for number in range(3)]
        codes += await asyncio.gather(*racers)
    assert -9 in codes, "nobody was killed; choose other seeds"
    assert set(codes) <= {0, -9}

    await apply_once(ledger, facts())
    entries = await ledger.entries([one.id for one in facts()])
    applied = [one.movement for one in entries.values() if one.state is State.APPLIED]
    assert all(one.concluded for one in entries.values())
    for target in ("wallet 0", "wallet 1"):
        spent = sum(one.target == target for one in applied)
        assert spent == POINTS // 2
        found = await wallet(database, target)
        assert (found["points"], found["spent"]) == (0, spent)
    await finish_open(ledger, now + timedelta(days=2))
    assert (await wallet(database, "wallet 0"))["ops"] == []
