"""Orders in MongoDB, one document each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.mall.orders import Order, OrderState
from domain.mall.stock import OrderId
from domain.paging import Page, PageRequest, write_cursor
from domain.people.viewer import PersonId
from storage.mongo.database import DESCENDING, Database, Document, DuplicateKeyError
from storage.mongo.documents import from_document, save_version, to_document

SAME_MOMENT = 20


class MongoOrders:
    """Orders; see `domain.mall.orders.Orders`."""

    def __init__(self, database: Database) -> None:
        self._orders = database["orders"]

    async def begin(self, order: Order) -> Order:
        """Keep a pending order; if there is one of its id already, answer that one instead."""
        try:
            await self._orders.insert_one(to_document(order))
        except DuplicateKeyError:
            known = await self.by_id(order.id)
            if known is None:
                raise
            return known
        return order

    async def place(self, order: Order) -> bool:
        """Make a pending order a placed one; False if it was given up meanwhile."""
        pending = {"_id": order.id, "state": OrderState.PENDING}
        result = await self._orders.replace_one(pending, to_document(order))
        return result.matched_count == 1

    async def give_up(self, id: OrderId) -> bool:
        """Forget an order if it is pending; tell whether it was."""
        result = await self._orders.delete_one({"_id": id, "state": OrderState.PENDING})
        return result.deleted_count == 1

    async def by_id(self, id: OrderId) -> Order | None:
        """The order of this id."""
        found = await self._orders.find_one({"_id": id})
        return from_document(Order, found) if found else None

    async def of_buyer(self, buyer_id: PersonId, request: PageRequest) -> Page[Order]:
        """A buyer's orders that were placed, the newest first."""
        wanted: Document = {"buyer_id": buyer_id, "state": {"$ne": OrderState.PENDING}}
        total = await self._orders.count_documents(wanted)
        position = request.position()
        if position is not None:
            wanted["placed_at"] = {"$lte": datetime.fromisoformat(position[0])}
        newest_first = [("placed_at", DESCENDING), ("_id", DESCENDING)]
        # Orders of one millisecond are told apart by their ids; a buyer has few of those.
        limit = request.first + 1 + SAME_MOMENT
        found = await self._orders.find(wanted).sort(newest_first).limit(limit).to_list(None)
        orders = [from_document(Order, one) for one in found]
        if position is not None:
            orders = [one for one in orders if list(_place_in_list(one)) < position]
        shown = orders[: request.first]
        return Page(
            items=shown,
            cursors=[write_cursor(*_place_in_list(one)) for one in shown],
            has_next=len(orders) > len(shown),
            total=total,
        )

    async def save(self, order: Order) -> Order:
        """Write an order over the version that it was made from, and answer the new version."""
        saved = replace(order, version=order.version + 1)
        await save_version(self._orders, to_document(saved), expected=order.version)
        return saved

    async def released(self, id: OrderId) -> None:
        """Note that an order's units are all given back."""
        await self._orders.update_one(
            {"_id": id}, {"$set": {"releasing_since": None}, "$inc": {"version": 1}}
        )

    async def pending_since(self, before: datetime, most: int) -> Sequence[Order]:
        """Orders that have been pending since before a moment."""
        return await self._some({"state": OrderState.PENDING, "placed_at": {"$lt": before}}, most)

    async def expiring(self, now: datetime, most: int) -> Sequence[Order]:
        """Placed orders whose time to be paid is over."""
        return await self._some({"state": OrderState.PLACED, "expires_at": {"$lte": now}}, most)

    async def releasing(self, before: datetime, most: int) -> Sequence[Order]:
        """Orders whose units have been due to be given back since before a moment."""
        return await self._some({"releasing_since": {"$lt": before}}, most)

    async def _some(self, wanted: Document, most: int) -> list[Order]:
        found = await self._orders.find(wanted).limit(most).to_list(None)
        return [from_document(Order, one) for one in found]


def _place_in_list(order: Order) -> tuple[str, str]:
    return order.placed_at.isoformat(timespec="milliseconds"), order.id
