"""Assets in MongoDB, one document each."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.media.assets import Asset, AssetFilter, AssetId, AssetState, NameGiven, Rendition
from domain.media.likeness import Likeness, keys, neighbour_keys
from storage.mongo.kernel.database import DESCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    all_of,
    converter,
    from_document,
    in_one_batch,
    to_document,
)
from storage.mongo.kernel.pages import page

CURSORS = Cursors("assets", str)
BATCH = 200
MOST_ALIKE = 500
EDITABLE = (
    "alt_text",
    "focal_point",
    "rights",
    "state",
    "withdrawn_because",
    "deleted_at",
    "version",
)


class MongoAssets:
    """Keeps beside each asset the keys of its likeness and its place in the order of uploads."""

    def __init__(self, database: Database) -> None:
        self._assets = database["assets"]

    async def add(self, asset: Asset) -> bool:
        """Keep a new asset; False, and nothing changed, where its id is there already."""
        try:
            await self._assets.insert_one(_document(asset))
        except DuplicateKeyError:
            return False
        return True

    async def by_ids(self, ids: Sequence[str]) -> dict[AssetId, Asset]:
        """Those of the ids that exist."""
        unique = list(dict.fromkeys(ids))
        found: list[Document] = []
        for start in range(0, len(unique), BATCH):
            some = unique[start : start + BATCH]
            query = {"_id": {"$in": some}, "state": {"$ne": "DELETED"}}
            found += await in_one_batch(self._assets.find(query), some)
        return {one.id: one for one in all_of(Asset, found)}

    async def by_file_names(self, names: Sequence[str]) -> dict[str, AssetId]:
        """The asset that was last uploaded by the content team under each name."""
        unique = list(dict.fromkeys(names))
        newest: dict[str, tuple[datetime, AssetId]] = {}
        for start in range(0, len(unique), BATCH):
            query = {
                "names.name": {"$in": unique[start : start + BATCH]},
                "state": {"$ne": "DELETED"},
            }
            for one in await self._assets.find(query, {"names": 1}).to_list(None):
                for given in one["names"]:
                    entry = (given["at"], AssetId(one["_id"]))
                    newest[given["name"]] = max(entry, newest.get(given["name"], entry))
        return {name: newest[name][1] for name in unique if name in newest}

    async def name(self, id: AssetId, given: NameGiven) -> None:
        """Let an asset be found under a file name, from now on before others of that name."""
        again = await self._assets.update_one(
            {"_id": id, "names.name": given.name}, {"$set": {"names.$.at": given.at}}
        )
        if again.matched_count == 0:
            await self._assets.update_one(
                {"_id": id, "names.name": {"$ne": given.name}},
                {"$push": {"names": converter.unstructure(given)}},
            )

    async def alike(self, likeness: Likeness) -> list[Asset]:
        """Every image within the nearest distance, and perhaps some that are farther.

        Five hundred at most: of pictures of one colour alone, there is no end.
        """
        query = {"likeness_keys": {"$in": neighbour_keys(likeness)}, "state": {"$ne": "DELETED"}}
        found = await self._assets.find(query).limit(MOST_ALIKE).to_list(None)
        return all_of(Asset, found)

    async def save(self, asset: Asset, *, expected: int) -> None:
        """Write what people may change, if the version is still the expected; else Conflict."""
        document = to_document(asset)
        result = await self._assets.update_one(
            {"_id": asset.id, "version": expected},
            {"$set": {name: document[name] for name in EDITABLE}},
        )
        if result.matched_count == 0:
            raise Conflict(
                "Somebody else has changed this asset; load it again and repeat.",
                field=["expectedVersion"],
            )

    async def add_rendition(self, id: AssetId, rendition: Rendition) -> bool:
        """Note a rendition, once for each recipe; False where the asset is gone."""
        there = {"_id": id, "state": {"$ne": "DELETED"}}
        added = await self._assets.update_one(
            {**there, "renditions.recipe": {"$ne": rendition.recipe}},
            {"$push": {"renditions": converter.unstructure(rendition)}},
        )
        return added.matched_count == 1 or await self._assets.find_one(there) is not None

    async def deleted_before(self, moment: datetime) -> list[Asset]:
        """The assets whose deletion began before a moment, and has not ended."""
        query = {"state": AssetState.DELETED.value, "deleted_at": {"$lt": moment}}
        found = await self._assets.find(query).to_list(None)
        return all_of(Asset, found)

    async def forget(self, id: AssetId) -> None:
        """Remove an asset for good."""
        await self._assets.delete_one({"_id": id})

    async def page(self, wanted: AssetFilter, request: PageRequest) -> Page[Asset]:
        """The assets looked for that are no consumer's, the newest first.

        Those of the state are read in their order: words are looked for in a few ten thousands.
        """
        which: Document = {"state": wanted.state.value, "by_consumer": {"$ne": True}}
        if wanted.kind is not None:
            which["kind"] = wanted.kind.value
        if wanted.uploaded_by is not None:
            which["uploaded_by"] = wanted.uploaded_by
        if wanted.expires_before is not None:
            which["rights.expires_at"] = {"$lt": wanted.expires_before}
        if wanted.words is not None:
            said = {"$regex": re.escape(wanted.words), "$options": "i"}
            which["$or"] = [{name: said} for name in ("file_name", "names.name", "alt_text")]
        order, read = [("order", DESCENDING)], partial(from_document, Asset)
        return await page(self._assets, which, order, request, CURSORS, read)

    async def count_since(self, uploaded_by: PersonId, since: datetime) -> int:
        """How many a person has uploaded since a moment."""
        return await self._assets.count_documents(
            {"uploaded_by": uploaded_by, "uploaded_at": {"$gte": since}}
        )


def _document(asset: Asset) -> Document:
    document = to_document(asset)
    document["likeness_keys"] = keys(asset.likeness) if asset.likeness else []
    document["order"] = f"{asset.uploaded_at.isoformat(timespec='milliseconds')} {asset.id}"
    return document
