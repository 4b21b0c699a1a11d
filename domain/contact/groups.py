"""Customer groups in WeCom: whose they are, who is in them, what for, as WeCom showed them last.

WeCom's events say that a group has changed and not to what, late and in any order; so an event only
has the group read again, and a group is what was read last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NewType, Protocol

from domain.contact.wecom import ListedGroup
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.members.profiles import ChildAge
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

GroupId = NewType("GroupId", str)
GROUPS = Cursors("customer groups", str)

# What an event tells of is in the answers a little later; the community says two seconds.
SHOWN_AFTER = timedelta(seconds=3)
GROUP_READ_EVERY = timedelta(days=1)
LONGEST_LINE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPurpose:
    """For whom a group is: for a line of products, for an age of children, for a level."""

    product_line: str | None = None
    age_band: ChildAge | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """Somebody in a group: a customer by their external id, or one of the company's people."""

    id: str
    joined_at: datetime
    customer: bool
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHandOver:
    """Whose a group is to be, and what became of it: None yet, or WeCom's code, 0 for done."""

    from_user: str
    to_user: str
    left: bool
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGroup:
    """A group of customers; `guide_id` and `store_id` are its owner's, None of who is no guide.

    `due_at` is when it is to be read again, None once it is dissolved.
    """

    id: GroupId
    due_at: datetime | None
    name: str = ""
    owner: str = ""
    guide_id: GuideId | None = None
    store_id: StoreId | None = None
    members: tuple[GroupMember, ...] = ()
    purpose: GroupPurpose = GroupPurpose()
    read_at: datetime | None = None
    hand_over: GroupHandOver | None = None
    version: int = 1

    @property
    def customers(self) -> int:
        """How many customers are in it."""
        return sum(one.customer for one in self.members)


class CustomerGroups(Protocol):
    """The mirror of all groups."""

    async def by_ids(self, ids: Collection[GroupId]) -> Mapping[GroupId, CustomerGroup]:
        """Those of the ids that there are."""

    async def page_of(self, store_id: StoreId, request: PageRequest) -> Page[CustomerGroup]:
        """A page of the groups of a store's people, by id."""

    async def owned_by(self, user_ids: Collection[str]) -> Sequence[CustomerGroup]:
        """The groups that stand and are of some people."""

    async def handed_from(self, user_id: str) -> Sequence[CustomerGroup]:
        """The groups that somebody gave away, or is to."""

    async def note(self, ids: Collection[GroupId], due_at: datetime) -> None:
        """Have groups read at a moment, also such as nothing was heard of, unless sooner."""

    async def due(self, now: datetime, most: int) -> Sequence[CustomerGroup]:
        """Those that are to be read, the longest overdue first."""

    async def save(self, group: CustomerGroup, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""


def as_read(group: CustomerGroup, found: ListedGroup | None, at: datetime) -> CustomerGroup:
    """A group as WeCom showed it, with nobody in it once it is dissolved."""
    if found is None:
        return replace(group, members=(), due_at=None, read_at=at)
    members = tuple(
        GroupMember(id=one.id, joined_at=one.joined_at, customer=one.customer, state=one.state)
        for one in found.members
    )
    return replace(
        group,
        name=found.name,
        owner=found.owner,
        members=members,
        due_at=at + GROUP_READ_EVERY,
        read_at=at,
    )


def read_purpose(purpose: GroupPurpose) -> GroupPurpose:
    """A purpose as it is kept; Invalid by field."""
    return replace(
        purpose,
        product_line=_line(purpose.product_line, "productLine"),
        level=_line(purpose.level, "level"),
    )


def _line(text: str | None, name: str) -> str | None:
    return read_line(text, least=1, most=LONGEST_LINE, field=[name]) if text else None
