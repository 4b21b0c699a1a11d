"""One service for the tests of a module; each starts without assets and without files."""

import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qianmian.settings import Settings
from storage.mongo.kernel.database import Database, connect
from tests.conftest import Service, serving, settings_for


@pytest.fixture(scope="module")
async def settings(
    mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """Settings with a database of the module's own, dropped afterwards."""
    name = f"assets{secrets.token_hex(4)}"
    yield settings_for(mongodb_uri, name, tmp_path_factory.mktemp("assets"))
    database = connect(mongodb_uri, name)
    await database.client.drop_database(name)
    database.client.close()


@pytest.fixture(scope="module")
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The service, listening."""
    async with serving(settings) as service:
        yield service


@pytest.fixture
async def database(running: Service) -> AsyncIterator[Database]:
    """The service's database, without assets."""
    database = connect(running.settings.mongodb_uri, running.settings.mongodb_database)
    for name in ("assets", "uses", "records", "direct_uploads"):
        await database[name].delete_many({})
    yield database
    database.client.close()


@pytest.fixture
def service(running: Service, database: Database) -> Service:
    """The service without assets and files."""
    for kept in Path(running.settings.files).glob("*"):
        shutil.rmtree(kept)
    return running
