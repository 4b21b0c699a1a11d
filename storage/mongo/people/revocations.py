"""Who may still act, and as whom: in memory, by the stream of changes."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from domain.people.accounts import Guide, Staff
from domain.people.keys import Key, is_key
from domain.people.revocations import Account
from domain.people.viewer import CONSUMERS, Role, Viewer
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by_ids, from_document, understood
from storage.mongo.people.moved_members import MERGES, MovedMembers

ENDED = "ended_sessions"
KINDS: Mapping[str, type[Staff] | type[Guide] | type[Key]] = {
    "staff": Staff,
    "guides": Guide,
    "keys": Key,
}
# An account that was removed by hand is closed, whatever version a token was made from.
REMOVED = Account(viewer=None, version=sys.maxsize)


class MongoRevocations:
    """Reads all of it once, then only what changes; see `domain.people.revocations.Revocations`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._accounts: dict[str, dict[str, Account]] = {name: {} for name in KINDS}
        self._ended: set[str] = set()
        self._moved = MovedMembers(database)
        self._hearers: list[Callable[[], None]] = []
        self._news = False

    def account_of(self, viewer: Viewer) -> Account | None:
        """The viewer's account; None for consumers and for an account that is not known yet."""
        if viewer.role in CONSUMERS:
            return None
        kind = "guides" if viewer.role is Role.GUIDE else "staff"
        if is_key(viewer.id):
            kind = "keys"
        return self._accounts[kind].get(viewer.id)

    def has_ended(self, session_id: str) -> bool:
        """Whether a session was ended while tokens of it may still be good."""
        return session_id in self._ended

    def member_of(self, viewer: Viewer) -> Viewer | None:
        """The member whom a viewer's id names, if that has changed lately."""
        return self._moved.as_now(viewer.id)

    def listen(self, hear: Callable[[], None]) -> None:
        """Have something called whenever an account or a session has changed."""
        self._hearers.append(hear)

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """Whose changes matter; it reads the documents itself."""
        return dict.fromkeys((*KINDS, ENDED, MERGES), ())

    async def opened(self) -> None:
        """Load everything."""
        for collection in self.fields:
            await self.replaced(collection)

    async def replaced(self, collection: str) -> None:
        """Read a whole collection again."""
        if collection == MERGES:
            await self._moved.read_lately()
            return
        found = await self._database[collection].find({}).to_list(None)
        known: Collection[str] = self._ended if collection == ENDED else self._accounts[collection]
        self._put(collection, list(known), found)

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read again what has changed."""
        if collection == MERGES:
            await self._moved.read(list(changed))
            self._news = True
            return
        found = await find_by_ids(self._database[collection], list(changed))
        self._put(collection, list(changed), found)

    def in_step(self) -> None:
        """Tell whoever listens, if there is anything to tell."""
        if self._news:
            self._news = False
            for hear in self._hearers:
                hear()

    def _put(self, collection: str, ids: Sequence[str], found: Sequence[Document]) -> None:
        """Take the documents of some ids as they are now; those without one are gone."""
        self._news = True
        if collection == ENDED:
            self._ended.difference_update(ids)
            self._ended.update(one["_id"] for one in found)
            return
        accounts = self._accounts[collection]
        accounts.update(dict.fromkeys(ids, REMOVED))
        read = partial(_account, KINDS[collection])
        accounts.update({one["_id"]: account for one, account in understood(read, found)})


def _account(kind: type[Staff] | type[Guide] | type[Key], document: Document) -> Account:
    found = from_document(kind, document)
    if isinstance(found, Key):
        # Whatever goes on with a key begins anew once it is changed: its secret may be over.
        viewer = None if found.revoked_at else found.viewer()
        return Account(viewer=viewer, version=found.version, sessions_since=found.version)
    return Account(
        viewer=found.viewer() if found.active else None,
        version=found.version,
        sessions_since=found.sessions_since if isinstance(found, Staff) else 0,
    )
