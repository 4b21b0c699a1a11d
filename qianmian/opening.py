"""A database opened for a service, or for a script that works on it; without the API's schema."""

import contextlib
import logging
from collections.abc import AsyncIterator

from qianmian.foundation import Foundation
from qianmian.migrations import migrations_of
from qianmian.settings import Mode, Settings
from storage.mongo.kernel.database import connect, reach
from storage.mongo.kernel.fitness import require_fit
from storage.mongo.kernel.indexing import prepare, require
from storage.mongo.kernel.migrating import migrate, require_schema

logger = logging.getLogger(__name__)


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
    """A foundation whose database is as this version needs it, for a script that works on it."""
    async with reached(settings) as base:
        await made_ready(base)
        yield base


async def made_ready(base: Foundation) -> None:
    """Check that the database is fit and as this version needs it; a demo brand's is made so."""
    database, migrations = base.database, migrations_of(base)
    if base.settings.mode is Mode.PRODUCTION:
        await require_fit(database)
        await require(database)
    else:
        await prepare(database)
        await migrate(database, migrations, logger.info)
    await require_schema(database, migrations)
