"""Who comes after guides who leave, in MongoDB, held in memory by the stream of changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.kernel.facts import Fact
from domain.people.accounts import GuideId
from domain.people.successions import Succession, heir_at
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.held import Held


class MongoSuccessions:
    """See `domain.people.successions.Successions`; `held` follows the stream."""

    def __init__(self, database: Database) -> None:
        self._successions = database["successions"]
        self.held = Held(self._successions, {}, partial(from_document, Succession))

    async def known(self) -> Mapping[GuideId, Succession]:
        """All of them."""
        return await self.held.known()

    async def heir(self, guide_id: GuideId, at: datetime | None = None) -> GuideId:
        """Whose is at a moment what would be a guide's; by now, where none is told."""
        return heir_at(await self.known(), guide_id, at)

    async def save(
        self, succession: Succession, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""
        document = to_document(succession)
        await save_version(self._successions, document, expected=expected, facts=facts)
        await self.heard_of(succession.id)

    async def heard_of(self, guide_id: GuideId) -> None:
        """Know anew who comes after a guide."""
        await self.held.changed("successions", [guide_id])
