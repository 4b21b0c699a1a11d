"""The indexes that a database has, beside those that are declared."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel

from storage.mongo.kernel.collections import COLLECTIONS, Index
from storage.mongo.kernel.database import Database, DatabaseUnreachable, Document, reach

OPTIONS = ("unique", "sparse", "expireAfterSeconds", "partialFilterExpression")
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One index that is to be made (`add`), is there otherwise (`differs`) or is not declared."""

    what: str
    collection: str
    name: str
    index: Index | None = None


async def prepare(database: Database) -> None:
    """Check that the database answers and make every index that it lacks."""
    await reach(database)
    await asyncio.gather(
        *(
            database[one.name].create_indexes([_model(index) for index in one.indexes])
            for one in COLLECTIONS
            if one.indexes
        )
    )


async def require(database: Database) -> None:
    """Check that the database answers and has every index; else DatabaseUnreachable."""
    await reach(database)
    lacking = [step for step in await plan(database) if step.index is not None]
    if lacking:
        named = ", ".join(f"{step.collection}.{step.name}" for step in lacking[:SHOWN])
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        raise DatabaseUnreachable(
            f"the database lacks indexes: {named}{more}; run scripts/indexes apply first."
        )


async def plan(database: Database) -> Sequence[Step]:
    """What parts the indexes of a database from those that are declared, by collection."""
    existing = set(await database.list_collection_names())
    steps: list[Step] = []
    for one in COLLECTIONS:
        wanted = {index.name: index for index in one.indexes}
        found = await _indexes(database, one.name) if one.name in existing else {}
        for name, index in wanted.items():
            if name not in found:
                steps.append(Step(what="add", collection=one.name, name=name, index=index))
            elif found[name] != index.options:
                steps.append(Step(what="differs", collection=one.name, name=name, index=index))
        steps += [
            Step(what="not declared", collection=one.name, name=name)
            for name in found
            if name not in wanted
        ]
    return steps


async def make(database: Database, step: Step) -> None:
    """Make an index, or make it anew where it is there otherwise."""
    if step.index is None:
        raise ValueError("what is not declared is not made")
    if step.what == "differs":
        await database[step.collection].drop_index(step.name)
    await database[step.collection].create_indexes([_model(step.index)])


async def _indexes(database: Database, collection: str) -> dict[str, Document]:
    """The options of each index but that of `_id`."""
    found = await database[collection].index_information()
    return {
        "_".join(f"{field}_{order}" for field, order in one["key"]): _options(one)
        for one in found.values()
        if [field for field, _ in one["key"]] != ["_id"]
    }


def _options(index: Document) -> dict[str, Any]:
    # 0 seconds are an option; what is False is not chosen.
    found = {name: index.get(name, False) for name in OPTIONS}
    return {name: value for name, value in found.items() if value is not False}


def _model(index: Index) -> IndexModel:
    return IndexModel(list(index.keys), **index.options)
