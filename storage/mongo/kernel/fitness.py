"""Whether a database is one that a brand's season can run on."""

import time
from datetime import UTC, datetime
from typing import Any

from storage.mongo.kernel.database import Database, DatabaseUnreachable, reach, retries_writes

# Leases and moments compare the clocks of processes with each other.
MOST_APART_S = 2.0


async def require_fit(database: Database) -> None:
    """Refuse what loses acknowledged writes or keeps another time; DatabaseUnreachable says why."""
    await reach(database)
    reason = unfit(await database.command("hello"), retries=retries_writes(database))
    if reason:
        raise DatabaseUnreachable(reason)
    apart_s = await seconds_apart(database)
    if apart_s > MOST_APART_S:
        raise DatabaseUnreachable(
            f"the clocks of this machine and of the database are {apart_s:.1f} seconds apart, "
            f"and {MOST_APART_S:.0f} are bearable; let both follow a time server."
        )


def unfit(hello: Any, *, retries: bool) -> str | None:
    """Why production may not run on a server that answers `hello` so; None if it may."""
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        return (
            "MONGODB_URI leads to a standalone server, which loses acknowledged writes with its "
            "machine; production needs a replica set or a sharded cluster."
        )
    if not retries:
        return (
            "MONGODB_URI switches retryable writes off, so that each election would fail requests; "
            "take retryWrites=false out of it."
        )
    return None


async def seconds_apart(database: Database) -> float:
    """How far the clocks of this machine and of the database are apart at least."""
    sent, began = datetime.now(UTC), time.monotonic()
    hello = await database.command("hello")
    took_s = time.monotonic() - began
    # The server read its clock at some moment between the question and the answer.
    local: datetime = hello["localTime"].replace(tzinfo=UTC)
    since_s = (local - sent).total_seconds()
    return max(0.0, -since_s, since_s - took_s)
