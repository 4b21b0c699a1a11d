"""A primary that is changed, and a database that is slow: nothing fails for good, nothing is half.

The embedded server has no second one to elect; it says that it is none, as a primary does that was
replaced, for as long as a replica set takes at most.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from domain.kernel.refusals import Unavailable
from scripts import embedded
from storage.mongo.kernel.database import (
    CALL_TIMEOUT_MS,
    Database,
    InsertOne,
    PyMongoError,
    connect,
    is_silence,
)
from storage.mongo.kernel.heart import Heart
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, PLACE, M
from tests.api.mall.stock.test_stock import level
from tests.conftest import Service, serving, settings_for
from tests.support.fulfilling import open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("impatient")]

ELECTION_S = 12
ALL = ["insert", "update", "delete", "find", "aggregate", "findAndModify", "count"]
ORDERS = "{ orders(first: 100) { totalCount nodes { id } } }"
STOCKED = 10
# A machine may stand still for longer than a call may take beyond an election.
LONG_MS = CALL_TIMEOUT_MS + 60_000


@pytest.fixture
def own_uri(tmp_path: Path):
    """A server of its own, for what it is told to fail it fails for everybody."""
    port = embedded.free_port()
    server = embedded.start(tmp_path / "data", port, "--enable-test-commands")
    yield embedded.uri(port)
    embedded.stop(server)


class Failing:
    """A server that can be told what to fail."""

    def __init__(self, uri: str) -> None:
        # Not by the service's driver, whose threads all wait while the server fails.
        self._client: MongoClient[dict[str, Any]] = MongoClient(uri)

    @contextlib.asynccontextmanager
    async def doing(self, *, commands: list[str] = ALL, **how: Any) -> AsyncIterator[None]:
        """Fail some commands so, for the length of a block."""
        await self._set(mode="alwaysOn", data={"failCommands": commands, **how})
        try:
            yield
        finally:
            await self._set(mode="off")

    async def _set(self, **how: Any) -> None:
        point = {"configureFailPoint": "failCommand", **how}
        await asyncio.to_thread(self._client.admin.command, point)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def failing(own_uri: str) -> Iterator[Failing]:
    failing = Failing(own_uri)
    yield failing
    failing.close()


@contextlib.contextmanager
def a_bank(uri: str, call_timeout_ms: int) -> Iterator[Database]:
    """A database whose driver repeats writes, as production's must; the embedded one need not."""
    uri = uri.replace("retryWrites=false", "retryWrites=true")
    bank = connect(uri, "elections", call_timeout_ms=call_timeout_ms)
    yield bank
    bank.client.close()


async def test_reads_and_writes_wait_for_the_next_primary(own_uri: str, failing: Failing):
    assert ELECTION_S * 1_000 < CALL_TIMEOUT_MS
    async with contextlib.AsyncExitStack() as stack:
        # Each has a driver of its own: one that two of its calls tell at the same instant that the
        # primary is none does not repeat the second.
        things = [stack.enter_context(a_bank(own_uri, LONG_MS))["things"] for _ in range(5)]
        await asyncio.gather(*(one.find_one({}) for one in things))
        await things[0].insert_one({"_id": "before", "n": 1})
        asked = (
            partial(things[0].find_one, {"_id": "before"}),
            partial(things[1].insert_one, {"_id": "during"}),
            partial(things[2].update_one, {"_id": "before"}, {"$inc": {"n": 1}}),
            partial(things[3].bulk_write, [InsertOne({"_id": n}) for n in range(50)]),
            partial(things[4].count_documents, {"_id": "before"}),
        )
        async with failing.doing(errorCode=10107, errorLabels=["RetryableWriteError"]):
            doing = [asyncio.ensure_future(one()) for one in asked]
            await asyncio.sleep(ELECTION_S)
            assert [one.done() for one in doing] == [False] * 5
        found, inserted, updated, written, counted = await asyncio.gather(*doing)
        assert (found["_id"], inserted.inserted_id, counted) == ("before", "during", 1)
        assert (updated.modified_count, written.inserted_count) == (1, 50)
        assert (await things[0].find_one({"_id": "before"}))["n"] == 2
        assert await things[0].count_documents({}) == 52


async def test_a_call_is_given_up_in_its_time_and_told_as_silence(own_uri: str, failing: Failing):
    with a_bank(own_uri, 300) as bank:
        heart = Heart(bank, knows=0)
        async with failing.doing(commands=["find"], blockConnection=True, blockTimeMS=5_000):
            with pytest.raises(PyMongoError) as raised:
                await bank["things"].find_one({})
            assert is_silence(raised.value)
            with pytest.raises(Unavailable):
                async with heart.waiting():
                    await bank["things"].find_one({})


async def test_orders_go_through_an_election_of_12_seconds_each_once(
    own_uri: str, failing: Failing, tmp_path: Path
):
    async with serving(settings_for(own_uri, "elections", tmp_path)) as service:
        await open_stores_with_stock(service)
        codes: set[str] = set()

        async def order(key: str) -> str:
            while True:
                answer = await placed(service, key)
                if answer.get("data") and answer["data"]["orderPlace"]["order"]:
                    return answer["data"]["orderPlace"]["order"]["id"]
                codes.update(codes_of(answer))
                await asyncio.sleep(0.5)

        async with asyncio.TaskGroup() as group, failing.doing(errorCode=10107):
            orders = [group.create_task(order(f"k{n}")) for n in range(4)]
            await asyncio.sleep(ELECTION_S)
            assert not any(one.done() for one in orders)
        assert codes == {"UNAVAILABLE"}
        ids = {one.result() for one in orders}
        assert {await order(f"k{n}") for n in range(4)} == ids
        seen = (await service.query(ORDERS, MEMBER)).data["orders"]
        assert {one["id"] for one in seen["nodes"]} == ids
        assert len(ids) == 4
        await comes_to(4, lambda: reserved(service))


async def reserved(service: Service) -> int:
    """How many of the region's units orders hold."""
    return STOCKED - (await level(service))["regionAvailable"]


async def placed(service: Service, key: str) -> dict[str, Any]:
    lines = [{"sku": M, "quantity": 1}]
    order = {"storeId": "S1", "lines": lines, "delivery": DELIVERY}
    return (await service.query(PLACE, MEMBER, input=order, key=key)).body


def codes_of(answer: dict[str, Any]) -> set[str]:
    errors = answer.get("errors") or answer["data"]["orderPlace"]["userErrors"]
    return {one.get("code") or one["extensions"]["code"] for one in errors}


async def test_an_operation_that_takes_too_long_is_unavailable_and_leaves_nothing_half_done(
    own_uri: str, failing: Failing, tmp_path: Path
):
    settings = settings_for(own_uri, "elections", tmp_path)
    async with serving(settings) as service:
        await open_stores_with_stock(service)
        slow = {"blockConnection": True, "blockTimeMS": 700}
        async with serving(replace(settings, operation_s=1)) as hurried:
            async with failing.doing(commands=["find", "update", "insert"], **slow):
                answer = await placed(hurried, "k1")
            assert codes_of(answer) == {"UNAVAILABLE"}
        again = await comes_to_an_order(service, "k1")
        assert await comes_to_an_order(service, "k1") == again
        seen = (await service.query(ORDERS, MEMBER)).data["orders"]
        assert [one["id"] for one in seen["nodes"]] == [again]
        await comes_to(1, lambda: reserved(service))


async def comes_to_an_order(service: Service, key: str) -> str:
    made: list[str] = []

    async def has_one() -> bool:
        data = (await placed(service, key)).get("data")
        if data and data["orderPlace"]["order"]:
            made.append(data["orderPlace"]["order"]["id"])
        return bool(made)

    await comes_to(True, has_one)
    return made[0]
