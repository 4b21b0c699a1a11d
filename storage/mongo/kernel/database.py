"""The connection to MongoDB; the driver is named in this folder alone."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    UpdateMany,
    UpdateOne,
)
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.read_concern import ReadConcern

from storage.mongo.kernel.indexes import INDEXES

Document = dict[str, Any]
if TYPE_CHECKING:
    Client = AsyncIOMotorClient[Document]
    Database = AsyncIOMotorDatabase[Document]
    Collection = AsyncIOMotorCollection[Document]
else:  # the driver's classes are generic to the type checker alone
    Client, Database, Collection = (
        AsyncIOMotorClient,
        AsyncIOMotorDatabase,
        AsyncIOMotorCollection,
    )

CONNECT_TIMEOUT_MS = 5_000
# The server's code for a write that a unique index refused.
DUPLICATE_KEY = 11000


# A range of moments is bounded below too: without, the embedded server reads the whole collection.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class DatabaseUnreachable(Exception):
    """No database answers at the configured address."""


def connect(uri: str, name: str) -> Database:
    """Open a pool of connections; writes are acknowledged by a majority, times are aware UTC."""
    try:
        client: Client = AsyncIOMotorClient(
            uri, tz_aware=True, w="majority", serverSelectionTimeoutMS=CONNECT_TIMEOUT_MS
        )
    except (InvalidURI, ConfigurationError, ValueError):
        raise DatabaseUnreachable("MONGODB_URI is not a MongoDB address.") from None
    return client[name]


async def prepare(database: Database) -> None:
    """Check that the database answers and make every index that it lacks."""
    try:
        await database.command("ping")
    except ServerSelectionTimeoutError:
        raise DatabaseUnreachable(
            "no database answers at MONGODB_URI; start it or correct the address."
        ) from None
    except OperationFailure:
        raise DatabaseUnreachable(
            "the database turns away the name and password in MONGODB_URI; correct them."
        ) from None
    wanted: dict[str, list[IndexModel]] = defaultdict(list)
    for collection, keys, options in INDEXES:
        wanted[collection].append(IndexModel(list(keys), **options))
    await asyncio.gather(
        *(database[collection].create_indexes(indexes) for collection, indexes in wanted.items())
    )


def acknowledged_by_most(collection: Collection) -> Collection:
    """The same collection, showing only what no failure of a server can take back."""
    return collection.with_options(read_concern=ReadConcern("majority"))


__all__ = [
    "ASCENDING",
    "DESCENDING",
    "DUPLICATE_KEY",
    "EARLIEST",
    "BulkWriteError",
    "Collection",
    "ConnectionFailure",
    "Database",
    "DatabaseUnreachable",
    "DeleteOne",
    "Document",
    "DuplicateKeyError",
    "InsertOne",
    "PyMongoError",
    "ReplaceOne",
    "UpdateMany",
    "UpdateOne",
    "acknowledged_by_most",
    "connect",
    "prepare",
]
