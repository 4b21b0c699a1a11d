"""A database opened for a service, or for a script that works on it; without the API's schema."""

import contextlib
from collections.abc import AsyncIterator

from qianmian.foundation import Foundation
from qianmian.settings import Mode, Settings
from storage.mongo.kernel.database import Database, connect, reach
from storage.mongo.kernel.fitness import require_fit
from storage.mongo.kernel.indexing import prepare, require


@contextlib.asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Foundation]:
    """A foundation whose database answers and is left as it is."""
    database = connect(settings.mongodb_uri, settings.mongodb_database)
    try:
        await reach(database)
        yield Foundation(settings=settings, database=database)
    finally:
        database.client.close()


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Foundation]:
    """A foundation whose database answers and has every index, for a script that works on it."""
    async with reached(settings) as base:
        await indexed(base.database, settings.mode)
        yield base


async def indexed(database: Database, mode: Mode) -> None:
    """Check that the database is fit and has every index, which a demo brand's is given."""
    if mode is Mode.PRODUCTION:
        await require_fit(database)
        await require(database)
    else:
        await prepare(database)
