"""Stock in memory: what is shown is at most a second old and, once known, costs no round trip."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.mall.stock.pools import Pool, StoreStock
from storage.mongo.kernel import changes
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.indexing import prepare
from storage.mongo.mall.stock import shown
from storage.mongo.mall.stock.pool_documents import new_document
from storage.mongo.mall.stock.shown import MongoShownStock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio
SUZHOU, WUXI = "320500", "320200"
COAT, VEST = "10001-NVY-M", "10002-RED-L"


async def stock(database: Database, units: int, sku: str = COAT, region: str = SUZHOU) -> None:
    """A pool in which one store has so many units."""
    pool = Pool(region_id=region, sku=sku, stores={"S1": StoreStock(on_hand=units)})
    document = new_document(pool)
    await database["pools"].replace_one({"_id": document["_id"]}, document, upsert=True)


async def sell(database: Database, units: int = 1, sku: str = COAT) -> None:
    less = {"available": -units, "stores.S1.free": -units, "stores.S1.reserved": units}
    await database["pools"].update_one({"_id": f"{SUZHOU}/{sku}"}, {"$inc": less})


@contextlib.asynccontextmanager
async def showing(database: Database) -> AsyncIterator[MongoShownStock]:
    stock = MongoShownStock(database)
    changes = ChangeStream(database, [stock])
    await changes.start()
    try:
        yield stock
    finally:
        await changes.stop()


@pytest.fixture
async def known(database: Database) -> AsyncIterator[MongoShownStock]:
    """The stock of Suzhou with five coats, in memory."""
    await stock(database, 5)
    async with showing(database) as found:
        assert await found.in_stock(SUZHOU) == {COAT}
        yield found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database is asked for."""
    asked: list[str] = []
    ask, load, read = MongoShownStock._ask, shown.MongoPools.load, MongoShownStock._read

    async def asking(self: Any, region: str, skus: Any) -> Any:
        asked.append("units")
        return await ask(self, region, skus)

    async def loading(self: Any, region: str, skus: Any) -> Any:
        asked.append("pools")
        return await load(self, region, skus)

    async def reading(self: Any, region: str) -> Any:
        asked.append("region")
        return await read(self, region)

    monkeypatch.setattr(MongoShownStock, "_ask", asking)
    monkeypatch.setattr(shown.MongoPools, "load", loading)
    monkeypatch.setattr(MongoShownStock, "_read", reading)
    return asked


async def test_a_region_is_asked_for_once_and_then_known(database: Database, asked: list[str]):
    await stock(database, 5)
    async with showing(database) as found:
        assert await found.available(SUZHOU, [COAT, VEST]) == {COAT: 5, VEST: 0}
        assert await found.in_stock(SUZHOU) == {COAT}
        assert sorted(asked) == ["region", "units"]
        for _ in range(3):
            assert await found.available(SUZHOU, [COAT, VEST]) == {COAT: 5, VEST: 0}
            assert await found.in_stock(SUZHOU) == {COAT}
        assert sorted(asked) == ["region", "units"]


async def test_what_others_sell_and_count_is_shown(known: MongoShownStock, database: Database):
    async def coats() -> int:
        return (await known.available(SUZHOU, [COAT]))[COAT]

    await sell(database, 2)
    await comes_to(3, coats)
    await stock(database, 9)
    await comes_to(9, coats)
    await stock(database, 1, VEST)
    await comes_to(frozenset({COAT, VEST}), lambda: known.in_stock(SUZHOU))
    await sell(database, 9)
    await comes_to(frozenset({VEST}), lambda: known.in_stock(SUZHOU))
    await database["pools"].delete_one({"_id": f"{SUZHOU}/{VEST}"})
    await comes_to(frozenset(), lambda: known.in_stock(SUZHOU))
    assert await coats() == 0


async def test_of_many_changes_the_newest_is_shown(known: MongoShownStock, database: Database):
    for _ in range(4):
        await sell(database)
        await database["pools"].update_one({"_id": f"{SUZHOU}/{COAT}"}, {"$set": {"ops": []}})
    await comes_to({COAT: 1}, lambda: known.available(SUZHOU, [COAT]))


async def test_a_change_during_the_reading_is_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    await stock(database, 5)
    async with showing(database) as found:
        real = found._documents

        class Late:
            """What was found comes when a sale after it has already been told."""

            def find(self, *wanted: Any) -> "Late":
                self.cursor = real.find(*wanted)
                return self

            def batch_size(self, _: int) -> "Late":
                return self

            async def to_list(self, _: None) -> Any:
                read = await self.cursor.to_list(None)
                await sell(database, 5)
                await comes_to(True, lambda: _told(found))
                return read

        monkeypatch.setattr(found, "_documents", Late())
        assert await found.in_stock(SUZHOU) == frozenset()
        monkeypatch.setattr(found, "_documents", real)
        assert await found.available(SUZHOU, [COAT]) == {COAT: 0}


async def _told(found: MongoShownStock) -> bool:
    return any(one.told for one in found._readings)


async def test_pools_are_kept_until_they_change(
    known: MongoShownStock, database: Database, asked: list[str]
):
    async def free() -> int:
        return (await known.pools(SUZHOU, [COAT, VEST]))[COAT].store("S1").available

    assert [await free() for _ in range(3)] == [5, 5, 5]
    assert asked == ["pools"]
    # Nothing that the region as a whole has changes when a store gives another its units.
    moved = {"stores.S1.on_hand": -5, "stores.S1.free": -5, "stores.S2.on_hand": 5}
    await database["pools"].update_one({"_id": f"{SUZHOU}/{COAT}"}, {"$inc": moved})
    await comes_to(0, free)
    assert (await known.pools(SUZHOU, [COAT]))[COAT].store("S2").available == 5


async def test_a_pool_that_changes_while_it_is_read_is_not_kept(
    known: MongoShownStock, database: Database, monkeypatch: pytest.MonkeyPatch
):
    load = shown.MongoPools.load

    async def late(self: Any, region: str, skus: Any) -> Any:
        read = await load(self, region, skus)
        await sell(database, 5)
        await comes_to(True, lambda: _told(known))
        return read

    with monkeypatch.context() as patch:
        patch.setattr(shown.MongoPools, "load", late)
        await known.pools(SUZHOU, [COAT])
    assert (await known.pools(SUZHOU, [COAT]))[COAT].store("S1").available == 0


async def test_what_was_read_while_the_stream_began_anew_is_not_kept(
    known: MongoShownStock, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    load = shown.MongoPools.load

    async def late(self: Any, region: str, skus: Any) -> Any:
        read = await load(self, region, skus)
        await known.opened()
        return read

    with monkeypatch.context() as patch:
        patch.setattr(shown.MongoPools, "load", late)
        await known.pools(SUZHOU, [COAT])
    await known.pools(SUZHOU, [COAT])
    assert asked == ["pools", "pools"]


async def test_without_the_stream_the_database_is_asked(
    known: MongoShownStock, database: Database, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    await known.pools(SUZHOU, [COAT])
    asked.clear()
    monkeypatch.setattr(changes, "FRESH_S", -1.0)
    await sell(database, 5)
    assert await known.available(SUZHOU, [COAT]) == {COAT: 0}
    assert await known.in_stock(SUZHOU) == frozenset()
    assert (await known.pools(SUZHOU, [COAT]))[COAT].store("S1").available == 0
    assert asked == ["units", "region", "pools"]


async def test_after_a_new_opening_everything_is_read_again(
    known: MongoShownStock, database: Database, asked: list[str]
):
    await known.pools(SUZHOU, [COAT])
    asked.clear()
    await known.opened()
    assert await known.available(SUZHOU, [COAT]) == {COAT: 5}
    await known.pools(SUZHOU, [COAT])
    await known.in_stock(SUZHOU)
    assert sorted(asked) == ["pools", "region", "units"]


async def test_dropped_pools_are_gone(known: MongoShownStock, database: Database):
    await database["pools"].drop()
    await comes_to(frozenset(), lambda: known.in_stock(SUZHOU))
    await prepare(database)  # its indexes are gone with it


async def test_what_nobody_asks_for_is_let_go(
    known: MongoShownStock, database: Database, monkeypatch: pytest.MonkeyPatch
):
    await stock(database, 3, region=WUXI)
    await known.in_stock(WUXI)
    monkeypatch.setattr(shown, "MOST_NUMBERS", 1)
    await known.in_stock("330100")
    assert [*known._regions] == [WUXI, "330100"]
    monkeypatch.setattr(shown, "UNUSED_S", -1.0)
    known.in_step()
    assert not known._regions


async def test_a_reading_that_fails_is_told_and_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    await stock(database, 5)
    async with showing(database) as found:
        with monkeypatch.context() as patch:
            patch.setattr(found, "_documents", None)
            with pytest.raises(AttributeError):
                await found.in_stock(SUZHOU)
        await asyncio.sleep(0)
        assert "a region's stock could not be read" in caplog.text
        assert await found.in_stock(SUZHOU) == {COAT}
