"""The stream of changes: what it tells, and that it keeps up at a bounded cost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from storage.mongo.kernel.changes import ChangeStream, Told
from storage.mongo.kernel.database import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
    Database,
)
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio
# What six writers write in far more time than eight looks into the stream take.
MOST_WRITES = 20_000


class Hearer:
    """Writes down what it is told."""

    fields: Mapping[str, Collection[str]] = {"pools": ("available", "sku"), "stores": ()}

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[Any, Told]]] = []
        self.steps = 0

    async def opened(self) -> None:
        self.heard.append(("opened", {}))

    async def changed(self, collection: str, changed: Mapping[Any, Told]) -> None:
        self.heard.append((collection, dict(changed)))

    async def replaced(self, collection: str) -> None:
        self.heard.append((f"no {collection}", {}))

    def in_step(self) -> None:
        self.steps += 1

    def last(self, collection: str) -> dict[Any, Told]:
        """What was told last of each document."""
        told: dict[Any, Told] = {}
        for of, changed in self.heard:
            told |= changed if of == collection else {}
        return told


@contextlib.asynccontextmanager
async def hearing(database: Database) -> AsyncIterator[Hearer]:
    hearer = Hearer()
    changes = ChangeStream(database, [hearer])
    await changes.start()
    try:
        yield hearer
    finally:
        await changes.stop()


async def test_new_values_of_wanted_fields_are_told(database: Database):
    pools = database["pools"]
    async with hearing(database) as hearer:

        async def told() -> Told:
            return hearer.last("pools").get("a", {})

        await pools.insert_one({"_id": "a", "available": 3, "sku": "x", "stores": {"S1": 3}})
        await comes_to({"available": 3, "sku": "x"}, told)
        await pools.update_one({"_id": "a"}, {"$inc": {"available": -1, "stores.S1": -1}})
        await comes_to({"available": 2}, told)
        await pools.update_one({"_id": "a"}, {"$set": {"stores.S2": 1}})
        await comes_to({}, told)
        await pools.replace_one({"_id": "a"}, {"available": 9})
        await comes_to({"available": 9}, told)
        await pools.delete_one({"_id": "a"})
        await comes_to(None, told)
        await database["stores"].insert_one({"_id": "S1", "name": "店"})
        await database["carts"].insert_one({"_id": "c", "available": 3})
        await comes_to(True, lambda: _true(bool(hearer.last("stores"))))
        assert hearer.last("stores") == {"S1": {}}
        assert not hearer.last("carts")


async def _true(it: bool) -> bool:
    return it


async def test_of_several_changes_together_each_field_keeps_its_newest(database: Database):
    pools = database["pools"]
    async with hearing(database) as hearer:
        await pools.insert_one({"_id": "a", "available": 3, "sku": "x"})
        await pools.update_one({"_id": "a"}, {"$set": {"available": 2}})
        await pools.update_one({"_id": "a"}, {"$set": {"sku": "y"}})
        await pools.delete_one({"_id": "b"})
        await pools.insert_one({"_id": "b", "available": 1})
        await pools.delete_one({"_id": "b"})
        await pools.insert_one({"_id": "b", "available": 5})

        async def told() -> Any:
            all_of_it: dict[Any, dict[str, Any]] = {"a": {}, "b": {}}
            for _, changed in hearer.heard:
                for key, values in changed.items():
                    all_of_it[key] |= values or {}
            return all_of_it

        await comes_to({"a": {"available": 2, "sku": "y"}, "b": {"available": 5}}, told)


class GetMores(CommandListener):
    """How often the server was asked for more of a cursor."""

    def __init__(self) -> None:
        self.n = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.n += event.command_name == "getMore"

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


async def test_while_others_keep_writing_it_tells_and_asks_seldom(
    mongodb_uri: str, database: Database
):
    asked = GetMores()
    watched = AsyncIOMotorClient(mongodb_uri, event_listeners=[asked])[database.name]
    writes = 0
    async with hearing(watched) as hearer:
        until = hearer.steps + 8

        async def told_of_the_last() -> bool:
            told = hearer.last("pools").values()
            return sum(one["available"] for one in told if one) == writes

        async def keep_writing(name: str) -> None:
            nonlocal writes
            while hearer.steps < until and writes < MOST_WRITES:
                writes += 1
                await database["pools"].update_one(
                    {"_id": name}, {"$inc": {"available": 1}}, upsert=True
                )

        await asyncio.gather(*map(keep_writing, "abcdef"))
        assert hearer.steps >= until
        # It told of some while writes went on, in far fewer questions than there were writes.
        assert len(hearer.heard) > 4
        assert asked.n < writes / 2
        await comes_to(True, told_of_the_last)
    watched.client.close()
