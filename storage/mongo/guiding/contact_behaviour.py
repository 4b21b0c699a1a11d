"""How far what WeCom counts is read, in MongoDB, one document a day."""

from collections.abc import Sequence
from datetime import datetime

from domain.guiding.contact_behaviour import BehaviourRun
from storage.mongo.kernel.database import EARLIEST, Database
from storage.mongo.kernel.documents import all_of, insert_new, save_version, to_document


class MongoBehaviourRuns:
    """See `domain.guiding.contact_behaviour.BehaviourRuns`."""

    def __init__(self, database: Database) -> None:
        self._runs = database["behaviour_runs"]

    async def begin(self, runs: Sequence[BehaviourRun]) -> None:
        """Keep new ones; those that are there stay."""
        await insert_new(self._runs, [to_document(one) for one in runs])

    async def due(self, now: datetime) -> Sequence[BehaviourRun]:
        """Those that are to be gone on with."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._runs.find(wanted).sort("due_at").to_list(None)
        return all_of(BehaviourRun, found)

    async def save(self, run: BehaviourRun, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        await save_version(self._runs, to_document(run), expected=expected)
