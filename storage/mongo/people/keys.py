"""Keys of tills and channels, one document each."""

from datetime import datetime
from functools import partial

from domain.kernel.paging import Page, PageRequest
from domain.people.keys import KEYS, Key, KeyId, KeySecret
from storage.mongo.kernel.database import ASCENDING, Database
from storage.mongo.kernel.documents import from_document, save_version, to_document
from storage.mongo.kernel.pages import page

BY_NAME = (("name", ASCENDING),)


class MongoKeys:
    """See `domain.people.keys.Keys`."""

    def __init__(self, database: Database) -> None:
        self._keys = database["keys"]

    async def by_id(self, id: KeyId) -> Key | None:
        """One key."""
        found = await self._keys.find_one({"_id": id})
        return from_document(Key, found) if found else None

    async def page(self, request: PageRequest) -> Page[Key]:
        """All of them by name, those that were revoked too."""
        return await page(self._keys, {}, BY_NAME, request, KEYS, partial(from_document, Key))

    async def save(self, key: Key, *, expected: int) -> None:
        """Write a key over its expected version, 0 for a new one, whose name must be free."""
        await save_version(self._keys, to_document(key), expected=expected)

    async def note_use(self, key: Key, secret: KeySecret, at: datetime) -> None:
        """Note when a secret was used, if it is there still."""
        place = f"secrets.{key.secrets.index(secret)}"
        await self._keys.update_one(
            {"_id": key.id, f"{place}.digest": secret.digest}, {"$set": {f"{place}.used_at": at}}
        )
