"""The moves of stores in MongoDB, one document for each store that is on its way."""

from collections.abc import Sequence
from datetime import datetime

from domain.mall.stock.moving import StoreMove
from domain.network.stores import StoreId
from storage.mongo.kernel.database import EARLIEST, Database, DuplicateKeyError
from storage.mongo.kernel.documents import converter


class MongoStoreMoves:
    """Moves under way; see `domain.mall.stock.moving.StoreMoves`."""

    def __init__(self, database: Database) -> None:
        self._moves = database["store_moves"]

    async def begin(self, move: StoreMove) -> StoreMove:
        """Write a move down, unless its store has one: then answer that."""
        try:
            await self._moves.insert_one({"_id": move.store_id, **converter.unstructure(move)})
        except DuplicateKeyError:
            return await self.of_store(move.store_id) or await self.begin(move)
        return move

    async def arrived(self, move: StoreMove, at: datetime) -> None:
        """Note since when the store sells in its new region."""
        wanted = {"_id": move.store_id, "id": move.id}
        await self._moves.update_one(wanted, {"$set": {"arrived_at": at}})

    async def end(self, move: StoreMove) -> None:
        """Forget a move that is done."""
        await self._moves.delete_one({"_id": move.store_id, "id": move.id})

    async def of_store(self, store_id: StoreId) -> StoreMove | None:
        """The move of a store."""
        found = await self._moves.find_one({"_id": store_id})
        return converter.structure(found, StoreMove) if found else None

    async def under_way(self, before: datetime, most: int) -> Sequence[StoreId]:
        """The stores whose moves were begun before a moment."""
        wanted = {"at": {"$gt": EARLIEST, "$lt": before}}
        found = await self._moves.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [StoreId(one["_id"]) for one in found]
