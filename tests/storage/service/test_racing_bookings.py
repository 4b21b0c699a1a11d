"""Processes that hold, move and cancel at random, one of which is killed: no overlap, none lost."""

import asyncio
import json
import sys

import pytest

from domain.service.bookings import GRACE
from storage.mongo.kernel.database import Database
from tests.support.booking_process import told
from tests.support.paths import ROOT
from tests.support.salon import EVE, Salon

pytestmark = pytest.mark.anyio


async def a_process(uri: str, name: str, *words: str) -> list[list[str]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.booking_process", uri, name, *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


async def test_nothing_overlaps_and_what_was_acknowledged_is_there(
    database: Database, mongodb_uri: str
):
    salon, seed = Salon(database), "1"
    await salon.open()
    said = await asyncio.gather(
        a_process(mongodb_uri, database.name, "a", seed, "0"),
        a_process(mongodb_uri, database.name, "b", seed, "0"),
        a_process(mongodb_uri, database.name, "c", seed, "40"),
    )
    # Holds last longer than this: all that stands was asked for.
    await salon.mind(EVE + GRACE * 2)
    await salon.check()
    acknowledged: dict[str, list[str]] = {}
    unsure: set[str] = set()
    for lines in said:
        for kind, who, *rest in lines:
            if kind == "begin":
                unsure.add(who)
                continue
            unsure.discard(who)
            if kind == "end":
                acknowledged[rest[0]] = rest[1:]
            else:
                assert rest[0] in {"CONFLICT", "WRONG_STATE", "TOO_MANY"}
    # Whoever was killed knows nothing of what they did last.
    assert unsure
    assert {who[0] for who in unsure} == {"c"}
    found = {one.id: one for one in await salon.all()}
    whose = {key: one.customer_id.removeprefix("member_") for key, one in found.items()}
    for booking, words in acknowledged.items():
        if whose[booking] not in unsure:
            assert told(found[booking]) == words
    # There was something to race for, and something came of it.
    states = {words[0] for words in acknowledged.values()}
    assert {"CANCELLED", "HELD"} <= states
    assert sum(kind == "refused" for lines in said for kind, *_ in lines) > 20
