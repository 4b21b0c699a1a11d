"""Staff, guides and members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.versions import risen
from domain.people.viewer import Role, Viewer

GuideId = NewType("GuideId", str)
STAFF = Cursors("staff", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What lets somebody choose a password for an account; of its secret a digest alone is kept."""

    digest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who signs in with a name and a password; without one until they have chosen it.

    Sessions that began in a version before `sessions_since` have ended. `totp` is the sealed secret
    of their second factor, `totp_asked` one that they have not yet shown to have. `sso` is
    who they are at the brand's provider of single sign-on, if head office has said so.
    """

    id: PersonId
    login: str
    name: str
    role: Role
    password_hash: str | None
    store_id: str | None = None
    region_id: str | None = None
    owner_id: str | None = None
    department: str | None = None
    active: bool = True
    sessions_since: int = 0
    invitation: Invitation | None = None
    totp: str | None = None
    totp_asked: str | None = None
    sso: str | None = None
    version: int = 1

    def viewer(self) -> Viewer:
        """What their access token says."""
        return Viewer(
            id=self.id,
            role=self.role,
            name=self.name,
            store_id=self.store_id,
            region_id=self.region_id,
            owner_id=self.owner_id,
            department=self.department,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A shopping guide of a store; signs in through WeCom. The avatar is an asset's id.

    `member_id` is the member as whom they buy for themselves, if the brand knows it.
    """

    id: GuideId
    name: str
    store_id: str
    wecom_user_id: str
    avatar: str | None = None
    member_id: PersonId | None = None
    active: bool = True
    version: int = 1

    def viewer(self) -> Viewer:
        """What their access token says."""
        return Viewer(id=PersonId(self.id), role=Role.GUIDE, name=self.name, store_id=self.store_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A consumer whom the brand knows.

    `openid` is that of the WeChat account with which they came to this mini-program last. A member
    who turned out to be another leads there: `merged_into`; `also` are those who lead to this one.
    `channel` and `store_id` are where they joined.
    """

    id: PersonId
    joined_at: datetime
    openid: str | None = None
    nickname: str | None = None
    channel: str = "WECHAT"
    store_id: str | None = None
    seen_at: datetime | None = None
    merged_into: PersonId | None = None
    also: tuple[PersonId, ...] = ()

    @property
    def ids(self) -> tuple[PersonId, ...]:
        """All ids that are theirs, their own first."""
        return self.id, *self.also

    def viewer(self) -> Viewer:
        """What their access token says."""
        return Viewer(id=self.id, role=Role.MEMBER, name=self.nickname or "", also=self.also)


Person = Staff | Guide | Member


def signed_out(staff: Staff) -> Staff:
    """The account's next version, by which the sessions that it had have ended."""
    after = risen(staff)
    return replace(after, sessions_since=after.version)


class StaffAccounts(Protocol):
    """Staff by id and by login."""

    async def by_id(self, id: PersonId) -> Staff | None:
        """One of the staff."""

    async def by_ids(self, ids: Sequence[PersonId]) -> dict[PersonId, Staff]:
        """Those of the ids that are of the staff."""

    async def by_login(self, login: str) -> Staff | None:
        """The one who signs in with this name."""

    async def by_sso(self, sso: str) -> Staff | None:
        """The one whose this account of the provider of single sign-on is."""

    async def page(self, role: Role | None, request: PageRequest) -> Page[Staff]:
        """The accounts, or those of a role, by login."""

    async def managers_of(
        self, *, store_id: str | None = None, region_id: str | None = None
    ) -> Sequence[Staff]:
        """The active managers of a store, or those of a region."""

    async def managers_of_stores(self, store_ids: Sequence[str]) -> Sequence[Staff]:
        """The active managers of many stores, in any order."""

    async def save(self, staff: Staff, *, expected: int) -> None:
        """Write an account over its expected version, 0 for a new one.

        Raises Conflict if it has another, or if somebody else has the login or the `sso`.
        """


class Guides(Protocol):
    """The brand's shopping guides."""

    async def by_id(self, id: GuideId) -> Guide | None:
        """One guide."""

    async def by_ids(self, ids: Sequence[GuideId]) -> dict[GuideId, Guide]:
        """Those of the ids that exist."""

    async def by_wecom_users(self, user_ids: list[str]) -> list[Guide]:
        """The guides behind WeCom users."""

    async def of_store(self, store_id: str) -> list[Guide]:
        """The active guides of a store, by id."""

    async def of_stores(self, store_ids: list[str]) -> list[Guide]:
        """The active guides of many stores, in any order."""

    async def page(self, store_id: str | None, request: PageRequest) -> Page[Guide]:
        """The guides of a store, or all, those who left too, by id."""

    async def save_all(self, guides: Sequence[Guide]) -> None:
        """Write guides, each over the version before its own.

        Raises Conflict if somebody else has written one of them meanwhile, or has its WeCom
        account; the others are written.
        """


class Workplaces(Protocol):
    """Where people can work, and for whom."""

    def has_store(self, id: str) -> bool:
        """Whether there is a store of this id."""

    def has_region(self, id: str) -> bool:
        """Whether there is a region of this id."""

    def has_owner(self, id: str) -> bool:
        """Whether there is an owner of this id."""


class Members(Protocol):
    """The consumers whom the brand knows."""

    async def by_id(self, id: PersonId) -> Member | None:
        """One member, as they joined; see `live`."""

    async def by_ids(self, ids: Sequence[PersonId]) -> dict[PersonId, Member]:
        """Those of the ids that there are, as they joined."""

    async def live(self, id: PersonId) -> Member | None:
        """The member of an id, or whom it was merged into."""

    async def join(self, member: Member, facts: Sequence[Fact] = ()) -> None:
        """Keep a new member, and what it says in the same write; one of the id stays as it is."""

    async def join_all(
        self, members: Sequence[Member], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Keep many new members, as `join` does each."""

    async def note_seen(self, id: PersonId, at: datetime, openid: str | None = None) -> None:
        """Note that a member is about, with which WeChat account if that is known."""
