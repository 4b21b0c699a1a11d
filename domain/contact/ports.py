"""What the use cases of customer contact are handed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.contact.bonds import BondId, Bonds
from domain.contact.inbox import Inbox
from domain.contact.rules import ContactRules
from domain.contact.ways import Ways
from domain.contact.wecom import Wecom
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.rule_versions import RuleVersions
from domain.members.merging import MemberPorts
from domain.network.directory import DirectorySource
from domain.network.stores import StoreId
from domain.people.accounts import GuideId, Guides
from domain.people.limits import Tallies
from domain.sharing.touches import TouchLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """When somebody's list of friends was last read, None for never, and when it is to be again."""

    user_id: str
    read_at: datetime | None
    due_at: datetime


class FriendLists(Protocol):
    """How fresh the mirror of each person's list is."""

    async def by_ids(self, user_ids: Collection[str]) -> Mapping[str, Freshness]:
        """Those of the people whose lists are read at all."""

    async def add(self, user_ids: Sequence[str], *, due_at: datetime) -> None:
        """Read these people's lists from a moment on; those that are read already stay."""

    async def claim(self, now: datetime, *, until: datetime) -> Freshness | None:
        """Claim the list that is due longest, so that nobody else reads it before `until`."""

    async def note_read(self, user_id: str, *, read_at: datetime, due_at: datetime) -> None:
        """Note that a list was read as it was at a moment."""


class FriendDays(Protocol):
    """Which new friends count for each guide, by the day on which they came."""

    async def take(self, user_id: str, day: str, bond_id: BondId, cap: int) -> bool:
        """Count one, unless as many as may be are; one that is counted is not counted again."""


class StoreBuyers(Protocol):
    """Which members paid in which store on which day."""

    async def note(self, store_id: StoreId, day: str, member_id: PersonId) -> None:
        """Note one; again, it changes nothing."""

    async def of(self, store_id: StoreId, day: str) -> Sequence[PersonId]:
        """Those of a day."""


class Traces(Protocol):
    """What members left behind that may show several to be one person's."""

    async def payers(self, ids: Collection[PersonId]) -> Mapping[PersonId, Collection[str]]:
        """The WeChat accounts that paid for members."""

    async def devices(self, ids: Collection[PersonId]) -> Mapping[PersonId, Collection[str]]:
        """The devices that members are known to have used, as digests."""


class Visited(Protocol):
    """Who came by a link before they became a guide's friend."""

    async def brought(self, state: str, bond_id: BondId, guide_id: GuideId, by: datetime) -> bool:
        """Whether a friend came by a link given to who had come by a share link of the guide's.

        Who came by such a link only later than `by` does not count. Of several who come by it,
        only the first did; asked again, it is the same.
        """

    async def guide_of(self, state: str) -> GuideId | None:
        """Whose link it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPorts(Ports):
    """Customer contact; `clock` tells how long WeCom takes.

    `company` is WeCom's id of the company, `agent_id` that of the app, None where it has no pages.
    """

    wecom: Wecom
    inbox: Inbox
    bonds: Bonds
    lists: FriendLists
    tallies: Tallies
    days: FriendDays
    buyers: StoreBuyers
    traces: Traces
    visited: Visited
    ways: Ways
    rules: RuleVersions[ContactRules]
    members: MemberPorts
    guides: Guides
    directory: DirectorySource
    touches: TouchLog
    records: Records
    company: str
    agent_id: str | None
    clock: Callable[[], datetime]
