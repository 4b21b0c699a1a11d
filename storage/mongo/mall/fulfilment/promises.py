"""What the orders of MongoDB hold in stores.

This reads whole collections: it is for a script that runs now and then, not for requests.
"""

from collections import Counter

from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.promised_units import held, moving
from domain.mall.orders.order import Order, OrderState
from domain.mall.stock.reconciling import Place, Promised
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document


class MongoPromises:
    """Promises; see `domain.mall.stock.reconciling.Promises`."""

    def __init__(self, database: Database) -> None:
        self._orders = database["orders"]
        self._fulfilments = database["fulfilments"]

    async def read(self) -> Promised:
        """All of it."""
        fulfilments = {
            one["_id"]: from_document(Fulfilment, one)
            async for one in self._fulfilments.find({}, {"recipient": 0})
        }
        units: Counter[Place] = Counter()
        changing: set[Place] = set()
        placed = {"state": {"$ne": OrderState.PENDING}}
        async for one in self._orders.find(placed, {"recipient": 0}):
            order = from_document(Order, one)
            fulfilment = fulfilments.get(order.id)
            for share in held(order, fulfilment):
                units.update({(share.store_id, sku): n for sku, n in share.units.items()})
            for share in moving(order, fulfilment):
                changing |= {(share.store_id, sku) for sku in share.units}
        return Promised(units=units, moving=frozenset(changing))
