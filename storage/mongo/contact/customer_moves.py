"""Customers who are handed over, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.contact.handing_over import MOVES, CustomerMove, MoveState
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Overtaken
from storage.mongo.contact.contact import BY_CUSTOMER
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import (
    from_document,
    insert_new,
    replace_versions,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

_read = partial(from_document, CustomerMove)


class MongoCustomerMoves:
    """See `domain.contact.handing_over.CustomerMoves`."""

    def __init__(self, database: Database) -> None:
        self._moves = database["customer_moves"]

    async def of(self, from_user: str) -> Sequence[CustomerMove]:
        """All of one person."""
        return [
            _read(one) for one in await self._moves.find({"from_user": from_user}).to_list(None)
        ]

    async def page(
        self, from_user: str, state: MoveState | None, request: PageRequest
    ) -> Page[CustomerMove]:
        """A page of them, by the customer's id."""
        wanted: Document = {"from_user": from_user}
        if state is not None:
            wanted["state"] = state.value
        return await page(self._moves, wanted, BY_CUSTOMER, request, MOVES, _read)

    async def counts(self, from_user: str) -> Mapping[MoveState, int]:
        """How many stand where."""
        found = self._moves.aggregate(
            [
                {"$match": {"from_user": from_user}},
                {"$group": {"_id": "$state", "count": {"$sum": 1}}},
            ]
        )
        return {MoveState(one["_id"]): one["count"] for one in await found.to_list(None)}

    async def under_way(self, wecom_user_id: str) -> int:
        """How many of somebody's are asked for or planned, and neither passed nor stay."""
        counts = await self.counts(wecom_user_id)
        return counts.get(MoveState.PLANNED, 0) + counts.get(MoveState.ASKED, 0)

    async def add(self, moves: Sequence[CustomerMove]) -> None:
        """Keep new ones; those that are there stay."""
        await insert_new(self._moves, [to_document(one) for one in moves])

    async def save(self, move: CustomerMove, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        await save_version(self._moves, to_document(move), expected=expected)

    async def save_all(self, moves: Sequence[CustomerMove]) -> Collection[str]:
        """Write some at once, each over the version before its own."""
        try:
            await replace_versions(self._moves, [to_document(one) for one in moves])
        except Overtaken as fault:
            return fault.ids
        return ()

    async def due(self, now: datetime, most: int) -> Sequence[CustomerMove]:
        """Those about which something is to be done, the longest overdue first."""
        due = self._moves.find({"due_at": {"$lte": now}}).sort("due_at").limit(most)
        return [_read(one) for one in await due.to_list(None)]
