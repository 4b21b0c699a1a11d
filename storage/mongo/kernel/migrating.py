"""Changes of what is kept, numbered, each made once, while processes serve.

`meta` has one document, `schema`: `version` is the number up to which all migrations are done, and
`floor` the least number that a process must know to serve. Each process tells in its document of
`hearts` which number it knows. A change goes in three phases, in this order, and is never made by
one version of the service alone:

  EXPAND    makes room or fills in; older versions do not notice. Done before this version serves.
  MIGRATE   brings over what older versions have left. Every process that runs writes the new form.
  CONTRACT  takes away the old form. Every process that runs reads the new one alone.

The last two wait until no process runs that does not know them, and none starts from then on.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from storage.mongo.kernel.database import Database, DatabaseUnreachable, Document
from storage.mongo.kernel.documents import BATCH

# Whoever has one writes at least once in this time, or others may go on with it.
LEASE = timedelta(minutes=2)
LOOK_S = 0.5
# A process that has not been heard of for so long does not serve.
SILENT = timedelta(seconds=30)


class Phase(StrEnum):
    """What a migration may rely on, see above."""

    EXPAND = "EXPAND"
    MIGRATE = "MIGRATE"
    CONTRACT = "CONTRACT"


class Walk:
    """A migration that this process has to itself, and how far it has come."""

    def __init__(self, database: Database, name: str, holder: str) -> None:
        self._migrations, self._mine = database["migrations"], {"_id": name, "holder": holder}

    async def batches(
        self, collection: Any, fields: Document | None = None
    ) -> AsyncIterator[list[Document]]:
        """A collection's documents by their ids, a thousand at a time.

        A batch counts as done when the next one is asked for; a run that was cut short goes on
        with the batch in which it was. So a batch may come twice, and must bear it.
        """
        place = f"places.{collection.name}"
        known = await self._migrations.find_one(self._mine, {place: 1})
        after = (known or {}).get("places", {}).get(collection.name)
        wanted = {} if after is None else {"_id": {"$gt": after}}
        some: list[Document] = []
        async for one in collection.find(wanted, fields, batch_size=BATCH).sort("_id", 1):
            some.append(one)
            if len(some) == BATCH:
                yield some
                await self._keep({place: some[-1]["_id"]})
                some = []
        if some:
            yield some
            await self._keep({place: some[-1]["_id"]})

    async def _keep(self, done: Document) -> None:
        until = datetime.now(UTC) + LEASE
        kept = await self._migrations.update_one(self._mine, {"$set": {**done, "until": until}})
        if not kept.matched_count:
            raise DatabaseUnreachable(
                f"somebody else goes on with {self._mine['_id']}; run scripts/migrate plan."
            )

    async def end(self) -> None:
        """Note that it is done."""
        now = datetime.now(UTC)
        await self._keep({"done": True, "done_at": now})


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One change; `work` bears being done again, or by two at once, and changes nothing then.

    Numbers go up by one; a name is never used again.
    """

    number: int
    name: str
    phase: Phase
    work: Callable[[Walk], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What a database says of itself; one that says nothing is older than all migrations."""

    version: int = 0
    floor: int = 0


def known_by(migrations: Sequence[Migration]) -> int:
    """The highest number that this version of the service knows."""
    return max(one.number for one in migrations)


async def schema_of(database: Database) -> Schema:
    """How far the database's migrations have come."""
    found = await database["meta"].find_one({"_id": "schema"}) or {}
    return Schema(version=found.get("version", 0), floor=found.get("floor", 0))


async def require_schema(database: Database, migrations: Sequence[Migration]) -> None:
    """Refuse a database that is too old or too new for this version; DatabaseUnreachable."""
    schema = await schema_of(database)
    require_known(schema.floor, known_by(migrations))
    # A version that knows how the old form is taken away reads the new one alone.
    needed = max(one.number - (one.phase is Phase.CONTRACT) for one in migrations if _early(one))
    if schema.version < needed:
        raise DatabaseUnreachable(
            f"the database is at version {schema.version} and {needed} is needed; "
            "run scripts/migrate apply first."
        )


def require_known(floor: int, known: int) -> None:
    """Refuse what only later versions of the service can read; DatabaseUnreachable."""
    if floor > known:
        raise DatabaseUnreachable(
            f"the database needs a service that knows version {floor} and this one knows {known}; "
            "start a later version."
        )


def _early(one: Migration) -> bool:
    return one.phase in (Phase.EXPAND, Phase.CONTRACT)


async def older_processes(database: Database, number: int) -> int:
    """How many processes serve that do not know a migration."""
    lately = datetime.now(UTC) - SILENT
    beats = await database["hearts"].find({}, {"at": 1, "knows": 1}).to_list(None)
    return sum(one["at"] > lately and one.get("knows", 0) < number for one in beats)


async def migrate(
    database: Database, migrations: Sequence[Migration], say: Callable[[str], None]
) -> Sequence[Migration]:
    """Make what is not made, in order; answer what waits for older processes to end."""
    schema = await schema_of(database)
    require_known(schema.floor, known_by(migrations))
    left = [one for one in migrations if one.number > schema.version]
    for place, one in enumerate(left):
        if one.phase is not Phase.EXPAND:
            if await older_processes(database, one.number):
                return left[place:]
            # First this, then another look: a process beats first and then reads the floor.
            await _raise(database, "floor", one.number)
            if await older_processes(database, one.number):
                return left[place:]
        say(f"{one.number} {one.phase.value.lower()} {one.name}")
        await _make(database, one)
        await _raise(database, "version", one.number)
    return ()


async def _raise(database: Database, field: str, number: int) -> None:
    await database["meta"].update_one({"_id": "schema"}, {"$max": {field: number}}, upsert=True)


async def _make(database: Database, migration: Migration) -> None:
    """Have it to oneself and do it, or wait until somebody else has done it."""
    kept, holder = database["migrations"], secrets.token_hex(8)
    await kept.update_one({"_id": migration.name}, {"$setOnInsert": {"done": False}}, upsert=True)
    while True:
        found = await kept.find_one({"_id": migration.name})
        assert found
        if found["done"]:
            return
        now = datetime.now(UTC)
        until = found.get("until")
        # What ends much later than a new one would was taken by a clock that was wrong.
        if until is None or not now < until <= now + 2 * LEASE:
            was = {"_id": migration.name, "holder": found.get("holder"), "done": False}
            lease = {"holder": holder, "until": now + LEASE, "number": migration.number}
            if (await kept.update_one(was, {"$set": lease})).matched_count:
                walk = Walk(database, migration.name, holder)
                await migration.work(walk)
                await walk.end()
                return
        await asyncio.sleep(LOOK_S)
