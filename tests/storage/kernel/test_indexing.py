"""The indexes of a real database, beside those that are declared."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scripts.indexes import applied, planned
from storage.mongo.kernel.collections import COLLECTIONS
from storage.mongo.kernel.database import Database, DatabaseUnreachable, connect
from storage.mongo.kernel.indexing import plan, prepare, require
from tests.conftest import settings_for


@pytest.fixture
async def bare(mongodb_uri: str) -> AsyncIterator[Database]:
    """A database of its own, in which there is nothing."""
    database = connect(mongodb_uri, "indexing")
    yield database
    await database.client.drop_database("indexing")
    database.client.close()


async def test_an_empty_database_lacks_everything_and_is_not_served(bare: Database):
    steps = await plan(bare)

    assert len(steps) == sum(len(one.indexes) for one in COLLECTIONS)
    with pytest.raises(DatabaseUnreachable, match=r"lacks indexes: .* and \d+ more; run scripts"):
        await require(bare)


async def test_a_prepared_database_lacks_nothing(bare: Database):
    await prepare(bare)

    assert await plan(bare) == []
    await require(bare)


async def test_what_parts_a_database_from_the_declaration_is_told_and_mended(
    bare: Database, mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    await prepare(bare)
    await bare["orders"].drop_index("buyer_id_1_placed_at_1")
    # Two that are not unique would be a hole in what the service promises.
    await bare["staff"].drop_index("login_1")
    await bare["staff"].create_index([("login", 1)])
    await bare["stores"].create_index([("opened_at", 1)])
    settings = settings_for(mongodb_uri, bare.name, tmp_path)

    assert await planned(settings) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs        staff.login_1",
        "not declared   stores.opened_at_1",
        "add            orders.buyer_id_1_placed_at_1",
        "· 2 to make, 1 not declared",
    ]
    with pytest.raises(DatabaseUnreachable, match="lacks indexes"):
        await require(bare)

    assert await applied(settings) == 0
    assert await planned(settings) == 0
    await require(bare)
    # The version before may need it still.
    assert "opened_at_1" in await bare["stores"].index_information()
