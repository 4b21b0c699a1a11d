"""What moves along when a visitor turns out to be a member."""

from domain.kernel.ids import PersonId
from domain.mall.orders.carts import take_over
from storage.mongo.kernel.database import Database
from storage.mongo.mall.orders.carts import MongoCarts


class CartBelongings:
    """A visitor's cart; see `domain.mall.consumers.merging.Belongings`."""

    def __init__(self, database: Database) -> None:
        self._carts = MongoCarts(database)

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Put what the visitor had in their cart into the member's."""
        await take_over(self._carts, visitor_id, member_id)
