"""Carts in MongoDB, one document each."""

from collections.abc import Mapping, Sequence

from domain.kernel.ids import PersonId
from domain.mall.orders.carts import Cart
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, one_of, save_version, to_document


class MongoCarts:
    """Carts; see `domain.mall.orders.carts.Carts`."""

    def __init__(self, database: Database) -> None:
        self._carts = database["carts"]

    async def of(self, buyer_id: PersonId) -> Cart | None:
        """A buyer's cart."""
        found = await self._carts.find_one({"_id": buyer_id})
        return from_document(Cart, found) if found else None

    async def of_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Cart]:
        """The carts of those ids that have one."""
        found = await self._carts.find({"_id": one_of(ids)}).to_list(None)
        return {one["_id"]: from_document(Cart, one) for one in found}

    async def save(self, cart: Cart, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else raise Conflict."""
        await save_version(self._carts, to_document(cart), expected=expected)
