"""Orders in MongoDB, one document each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Unavailable
from domain.kernel.request_keys import LONGEST_KEY
from domain.kernel.sealing import KeyRing
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.order_facts import facts_of_order
from domain.mall.stock.pools import OrderId
from domain.members.channel_purchases import OF_MEMBERS
from domain.network.stores import StoreId
from storage.mongo.kernel.database import (
    DESCENDING,
    EARLIEST,
    Database,
    Document,
    DuplicateKeyError,
)
from storage.mongo.kernel.documents import (
    change_saying,
    find_by_ids,
    from_document,
    one_of,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page
from storage.mongo.kernel.personal import RECIPIENT, closed, opened

NEWEST = [("placed_at", DESCENDING), ("_id", DESCENDING)]
MOST_TRIES = 8
MOST_BUYERS = 3
OWN_ORDERS = Cursors("orders of a buyer", datetime, str)
SEARCHED = Cursors("orders that are looked for", datetime, str)


class MongoOrders:
    """Orders; see `domain.mall.orders.order.Orders`. Who gets a parcel is sealed."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._orders = database["orders"]
        self._ring = ring

    async def begin(self, order: Order) -> Order:
        """Keep a pending order; if its buyer has used its key before, answer that one instead."""
        for _ in range(MOST_TRIES):
            try:
                await self._orders.insert_one(self._document(order))
            except DuplicateKeyError:
                known = await self.by_key(order.buyer_id, order.idempotency_key)
                if known is not None:
                    return known
                # Whoever had the key has just given up, or turned out to be somebody else.
                continue
            return order
        raise Unavailable("This order is being placed; ask again with the same key in a moment.")

    async def place(self, order: Order) -> Order | None:
        """Make a pending order a placed one, as it is answered; None if it was given up."""
        # Its buyer may have signed in meanwhile, and it is the member's then.
        pending = {"_id": order.id, "state": OrderState.PENDING, "buyer_id": order.buyer_id}
        told = replace(order, told=len(order.steps))
        change = change_saying(self._document(told), facts_of_order(order))
        result = await self._orders.update_one(pending, change)
        return told if result.matched_count else None

    async def give_up(self, id: OrderId) -> bool:
        """Forget an order if it is pending; tell whether it was."""
        pending = {"_id": id, "state": OrderState.PENDING}
        # Its buyer, by whom it lies, changes at most once: when a visitor signs in.
        for _ in range(MOST_BUYERS):
            found = await self._orders.find_one(pending, {"buyer_id": 1})
            if found is None:
                return False
            result = await self._orders.delete_one({**pending, "buyer_id": found["buyer_id"]})
            if result.deleted_count:
                return True
        return False

    async def by_id(self, id: OrderId) -> Order | None:
        """The order of this id."""
        found = await self._orders.find_one({"_id": id})
        return self._order(found) if found else None

    async def unpaid_among(self, ids: Collection[OrderId]) -> Collection[OrderId]:
        """Those of the ids that are being placed, or are placed and not paid."""
        found = await find_by_ids(self._orders, list(ids), {"state": 1})
        unpaid = (OrderState.PENDING, OrderState.PLACED)
        return {OrderId(one["_id"]) for one in found if one["state"] in unpaid}

    async def by_key(self, buyer_id: PersonId, key: str) -> Order | None:
        """The order that a buyer sent with this key."""
        found = await self._orders.find_one({"buyer_id": buyer_id, "idempotency_key": key})
        return self._order(found) if found else None

    async def handed_over(self, visitor_id: PersonId, key: str) -> bool:
        """Whether a visitor's order of this key is a member's since they have signed in."""
        known = {"visitor_key": _visitor_key(visitor_id, key)}
        return await self._orders.find_one(known, {"_id": 1}) is not None

    async def of_buyer(
        self, buyer_ids: Sequence[PersonId], state: OrderState | None, request: PageRequest
    ) -> Page[Order]:
        """A buyer's orders that were placed, or those in a state, the newest first."""
        wanted = {"buyer_id": one_of(buyer_ids), "state": state or {"$ne": OrderState.PENDING}}
        return await page(self._orders, wanted, NEWEST, request, OWN_ORDERS, self._order)

    async def count_of_buyer(self, buyer_ids: Sequence[PersonId]) -> Mapping[OrderState, int]:
        """How many orders of a buyer that were placed are in each state that any is in."""
        wanted: Document = {"buyer_id": one_of(buyer_ids), "state": {"$ne": OrderState.PENDING}}
        counting: list[Document] = [
            {"$match": wanted},
            {"$group": {"_id": "$state", "count": {"$sum": 1}}},
        ]
        found = await self._orders.aggregate(counting).to_list(None)
        return {OrderState(one["_id"]): one["count"] for one in found}

    async def paid_by(self, buyer_ids: Sequence[PersonId], request: PageRequest) -> Page[Order]:
        """Orders that some buyers paid, the newest first, on the cursors of `OF_MEMBERS`."""
        wanted = {"buyer_id": one_of(buyer_ids), "state": OrderState.PAID}
        return await page(self._orders, wanted, NEWEST, request, OF_MEMBERS, self._order)

    async def searched(
        self,
        buyer_ids: Sequence[PersonId] | None,
        store_id: StoreId | None,
        state: OrderState | None,
        since: datetime | None,
        until: datetime | None,
        request: PageRequest,
    ) -> Page[Order]:
        """Orders that are looked for, the newest first; see `domain.mall.orders.searching`."""
        if buyer_ids is not None and not buyer_ids:
            return Page(items=[], cursors=[], has_next=False, total=0)
        days = {name: at for name, at in (("$gte", since), ("$lt", until)) if at}
        wanted: Document = {
            **({"buyer_id": one_of(buyer_ids)} if buyer_ids else {}),
            **({"store_id": store_id} if store_id else {}),
            "state": state or {"$ne": OrderState.PENDING},
            **({"placed_at": days} if days else {}),
        }
        return await page(self._orders, wanted, NEWEST, request, SEARCHED, self._order)

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Make the visitor's orders the member's; done again, it changes nothing.

        One whose key the member has used for another order is kept under a key of its own, longer
        than any that a client may choose.
        """
        wanted = {"buyer_id": visitor_id}
        for found in await self._orders.find(wanted, {"idempotency_key": 1}).to_list(None):
            one = {"_id": found["_id"], **wanted}
            key = found["idempotency_key"]
            theirs: Document = {
                "buyer_id": member_id,
                "visitor_key": _visitor_key(visitor_id, key),
            }
            try:
                await self._orders.update_one(one, {"$set": theirs, "$inc": {"version": 1}})
            except DuplicateKeyError:
                theirs["idempotency_key"] = f"{found['_id']} of the visitor {visitor_id}".ljust(
                    LONGEST_KEY + 1
                )
                await self._orders.update_one(one, {"$set": theirs, "$inc": {"version": 1}})

    async def save(self, order: Order, *, expected: int) -> Order:
        """Write an order over the expected version and answer it with all of its steps told.

        Raises Conflict if that is not the newest.
        """
        saved = replace(order, told=len(order.steps))
        await save_version(
            self._orders,
            self._document(saved),
            expected=expected,
            facts=facts_of_order(order),
        )
        return saved

    async def released(self, order: Order, release_id: str) -> None:
        """Note that the units of a release are all given back."""
        await self._orders.update_one(
            {"_id": order.id, "buyer_id": order.buyer_id, "release.id": release_id},
            {"$set": {"release": None}, "$inc": {"version": 1}},
        )

    async def pending_since(self, before: datetime, most: int) -> Sequence[OrderId]:
        """Orders that have been pending since before a moment."""
        return await self._some({"state": OrderState.PENDING, "placed_at": {"$lt": before}}, most)

    async def expiring(self, now: datetime, most: int) -> Sequence[OrderId]:
        """Placed orders whose time to be paid is over."""
        return await self._some({"state": OrderState.PLACED, "expires_at": {"$lte": now}}, most)

    async def releasing(self, before: datetime, most: int) -> Sequence[OrderId]:
        """Orders whose units have been due to be given back since before a moment."""
        return await self._some({"release.since": {"$gt": EARLIEST, "$lt": before}}, most)

    def _document(self, order: Order) -> Document:
        document = to_document(order)
        if document["recipient"]:
            document["recipient"] = closed(self._ring, document["recipient"], RECIPIENT, order.id)
        return document

    def _order(self, document: Document) -> Order:
        if to := document.get("recipient"):
            document = {**document, "recipient": opened(self._ring, to, document["_id"])}
        return from_document(Order, document)

    async def _some(self, wanted: Document, most: int) -> list[OrderId]:
        found = await self._orders.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [OrderId(one["_id"]) for one in found]


def _visitor_key(visitor_id: PersonId, key: str) -> str:
    """A visitor's key, kept beside an order that is a member's by now."""
    return f"{visitor_id}:{key}"
