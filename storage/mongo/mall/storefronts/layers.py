"""Storefront layers in MongoDB: as published, their history and their drafts."""

from collections.abc import Mapping, Sequence

from domain.kernel.paging import Page, PageRequest
from domain.mall.faces.layers import Layer, LayerId
from domain.mall.faces.policy import Policy
from domain.mall.storefronts.arranging import VERSIONS, Draft
from storage.mongo.kernel.database import DESCENDING, Database, Document
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    replace_all,
    replace_versions,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page
from storage.mongo.mall.reference import MongoReference


class MongoLayers:
    """One document for each layer as it is published, its draft, each version that it replaced."""

    def __init__(self, database: Database, reference: MongoReference) -> None:
        self._layers = database["layers"]
        self._history = database["layer_history"]
        self._drafts = database["layer_drafts"]
        self._policies = database["face_policies"]
        self._reference = reference

    async def publish(self, layers: Sequence[Layer]) -> None:
        """Write layers of version n + 1 over those of version n, which stay in the history."""
        ids = [layer.id for layer in layers]
        await self._keep(ids)
        try:
            await replace_versions(self._layers, [to_document(layer) for layer in layers])
        finally:
            await self._reference.changed("layers", ids)

    async def version(self, id: LayerId, version: int) -> Layer | None:
        """One version of a layer."""
        found = await self._layers.find_one({"_id": id, "version": version})
        if found is not None:
            return from_document(Layer, found)
        earlier = await self._history.find_one({"_id": _history_id(id, version)})
        return _earlier(earlier) if earlier else None

    async def versions(self, id: LayerId, request: PageRequest) -> Page[Layer]:
        """All versions of a layer, the published one first."""
        found = await self._layers.find_one({"_id": id})
        if found is None:
            return Page(items=[], cursors=[], has_next=False, total=0)
        published = from_document(Layer, found)
        # What was copied in order to be replaced, and was not, is not an earlier version.
        wanted = {"layer": id, "version": {"$lt": published.version}}
        newest_first = [("version", DESCENDING)]
        earlier = await page(self._history, wanted, newest_first, request, VERSIONS, _earlier)
        layers = [*([] if request.after else [published]), *earlier.items]
        shown = layers[: request.first]
        return Page(
            items=shown,
            cursors=[VERSIONS.write(layer.version) for layer in shown],
            has_next=earlier.has_next or len(layers) > len(shown),
            total=earlier.total + 1,
        )

    async def drafts(self, ids: Sequence[LayerId]) -> Mapping[LayerId, Draft]:
        """The last drafts of those layers that ever had one, closed ones too."""
        found = await self._drafts.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {draft["_id"]: from_document(Draft, draft) for draft in found}

    async def save_draft(self, draft: Draft, *, expected: int) -> None:
        """Write a draft over its expected version, 0 for none; Conflict if it has another."""
        await save_version(self._drafts, to_document(draft), expected=expected)

    async def save_policy(self, policy: Policy, *, expected: int) -> None:
        """Write head office's policy over its expected version; Conflict if it has another."""
        await save_version(self._policies, to_document(policy), expected=expected)
        await self._reference.changed("face_policies", [policy.id])

    async def _keep(self, ids: Sequence[LayerId]) -> None:
        """Copy what is about to be replaced to the history; a copy again changes nothing."""
        found = await find_by_ids(self._layers, ids)
        await replace_all(self._history, map(_as_history, found))


def _as_history(layer: Document) -> Document:
    return {**layer, "_id": _history_id(layer["_id"], layer["version"]), "layer": layer["_id"]}


def _earlier(document: Document) -> Layer:
    return from_document(Layer, {**document, "_id": document["layer"]})


def _history_id(id: LayerId, version: int) -> str:
    return f"{id}@{version}"
