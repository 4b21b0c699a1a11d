"""Lists of members: who joined at a store or is a customer there, and who is a guide's.

What a list needs of a member is one document, made anew from what is kept of them whenever
something of that changes, so that a page is found by one index.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.members.consent import Purpose

ListKey = NewType("ListKey", str)

# What somebody in the shops may need a member's leave for.
ASKED_FOR = (Purpose.SERVICE, Purpose.FRANCHISEE)
BY_NEWEST = Cursors("members of a store by joining", str)
BY_MEMBER_ID = Cursors("members of a store by id", str)


class MemberOrder(StrEnum):
    """In which order members are listed."""

    NEWEST = "NEWEST"
    ID = "ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMember:
    """A member as lists have them; `ids` are all that lead to them, theirs first.

    `keys` are the lists that they are on, none for who leads to another, and `allows` what of
    `ASKED_FOR` they allow.
    """

    id: PersonId
    joined_at: datetime
    name: str | None = None
    ids: tuple[PersonId, ...] = ()
    keys: tuple[ListKey, ...] = ()
    allows: tuple[Purpose, ...] = ()
    version: int = 0

    @property
    def newest(self) -> str:
        """What orders them by when they joined; a file may bring thousands at one moment."""
        return f"{self.joined_at.astimezone(UTC).isoformat(timespec='milliseconds')} {self.id}"


class StoreLists(Protocol):
    """Members as lists have them, by their ids."""

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, ListedMember]:
        """Those of the ids that lists know."""

    async def save_all(self, members: Sequence[ListedMember]) -> None:
        """Write some, each over the version before its own; Conflict if one has another."""

    async def page(
        self,
        keys: Sequence[ListKey],
        allowed: Sequence[Purpose],
        order: MemberOrder,
        request: PageRequest,
    ) -> Page[ListedMember]:
        """A page of those on any of some lists who allow all of some purposes; two round trips."""


def list_key(store_id: str | None, guide_id: str | None) -> ListKey:
    """The list of a store's members, of a guide's customers, or of those at one store."""
    return ListKey(f"{store_id or ''}/{guide_id or ''}")


def keys_of(joined: str | None, served: Iterable[tuple[str, str | None]]) -> tuple[ListKey, ...]:
    """The lists of somebody who joined at a store, and is a customer of stores' guides."""
    found = {list_key(joined, None)} if joined else set()
    for store_id, guide_id in served:
        found.add(list_key(store_id, None))
        if guide_id:
            found |= {list_key(None, guide_id), list_key(store_id, guide_id)}
    return tuple(sorted(found))
