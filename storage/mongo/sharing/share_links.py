"""Share links in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.people.accounts import GuideId
from domain.sharing.link_facts import link_made
from domain.sharing.share_links import NewCode, ShareCode, ShareLink
from storage.mongo.kernel.database import (
    DESCENDING,
    Database,
    Document,
)
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    find_by_ids,
    from_document,
    insert_new,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import page

TRIES = 5
NEWEST = [("created_at", DESCENDING), ("_id", DESCENDING)]
OWN_LINKS = Cursors("links of a guide", datetime, str)


class MongoShareLinks:
    """One document a link, found by its code; `key` is unique over what the link is for."""

    def __init__(self, database: Database) -> None:
        self._links = database["share_links"]

    async def by_code(self, code: ShareCode) -> ShareLink | None:
        """One link, by one indexed read."""
        found = await self._links.find_one({"_id": code})
        return _link(found) if found else None

    async def by_codes(self, codes: Collection[ShareCode]) -> Mapping[ShareCode, ShareLink]:
        """Those of these codes."""
        found = await find_by_ids(self._links, sorted(codes))
        return {link.code: link for link in map(_link, found)}

    async def of_guide(self, guide_id: GuideId, request: PageRequest) -> Page[ShareLink]:
        """A guide's links, the newest first."""
        return await page(self._links, {"guide_id": guide_id}, NEWEST, request, OWN_LINKS, _link)

    async def keep(self, links: Sequence[ShareLink], new_code: NewCode) -> list[ShareLink]:
        """Keep links and return them in order; one that exists by its key stays as it was."""
        kept: list[ShareLink] = []
        for start in range(0, len(links), IN_AT_MOST):
            kept += await self._keep(list(links[start : start + IN_AT_MOST]), new_code)
        return kept

    async def _keep(self, links: list[ShareLink], new_code: NewCode) -> list[ShareLink]:
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
        documents = [
            saying({**to_document(link, key="code"), "key": link.key}, [link_made(link)])
            for link in links
        ]
        return not await insert_new(self._links, documents)


def _link(document: Document) -> ShareLink:
    return from_document(ShareLink, document, key="code")
