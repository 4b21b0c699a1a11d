"""Share links and touches in MongoDB."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.sharing.attribution import Credit
from domain.sharing.links import ShareCode, ShareLink, Touch
from storage.mongo.kernel.database import DESCENDING, BulkWriteError, Database, Document
from storage.mongo.kernel.documents import from_document, to_document

BATCH = 200
DUPLICATE_KEY = 11000
TRIES = 5


class MongoShareLinks:
    """One document a link, found by its code; `key` is unique over what the link is for."""

    def __init__(self, database: Database) -> None:
        self._links = database["share_links"]

    async def by_code(self, code: ShareCode) -> ShareLink | None:
        """One link, by one indexed read."""
        found = await self._links.find_one({"_id": code})
        return _link(found) if found else None

    async def by_codes(self, codes: Sequence[ShareCode]) -> dict[ShareCode, ShareLink]:
        """Those of the codes that exist."""
        links = {}
        for start in range(0, len(codes), BATCH):
            batch = {"_id": {"$in": list(codes[start : start + BATCH])}}
            for found in await self._links.find(batch).to_list(None):
                links[found["_id"]] = _link(found)
        return links

    async def keep(
        self, links: Sequence[ShareLink], new_code: Callable[[], ShareCode]
    ) -> list[ShareLink]:
        """Keep links and return them in order; one that exists by its key stays as it was."""
        kept: list[ShareLink] = []
        for start in range(0, len(links), BATCH):
            kept += await self._keep(list(links[start : start + BATCH]), new_code)
        return kept

    async def _keep(
        self, links: list[ShareLink], new_code: Callable[[], ShareCode]
    ) -> list[ShareLink]:
        """Look, write what is not there, and look again at what somebody else wrote meanwhile."""
        for _ in range(TRIES):
            existing = await self._by_keys([link.key for link in links])
            missing = [link for link in links if link.key not in existing]
            if await self._insert(missing):
                existing.update({link.key: link for link in missing})
                return [existing[link.key] for link in links]
            links = [replace(link, code=new_code()) for link in links]
        raise RuntimeError("share codes collide again and again: is their source random?")

    async def _by_keys(self, keys: list[str]) -> dict[str, ShareLink]:
        found = await self._links.find({"key": {"$in": keys}}).to_list(None)
        return {document["key"]: _link(document) for document in found}

    async def _insert(self, links: list[ShareLink]) -> bool:
        """Insert all; False if a key or a code of one of them was taken."""
        if not links:
            return True
        documents = [{**to_document(link, key="code"), "key": link.key} for link in links]
        try:
            await self._links.insert_many(documents, ordered=False)
        except BulkWriteError as fault:
            if any(error["code"] != DUPLICATE_KEY for error in fault.details["writeErrors"]):
                raise
            return False
        return True


class MongoTouches:
    """One document for each visitor, link and short interval."""

    def __init__(self, database: Database) -> None:
        self._touches = database["touches"]
        self._links = database["share_links"]

    async def add(self, touch: Touch) -> None:
        """Note a touch; a second one in its interval moves the moment on and is not another."""
        document = {**to_document(touch, key="code"), "_id": touch.id, "code": touch.code}
        await self._touches.replace_one({"_id": touch.id}, document, upsert=True)

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Make the visitor's touches the member's; done again, it changes nothing."""
        await self._touches.update_many(
            {"person_id": visitor_id}, {"$set": {"person_id": member_id}}
        )

    async def count(self, code: ShareCode) -> int:
        """How many touches a link has had."""
        return await self._touches.count_documents({"code": code})

    async def last_credit(self, person_id: PersonId, *, since: datetime) -> Credit | None:
        """The newest touch of this consumer at or after a moment; None where there is none."""
        newest = (
            await self._touches.find({"person_id": person_id, "touched_at": {"$gte": since}})
            .sort("touched_at", DESCENDING)
            .limit(1)
            .to_list(1)
        )
        return _credit(newest[0], newest[0]["touched_at"]) if newest else None

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        """Who gave a share code out, as a touch through it at this moment; None if nobody did."""
        found = await self._links.find_one({"_id": share_code})
        return _credit({**found, "code": share_code}, now) if found else None


def _link(document: Document) -> ShareLink:
    return from_document(ShareLink, document, key="code")


def _credit(document: Document, touched_at: datetime) -> Credit:
    return Credit(
        guide_id=document["guide_id"],
        store_id=document["store_id"],
        share_code=document["code"],
        touched_at=touched_at,
    )
