"""The fulfilments of orders in MongoDB, one document each."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.sealing import KeyRing
from domain.mall.fulfilment.attention import attend_at, exceptions_of
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState, Placed, PlacedReturn
from domain.mall.fulfilment.returns import ReturnState
from domain.mall.fulfilment.step_facts import facts_of
from domain.network.stores import StoreId
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import from_document, save_version, to_document, understood
from storage.mongo.kernel.migrating import Walk
from storage.mongo.kernel.pages import page
from storage.mongo.kernel.personal import RECIPIENT, closed, opened

T = TypeVar("T")

QUEUE = Cursors("fulfilment orders of a store", str, int)
RETURNS = Cursors("returns to a store", str, int)
EXCEPTIONS = Cursors("orders with exceptions", str)


class MongoFulfilments:
    """Each fulfilment under its order's id; who gets the parcel is sealed.

    Beside the value a document has `queues`, one word for each live part and each return and
    where it waits;
    `order_id`, the same as its key, for a range beside an equality; `exceptional`, whether head
    office must look at it; `attend_at`, when the whole needs attention; and `report_at`, when
    WeChat is to be told of its parcels.
    """

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._fulfilments = database["fulfilments"]
        self._ring = ring

    async def by_id(self, id: str) -> Fulfilment | None:
        """The fulfilment of an order."""
        found = await self._fulfilments.find_one({"_id": id})
        return self._fulfilment(found) if found else None

    async def by_ids(self, ids: Collection[str]) -> Mapping[str, Fulfilment]:
        """The fulfilments of those orders that have one, in one round trip."""
        found = await self._fulfilments.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {one.id: one for _, one in understood(self._fulfilment, found)}

    async def save(self, fulfilment: Fulfilment, *, expected: int) -> Fulfilment:
        """Write one over the expected version, 0 for a new one, and answer it with all steps told.

        Raises Conflict if that is not the newest.
        """
        saved = replace(fulfilment, told=len(fulfilment.history))
        due = attend_at(saved)
        document = to_document(saved)
        if to := document["recipient"]:
            document["recipient"] = closed(self._ring, to, RECIPIENT, saved.id)
        document["queues"] = queues_of(saved)
        document["order_id"] = saved.id
        document["exceptional"] = any(exceptions_of(saved))
        document["waiting"] = due is not None
        document["attend_at"] = due
        report = saved.reports.due
        document["report_at"] = report.next_at if report else None
        document["reporting"] = document["report_at"] is not None
        facts = facts_of(fulfilment)
        await save_version(self._fulfilments, document, expected=expected, facts=facts)
        return saved

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Make what follows the visitor's orders the member's; done again, it changes nothing."""
        await self._fulfilments.update_many(
            {"buyer_id": visitor_id}, {"$set": {"buyer_id": member_id}, "$inc": {"version": 1}}
        )

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders that need attention by now, so that nobody else gets them before `until`."""
        return await self._claim("waiting", "attend_at", now, until, most)

    async def claim_reports(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders of which WeChat is to be told something by now, as `claim_due`."""
        return await self._claim("reporting", "report_at", now, until, most)

    async def _claim(
        self, waits: str, moment: str, now: datetime, until: datetime, most: int
    ) -> Sequence[str]:
        due = self._fulfilments.find({waits: True, moment: {"$lte": now}}, {moment: 1}).sort(
            moment, ASCENDING
        )
        claimed = []
        for found in await due.limit(most).to_list(None):
            result = await self._fulfilments.update_one(
                {"_id": found["_id"], moment: found[moment]}, {"$set": {moment: until}}
            )
            if result.matched_count:
                claimed.append(found["_id"])
        return claimed

    async def queue(
        self, store_id: StoreId | None, states: Collection[PartState], request: PageRequest
    ) -> Page[Placed]:
        """The parts of a store that are in some states, or those of no store, oldest order first.

        A cursor is the order's id and the number of the part in it.
        """
        words = [_queue(store_id, state) for state in sorted(states)]
        return await self._waiting(words, QUEUE, _placed, request)

    async def returns(
        self, store_id: StoreId, states: Collection[ReturnState], request: PageRequest
    ) -> Page[PlacedReturn]:
        """The returns to a store that are in some states, those of the oldest order first."""
        words = [_returns(store_id, state) for state in sorted(states)]
        return await self._waiting(words, RETURNS, _placed_returns, request)

    async def _waiting(
        self,
        words: list[str],
        cursors: Cursors,
        found_in: Callable[[Fulfilment, Collection[str]], Iterator[tuple[tuple[str, int], T]]],
        request: PageRequest,
    ) -> Page[T]:
        after = cursors.read(request.after) or ("", -1)
        query = {"queues": {"$in": words}, "order_id": {"$gte": after[0]}}
        # The order of the cursor may have more of them; each other has one or more.
        found = self._fulfilments.find(query).sort("order_id", ASCENDING).limit(request.first + 2)
        keyed = [
            (key, one)
            for _, fulfilment in understood(self._fulfilment, await found.to_list(None))
            for key, one in found_in(fulfilment, words)
            if key > after
        ]
        shown = keyed[: request.first]
        return Page(
            items=[one for _, one in shown],
            cursors=[cursors.write(*key) for key, _ in shown],
            has_next=len(keyed) > len(shown),
            total=await self._count(words),
        )

    async def with_exceptions(self, request: PageRequest) -> Page[Fulfilment]:
        """The orders of which something waits for head office, the oldest first."""
        wanted, by_order = {"exceptional": True}, [("order_id", ASCENDING)]
        return await page(
            self._fulfilments, wanted, by_order, request, EXCEPTIONS, self._fulfilment
        )

    async def queue_again(self, walk: Walk) -> None:
        """Give fulfilments that were written before returns were listed the words of theirs."""
        async for some in walk.batches(self._fulfilments):
            for document, fulfilment in understood(self._fulfilment, some):
                words = queues_of(fulfilment)
                if words != document["queues"]:
                    same = {"_id": document["_id"], "version": document["version"]}
                    await self._fulfilments.update_one(same, {"$set": {"queues": words}})

    def _fulfilment(self, document: Document) -> Fulfilment:
        if to := document.get("recipient"):
            document = {**document, "recipient": opened(self._ring, to, document["_id"])}
        return from_document(Fulfilment, document)

    async def _count(self, words: list[str]) -> int:
        counted = self._fulfilments.aggregate(
            [
                {"$match": {"queues": {"$in": words}}},
                {"$unwind": "$queues"},
                {"$match": {"queues": {"$in": words}}},
                {"$count": "parts"},
            ]
        )
        return sum([found["parts"] async for found in counted])


def _placed(
    fulfilment: Fulfilment, words: Collection[str]
) -> Iterator[tuple[tuple[str, int], Placed]]:
    for number, part in enumerate(fulfilment.parts):
        if _queue(part.store_id, part.state) in words:
            yield (fulfilment.id, number), Placed(fulfilment=fulfilment, part=part)


def _placed_returns(
    fulfilment: Fulfilment, words: Collection[str]
) -> Iterator[tuple[tuple[str, int], PlacedReturn]]:
    for number, one in enumerate(fulfilment.returns):
        if _returns(one.store_id, one.state) in words:
            placed = PlacedReturn(fulfilment=fulfilment, returned=one)
            yield (fulfilment.id, number), placed


def queues_of(fulfilment: Fulfilment) -> list[str]:
    """A word for each live part and for each return, of where it waits."""
    parts = [_queue(part.store_id, part.state) for part in fulfilment.live_parts()]
    return parts + [_returns(one.store_id, one.state) for one in fulfilment.returns]


def _returns(store_id: StoreId, state: ReturnState) -> str:
    return f"return:{store_id}:{state}"


def _queue(store_id: StoreId | None, state: PartState) -> str:
    return f"{store_id or ''}:{state}"
