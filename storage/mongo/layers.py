"""Storefront layers in MongoDB: as published, their history and their drafts."""

from collections.abc import Sequence

from domain.mall.faces.layers import Layer, LayerId
from domain.refusals import Conflict
from storage.mongo.database import BulkWriteError, Database, Document, ReplaceOne
from storage.mongo.documents import BATCH, IN_AT_MOST, replace_all, to_document
from storage.mongo.reference import MongoReference

DUPLICATE_KEY = 11000


class MongoLayers:
    """One document for each layer as it is published, one for each version that it replaced."""

    def __init__(self, database: Database, reference: MongoReference) -> None:
        self._layers = database["layers"]
        self._history = database["layer_history"]
        self._reference = reference

    async def publish(self, layers: Sequence[Layer]) -> None:
        """Write layers of version n + 1 over those of version n, which stay in the history."""
        ids = [layer.id for layer in layers]
        await self._keep(ids)
        conflicts: list[LayerId] = []
        for start in range(0, len(layers), BATCH):
            conflicts += await self._write(layers[start : start + BATCH])
        await self._reference.refresh("layers", ids)
        if conflicts:
            raise Conflict(
                f"Somebody else has published {', '.join(conflicts[:10])} meanwhile; load it "
                "again and repeat.",
                field=["expectedVersion"],
            )

    async def _write(self, layers: Sequence[Layer]) -> list[LayerId]:
        """Write the layers whose version before is still the published one; tell which were not.

        The upsert of another version finds nothing to replace and stumbles over the id.
        """
        writes = [
            ReplaceOne(
                {"_id": layer.id, "version": layer.version - 1}, to_document(layer), upsert=True
            )
            for layer in layers
        ]
        try:
            await self._layers.bulk_write(writes, ordered=False)
        except BulkWriteError as fault:
            errors = (fault.details or {})["writeErrors"]
            if any(error["code"] != DUPLICATE_KEY for error in errors):
                raise
            return [layers[error["index"]].id for error in errors]
        return []

    async def _keep(self, ids: Sequence[LayerId]) -> None:
        """Copy what is about to be replaced to the history; a copy again changes nothing."""
        for start in range(0, len(ids), IN_AT_MOST):
            some = {"_id": {"$in": list(ids[start : start + IN_AT_MOST])}}
            found = await self._layers.find(some).to_list(None)
            await replace_all(self._history, [_as_history(layer) for layer in found])


def _as_history(layer: Document) -> Document:
    return {**layer, "_id": f"{layer['_id']}@{layer['version']}", "layer": layer["_id"]}
