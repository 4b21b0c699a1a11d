"""The connection to MongoDB; the driver is named in this folder alone."""

import time
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import (
    ASCENDING,
    DESCENDING,
    DeleteOne,
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
    WriteConcernError,
)
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
    register,
)
from pymongo.read_concern import ReadConcern

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
# How often a server is asked what it is, where nothing was heard of it meanwhile: the driver's own
# ten seconds would be waited for after an election, too.
LOOK_EVERY_MS = 2_000
# A service's bound for one call, with all that the driver repeats of it: longer than the 12 seconds
# in which a replica set elects a primary anew at the latest.
CALL_TIMEOUT_MS = 20_000
# Codes that the driver's specification of retryable writes takes for passing, and the one of a call
# whose time was over: what they fail may be sent again. Others of that list are ConnectionFailures.
PASSING = frozenset({50, 134, 262})
# The server's code for a write that a unique index refused.
DUPLICATE_KEY = 11000


# A range of moments is bounded below too: without, the embedded server reads the whole collection.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Heard(CommandListener):
    """When a database last answered a command, however busy it is."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def started(self, event: CommandStartedEvent) -> None:
        """Nothing is heard yet."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """It answered."""
        self.at = time.monotonic()

    def failed(self, event: CommandFailedEvent) -> None:
        """It may not have."""


_HEARD: dict[int, Heard] = {}


class DatabaseUnreachable(Exception):
    """No database answers at the configured address."""


def connect(
    uri: str,
    name: str,
    *,
    call_timeout_ms: int | None = None,
    listeners: Sequence[CommandListener] = (),
) -> Database:
    """Open a pool of connections; writes are acknowledged by a majority, times are aware UTC.

    With a `call_timeout_ms`, each call repeats until then what an election or a broken connection
    cuts off, and is given up then, by the server too; without, it repeats once and may take long.
    The `listeners` are told of each.
    """
    heard = Heard()
    try:
        client: Client = AsyncIOMotorClient(
            uri,
            tz_aware=True,
            w="majority",
            # Whatever the address says: what others may undo is neither read nor built upon.
            readPreference="primary",
            serverSelectionTimeoutMS=CONNECT_TIMEOUT_MS,
            timeoutMS=call_timeout_ms,
            heartbeatFrequencyMS=LOOK_EVERY_MS,
            event_listeners=[heard, *listeners],
        )
    except (InvalidURI, ConfigurationError, ValueError):
        raise DatabaseUnreachable("MONGODB_URI is not a MongoDB address.") from None
    _HEARD[id(client.delegate)] = heard
    weakref.finalize(client.delegate, _HEARD.pop, id(client.delegate))
    return client[name]


def heard_of(database: Database) -> Heard:
    """When the server of a database that `connect` has opened last answered."""
    return _HEARD[id(database.client.delegate)]


def retries_writes(database: Database) -> bool:
    """Whether the driver repeats a write that an election cut off."""
    return bool(database.client.delegate.options.retry_writes)


async def reach(database: Database) -> None:
    """Check that the database answers."""
    try:
        with pymongo.timeout(CONNECT_TIMEOUT_MS / 1_000):
            await database.command("ping")
    except ServerSelectionTimeoutError:
        raise DatabaseUnreachable(
            "no database answers at MONGODB_URI; start it or correct the address."
        ) from None
    except OperationFailure:
        raise DatabaseUnreachable(
            "the database turns away the name and password in MONGODB_URI; correct them."
        ) from None


def is_unsure(fault: PyMongoError) -> bool:
    """Whether a write was done but no majority has confirmed it, so that it may yet be undone."""
    if isinstance(fault, BulkWriteError):
        return bool((fault.details or {}).get("writeConcernErrors"))
    return isinstance(fault, WriteConcernError)


def is_silence(fault: PyMongoError) -> bool:
    """Whether the database did not answer in time, or not as one that is whole does."""
    code = fault.code if isinstance(fault, OperationFailure) else None
    return isinstance(fault, ConnectionFailure) or code in PASSING or fault.timeout


def only_duplicates(fault: BulkWriteError) -> list[Mapping[str, Any]]:
    """The errors of a bulk write, all of them duplicate keys; anything else is raised again.

    So is a write that no majority has confirmed, whatever its errors: the others may be undone.
    """
    errors: list[Mapping[str, Any]] = (fault.details or {})["writeErrors"]
    if is_unsure(fault) or not errors or any(error["code"] != DUPLICATE_KEY for error in errors):
        raise fault
    return errors


def acknowledged_by_most(collection: Collection) -> Collection:
    """The same collection, showing only what no failure of a server can take back."""
    return collection.with_options(read_concern=ReadConcern("majority"))


__all__ = [
    "ASCENDING",
    "CALL_TIMEOUT_MS",
    "DESCENDING",
    "DUPLICATE_KEY",
    "EARLIEST",
    "BulkWriteError",
    "Collection",
    "CommandFailedEvent",
    "CommandListener",
    "CommandStartedEvent",
    "CommandSucceededEvent",
    "ConnectionFailure",
    "Database",
    "DatabaseUnreachable",
    "DeleteOne",
    "Document",
    "DuplicateKeyError",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "ReplaceOne",
    "UpdateMany",
    "UpdateOne",
    "acknowledged_by_most",
    "connect",
    "heard_of",
    "is_silence",
    "is_unsure",
    "only_duplicates",
    "reach",
    "register",
    "retries_writes",
]
