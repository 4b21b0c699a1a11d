"""The reference data of a process: loaded once, then never more than a second behind."""

import asyncio
import contextlib
import time

import pytest

from domain.kernel.refusals import Conflict
from scripts import embedded
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database, connect
from storage.mongo.kernel.indexing import prepare
from storage.mongo.mall.reference import MongoReference
from tests.support.builders import NOON, a_price_change, a_product, a_region, a_store, a_variant

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def following(database: Database):
    reference = MongoReference(database)
    changes = ChangeStream(database, [reference])
    await changes.start()
    try:
        yield reference
    finally:
        await changes.stop()


async def until(true) -> None:
    """Wait for something to become true, on a machine however slow."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "not so after 60 s"
        await asyncio.sleep(0.01)


async def test_what_one_instance_writes_is_in_its_own_next_view(database: Database):
    async with following(database) as reference:
        await reference.save_regions([a_region()])
        await reference.save_stores([a_store()])
        await reference.save_products([a_product()])
        await reference.save_price_change(a_price_change(("10001-NVY-M", 199900)))
        view = reference.now()
        assert view.store("S0001") == a_store()
        assert view.region("320500") == a_region()
        assert view.product("10001") == a_product()
        assert view.catalogue.price_at("10001-NVY-M", NOON).amount == 199900


async def test_what_was_written_before_the_start_is_loaded(database: Database):
    writer = MongoReference(database)
    await writer.save_products([a_product()])
    async with following(database) as reference:
        assert reference.now().product("10001") == a_product()


async def test_another_instance_sees_a_change(mongodb_uri: str, database: Database):
    elsewhere = connect(mongodb_uri, database.name)
    async with following(database) as mine, following(elsewhere) as theirs:
        for version, name in enumerate(("秋款", "冬款", "春款"), start=1):
            await theirs.save_products([a_product(name=name, version=version)])
            await until(
                lambda name=name: (
                    "10001" in mine.now().products and mine.now().product("10001").name == name
                )
            )
    elsewhere.client.close()


async def test_another_instance_sees_hundreds_of_stores_and_their_removal(
    mongodb_uri: str, database: Database
):
    elsewhere = connect(mongodb_uri, database.name)
    stores = [a_store(f"S{number:04}") for number in range(300)]
    async with following(database) as mine:
        await MongoReference(elsewhere).save_stores(stores)
        await until(lambda: len(mine.now().stores) == 300)
        await elsewhere["stores"].delete_one({"_id": "S0150"})
        await until(lambda: "S0150" not in mine.now().stores)
        assert mine.now().stores["S0299"] == stores[299]
    elsewhere.client.close()


async def test_a_dropped_collection_is_empty_in_the_view_too(database: Database):
    async with following(database) as reference:
        await reference.save_products([a_product()])
        await database["products"].drop()
        await until(lambda: not reference.now().products)
    await prepare(database)  # its indexes are gone with it


async def test_of_two_who_write_one_version_the_second_is_refused(database: Database):
    async with following(database) as reference:
        await reference.save_products([a_product()])
        await reference.save_products([a_product(name="冬款", version=2)])
        with pytest.raises(Conflict, match="10001"):
            await reference.save_products([a_product(name="春款", version=2), a_product("10002")])
        assert reference.now().product("10001").name == "冬款"
        assert reference.now().product("10002") == a_product("10002")


async def test_the_newest_of_many_writes_at_once_is_what_stays(database: Database):
    async with following(database) as reference:
        for version in range(1, 6):
            regions = [a_region(name=f"{version}-{n}", version=version) for n in range(10)]
            writes = (reference.save_regions([one]) for one in regions)
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert sum(isinstance(one, Conflict) for one in answers) == 9
            stored = await database["regions"].find_one({"_id": "320500"})
            await until(lambda: reference.now().region("320500").name == stored["name"])  # noqa: B023
            await asyncio.sleep(0.4)  # nothing that comes later undoes it
            assert reference.now().region("320500").name == stored["name"]


async def test_a_change_of_stores_leaves_the_catalogue_as_it_is(database: Database):
    async with following(database) as reference:
        await reference.save_products([a_product()])
        catalogue = reference.now().catalogue
        await reference.save_stores([a_store()])
        await reference.save_stores([a_store(name="苏州十全街店", version=2)])
        assert reference.now().catalogue is catalogue


async def test_a_lost_stream_is_taken_up_again_with_what_was_missed(tmp_path):
    folder, port = tmp_path / "data", embedded.free_port()
    server = embedded.start(folder, port)
    database = connect(embedded.uri(port), "test")
    try:
        await prepare(database)
        async with following(database) as reference:
            await reference.save_products([a_product(name="秋款")])
            server.kill()
            server.wait()
            server = embedded.start(folder, port)
            await MongoReference(database).save_products([a_product(name="冬款", version=2)])
            await until(lambda: reference.now().product("10001").name == "冬款")
    finally:
        database.client.close()
        embedded.stop(server)


async def test_a_sku_can_not_come_to_belong_to_two_products(database: Database):
    async with following(database) as reference:
        await reference.save_products([a_product("10001", variants=(a_variant("S-1"),))])
        with pytest.raises(Conflict):
            await reference.save_products([a_product("10002", variants=(a_variant("S-1"),))])
        assert set(reference.now().products) == {"10001"}
