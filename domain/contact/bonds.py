"""Bonds: who is whose friend in WeCom, as far as events and lists have told.

A bond keeps the newest adding and the newest parting that anybody told of. So it is the same in
whatever order and however often it is told; what was lost, the next look at the list repairs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.members.identities import IdentityId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

BondId = NewType("BondId", str)

# A list that was read may lack who was added just before.
LIST_LAGS = timedelta(minutes=2)
FRIENDS = Cursors("friends", str)


class PartedBy(StrEnum):
    """How a friendship ended; a LIST shows only that it has."""

    LIST = "LIST"
    GUIDE = "GUIDE"
    CUSTOMER = "CUSTOMER"
    TRANSFER = "TRANSFER"


class FriendVerdict(StrEnum):
    """What a new friend is worth, once it can be told."""

    VALID = "VALID"
    NOT_NEW = "NOT_NEW"
    GONE = "GONE"
    UNKNOWN = "UNKNOWN"
    BURST = "BURST"
    OVER_CAP = "OVER_CAP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """One customer and one of the company's people, from when to when.

    `guide_id` and `store_id` are whom and where the customer was added, None of who is no guide.
    `state` is the code by which. `member_id` is who the customer is; until that is known, the bond
    waits for what would tell. `judge_at` is when the `verdict` is due. Of who was `handed` over,
    `taken_from` is the guide from whom.
    """

    id: BondId
    external_id: str
    user_id: str
    guide_id: GuideId | None = None
    store_id: StoreId | None = None
    added_at: datetime | None = None
    first_at: datetime | None = None
    state: str | None = None
    handed: bool = False
    taken_from: GuideId | None = None
    gone_at: datetime | None = None
    gone_by: PartedBy | None = None
    name: str | None = None
    member_id: PersonId | None = None
    waits_for: IdentityId | None = None
    judge_at: datetime | None = None
    verdict: FriendVerdict | None = None
    version: int = 0

    @property
    def standing(self) -> bool:
        """Whether they are friends now; of an adding and a parting in one second it is the adding.

        Who parts and is back within a second is there; who comes and parts within one is seen to
        be gone by the next look at the list.
        """
        if self.added_at is None:
            return False
        return self.gone_at is None or self.added_at >= self.gone_at


class Bonds(Protocol):
    """The mirror of who is whose friend."""

    async def by_id(self, id: BondId) -> Bond | None:
        """The bond of an id."""

    async def by_ids(self, ids: Collection[BondId]) -> Mapping[BondId, Bond]:
        """Those of the ids that there are."""

    async def save(self, bond: Bond, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write a bond over the expected version, and what it says; else Conflict."""

    async def add(self, bonds: Sequence[tuple[Bond, Sequence[Fact]]]) -> Sequence[BondId]:
        """Keep new ones, many at a time, each with what it says; those there already stay.

        Answers the ids of those.
        """

    async def standing_of(self, user_id: str) -> Sequence[Bond]:
        """All friends that somebody has now."""

    async def page_of(self, user_id: str, request: PageRequest) -> Page[Bond]:
        """A page of the friends that somebody has now, by the customer's id."""

    async def of_contacts(self, external_ids: Sequence[str]) -> Sequence[Bond]:
        """All bonds of customers, also those that are over."""

    async def of_members(self, ids: Collection[PersonId]) -> Sequence[Bond]:
        """All bonds of members, also those that are over."""

    async def waiting_for(self, identity: IdentityId) -> Sequence[Bond]:
        """Bonds of customers who are nobody whom we know until this names somebody."""

    async def first_between(
        self, store_id: StoreId, since: datetime, until: datetime
    ) -> Sequence[Bond]:
        """A store's bonds that began in a time, in order."""

    async def of_user_between(
        self, user_id: str, since: datetime, until: datetime
    ) -> Sequence[Bond]:
        """Somebody's bonds that began in a time, in order."""

    async def to_judge(self, now: datetime, most: int) -> Sequence[Bond]:
        """Bonds whose verdict is due, the longest overdue first."""

    async def count_standing(self, user_ids: Collection[str]) -> Mapping[str, int]:
        """How many friends each of some people has now."""


def bond_of(external_id: str, user_id: str) -> Bond:
    """A bond of which nothing is known yet."""
    bond_id = BondId(f"{external_id}:{user_id}")
    return Bond(id=bond_id, external_id=external_id, user_id=user_id)


def met(bond: Bond, at: datetime, state: str | None = None) -> Bond:
    """The bond with an adding that was told of."""
    newer = bond.added_at is None or at > bond.added_at
    if newer:
        said = state
    else:
        # The list has no state where an event has one, and two of one second read the same.
        said = max(bond.state or "", state or "") if at == bond.added_at else bond.state
    return replace(
        bond,
        added_at=at if newer else bond.added_at,
        first_at=min(at, bond.first_at or at),
        state=said or None,
    )


def parted(bond: Bond, at: datetime, by: PartedBy) -> Bond:
    """The bond with a parting that was told of."""
    if bond.gone_at is not None and (bond.gone_at, bond.gone_by or "") >= (at, by):
        return bond
    return replace(bond, gone_at=at, gone_by=by)


def listed(bond: Bond, at: datetime, state: str | None) -> Bond:
    """The bond as the list shows it: friends since a moment, whatever an older list was without."""
    if bond.gone_by is PartedBy.LIST:
        bond = replace(bond, gone_at=None, gone_by=None)
    return met(bond, at, state)


def met_late(before: Bond, after: Bond, listed_at: datetime | None) -> Bond:
    """A bond with an adding that was told of, perhaps only after the list had been read without it.

    Whoever was added before the list was read, and was not on it, had gone again by then.
    """
    if listed_at is None or before.standing or not after.standing:
        return after
    return missing(after, listed_at)


def missing(bond: Bond, listed_at: datetime) -> Bond:
    """A bond that is not on the list as it was read; who was added just before may be yet."""
    if bond.added_at is None or bond.added_at + LIST_LAGS > listed_at:
        return bond
    return parted(bond, listed_at, PartedBy.LIST)
