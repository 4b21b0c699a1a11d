"""Orders in MongoDB, one document each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.order_facts import facts_of_order
from domain.mall.stock.pools import OrderId
from storage.mongo.kernel.database import EARLIEST, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    change_saying,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page_by_time


class MongoOrders:
    """Orders; see `domain.mall.orders.order.Orders`."""

    def __init__(self, database: Database) -> None:
        self._orders = database["orders"]

    async def begin(self, order: Order) -> Order:
        """Keep a pending order; if its buyer has used its key before, answer that one instead."""
        try:
            await self._orders.insert_one(to_document(order))
        except DuplicateKeyError:
            known = await self.by_key(order.buyer_id, order.idempotency_key)
            if known is None:
                raise
            return known
        return order

    async def place(self, order: Order) -> bool:
        """Make a pending order a placed one; False if it was given up meanwhile."""
        pending = {"_id": order.id, "state": OrderState.PENDING}
        told = replace(order, told=len(order.steps))
        change = change_saying(to_document(told), facts_of_order(order))
        result = await self._orders.update_one(pending, change)
        return result.matched_count == 1

    async def give_up(self, id: OrderId) -> bool:
        """Forget an order if it is pending; tell whether it was."""
        result = await self._orders.delete_one({"_id": id, "state": OrderState.PENDING})
        return result.deleted_count == 1

    async def by_id(self, id: OrderId) -> Order | None:
        """The order of this id."""
        found = await self._orders.find_one({"_id": id})
        return from_document(Order, found) if found else None

    async def by_key(self, buyer_id: PersonId, key: str) -> Order | None:
        """The order that a buyer sent with this key."""
        found = await self._orders.find_one({"buyer_id": buyer_id, "idempotency_key": key})
        return from_document(Order, found) if found else None

    async def of_buyer(self, buyer_id: PersonId, request: PageRequest) -> Page[Order]:
        """A buyer's orders that were placed, the newest first."""
        wanted = {"buyer_id": buyer_id, "state": {"$ne": OrderState.PENDING}}
        return await page_by_time(
            self._orders, wanted, "placed_at", request, lambda found: from_document(Order, found)
        )

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Make the visitor's orders the member's; done again, it changes nothing."""
        await self._orders.update_many(
            {"buyer_id": visitor_id}, {"$set": {"buyer_id": member_id}, "$inc": {"version": 1}}
        )

    async def save(self, order: Order) -> Order:
        """Write an order over the version that it was made from, and answer the new version."""
        saved = replace(order, version=order.version + 1, told=len(order.steps))
        await save_version(
            self._orders,
            to_document(saved),
            expected=order.version,
            facts=facts_of_order(order),
        )
        return saved

    async def released(self, id: OrderId, release_id: str) -> None:
        """Note that the units of a release are all given back."""
        await self._orders.update_one(
            {"_id": id, "release.id": release_id},
            {"$set": {"release": None}, "$inc": {"version": 1}},
        )

    async def pending_since(self, before: datetime, most: int) -> Sequence[Order]:
        """Orders that have been pending since before a moment."""
        return await self._some({"state": OrderState.PENDING, "placed_at": {"$lt": before}}, most)

    async def expiring(self, now: datetime, most: int) -> Sequence[Order]:
        """Placed orders whose time to be paid is over."""
        return await self._some({"state": OrderState.PLACED, "expires_at": {"$lte": now}}, most)

    async def releasing(self, before: datetime, most: int) -> Sequence[Order]:
        """Orders whose units have been due to be given back since before a moment."""
        return await self._some({"release.since": {"$gt": EARLIEST, "$lt": before}}, most)

    async def _some(self, wanted: Document, most: int) -> list[Order]:
        found = await self._orders.find(wanted).limit(most).to_list(None)
        return [from_document(Order, one) for one in found]
