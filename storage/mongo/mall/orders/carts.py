"""Carts in MongoDB, one document each."""

from domain.kernel.ids import PersonId
from domain.mall.orders.carts import Cart
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, save_version, to_document


class MongoCarts:
    """Carts; see `domain.mall.orders.carts.Carts`."""

    def __init__(self, database: Database) -> None:
        self._carts = database["carts"]

    async def of(self, buyer_id: PersonId) -> Cart | None:
        """A buyer's cart."""
        found = await self._carts.find_one({"_id": buyer_id})
        return from_document(Cart, found) if found else None

    async def save(self, cart: Cart) -> None:
        """Write it over the version that it was made from; Conflict if that is not the newest."""
        await save_version(self._carts, to_document(cart), expected=cart.version - 1)

    async def remove(self, buyer_id: PersonId) -> None:
        """Forget a buyer's cart."""
        await self._carts.delete_one({"_id": buyer_id})
