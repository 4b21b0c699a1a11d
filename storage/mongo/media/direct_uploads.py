"""Direct uploads under way in MongoDB, one document each."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.media.assets import AssetId
from domain.media.direct_uploads import DirectUpload
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import all_of, from_document, to_document


class MongoDirectUploads:
    """Kept until they expire, also when they are complete, so that a repeat is answered alike."""

    def __init__(self, database: Database) -> None:
        self._uploads = database["direct_uploads"]

    async def add(self, upload: DirectUpload) -> None:
        """Keep a new upload."""
        await self._uploads.insert_one(to_document(upload))

    async def by_id(self, id: str) -> DirectUpload | None:
        """One upload."""
        found = await self._uploads.find_one({"_id": id})
        return from_document(DirectUpload, found) if found else None

    async def count_open(self, sender_id: PersonId) -> int:
        """How many a person has begun and not completed."""
        return await self._uploads.count_documents({"sender_id": sender_id, "asset_id": None})

    async def claim(self, id: str, *, now: datetime, until: datetime) -> bool:
        """Take an upload for oneself until a moment; False where somebody else has it."""
        result = await self._uploads.update_one(
            {"_id": id, "claimable_at": {"$lte": now}}, {"$set": {"claimable_at": until}}
        )
        return result.matched_count == 1

    async def release(self, id: str, *, now: datetime) -> None:
        """Let an upload be claimed by others again."""
        await self._uploads.update_one({"_id": id}, {"$set": {"claimable_at": now}})

    async def finish(self, id: str, asset_id: AssetId) -> None:
        """Note what asset an upload became."""
        await self._uploads.update_one({"_id": id}, {"$set": {"asset_id": asset_id}})

    async def expired(self, now: datetime) -> Sequence[DirectUpload]:
        """The uploads whose time is over."""
        found = await self._uploads.find({"expires_at": {"$lte": now}}).to_list(None)
        return all_of(DirectUpload, found)

    async def remove(self, id: str) -> None:
        """Forget an upload."""
        await self._uploads.delete_one({"_id": id})
