"""Staff, guides and members in MongoDB."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.people.accounts import STAFF, Guide, GuideId, Member, Staff
from domain.people.viewer import Role
from storage.mongo.kernel.database import ASCENDING, Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    all_of,
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    replace_versions,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import page

MOST_HOPS = 5
BY_LOGIN = (("login", ASCENDING),)
BY_ID = (("_id", ASCENDING),)
GUIDES = Cursors("guides", str)


class MongoStaff:
    """Staff accounts, one document each."""

    def __init__(self, database: Database) -> None:
        self._staff = database["staff"]

    async def by_id(self, id: PersonId) -> Staff | None:
        """One of the staff."""
        found = await self._staff.find_one({"_id": id})
        return from_document(Staff, found) if found else None

    async def by_ids(self, ids: Sequence[PersonId]) -> dict[PersonId, Staff]:
        """Those of the ids that are of the staff."""
        found = await find_by_ids(self._staff, ids)
        return {one["_id"]: from_document(Staff, one) for one in found}

    async def by_login(self, login: str) -> Staff | None:
        """The one who signs in with this name."""
        found = await self._staff.find_one({"login": login})
        return from_document(Staff, found) if found else None

    async def by_sso(self, sso: str) -> Staff | None:
        """The one whose this account of the provider of single sign-on is."""
        found = await self._staff.find_one({"sso": sso})
        return from_document(Staff, found) if found else None

    async def page(self, role: Role | None, request: PageRequest) -> Page[Staff]:
        """The accounts, or those of a role, by login."""
        wanted = {} if role is None else {"role": role}
        return await page(
            self._staff, wanted, BY_LOGIN, request, STAFF, partial(from_document, Staff)
        )

    async def managers_of(
        self, *, store_id: str | None = None, region_id: str | None = None
    ) -> Sequence[Staff]:
        """The active managers of a store, or those of a region."""
        wanted = {"role": Role.STORE_MANAGER, "store_id": store_id}
        if store_id is None:
            wanted = {"role": Role.REGION_MANAGER, "region_id": region_id}
        return all_of(Staff, await self._staff.find(wanted | {"active": True}).to_list(None))

    async def managers_of_stores(self, store_ids: Sequence[str]) -> Sequence[Staff]:
        """The active managers of many stores, in any order."""
        found = all_of(Staff, await find_by(self._staff, "store_id", list(store_ids)))
        return [one for one in found if one.active and one.role is Role.STORE_MANAGER]

    async def save(self, staff: Staff, *, expected: int) -> None:
        """Write an account over its expected version, 0 for a new one; else Conflict."""
        # Whoever has none is left out of the unique index.
        without = () if staff.sso is not None else ("sso",)
        try:
            await save_version(self._staff, to_document(staff), expected=expected, without=without)
        except DuplicateKeyError:
            raise Conflict("Somebody else is bound to this account of the provider.") from None


class MongoGuides:
    """Guides, one document each."""

    def __init__(self, database: Database) -> None:
        self._guides = database["guides"]

    async def by_id(self, id: GuideId) -> Guide | None:
        """One guide."""
        return (await self.by_ids([id])).get(id)

    async def by_ids(self, ids: Sequence[GuideId]) -> dict[GuideId, Guide]:
        """Those of the ids that exist."""
        return {guide.id: guide for guide in await self._with("_id", ids)}

    async def by_wecom_users(self, user_ids: list[str]) -> list[Guide]:
        """The guides behind WeCom users."""
        return await self._with("wecom_user_id", user_ids)

    async def of_store(self, store_id: str) -> list[Guide]:
        """The active guides of a store, by id."""
        found = await self._guides.find({"store_id": store_id, "active": True}).to_list(None)
        return sorted(all_of(Guide, found), key=lambda guide: guide.id)

    async def of_stores(self, store_ids: list[str]) -> list[Guide]:
        """The active guides of many stores, in any order."""
        return [guide for guide in await self._with("store_id", store_ids) if guide.active]

    async def page(self, store_id: str | None, request: PageRequest) -> Page[Guide]:
        """The guides of a store, or all, by id."""
        wanted = {} if store_id is None else {"store_id": store_id}
        read = partial(from_document, Guide)
        return await page(self._guides, wanted, BY_ID, request, GUIDES, read)

    async def save_all(self, guides: Sequence[Guide]) -> None:
        """Write guides, each over the version before its own; else Conflict."""
        await replace_versions(self._guides, [to_document(guide) for guide in guides])

    async def _with(self, field: str, values: Sequence[str]) -> list[Guide]:
        found = await find_by(self._guides, field, values)
        return all_of(Guide, found)


class MongoMembers:
    """Members, one document each."""

    def __init__(self, database: Database) -> None:
        self._members = database["members"]

    async def by_id(self, id: PersonId) -> Member | None:
        """One member, as they joined; see `live`."""
        found = await self._members.find_one({"_id": id})
        return from_document(Member, found) if found else None

    async def by_ids(self, ids: Sequence[PersonId]) -> dict[PersonId, Member]:
        """Those of the ids that are members, as they joined."""
        found = await find_by_ids(self._members, ids)
        return {one["_id"]: from_document(Member, one) for one in found}

    async def live(self, id: PersonId) -> Member | None:
        """The member of an id, or whom it was merged into."""
        # One hop, but for the moment in which a merge of a merged one is being written.
        member = await self.by_id(id)
        for _ in range(MOST_HOPS):
            if member is None or member.merged_into is None:
                return member
            member = await self.by_id(member.merged_into)
        raise ValueError(f"members lead in a circle from {id}")

    async def join(self, member: Member, facts: Sequence[Fact] = ()) -> None:
        """Keep a new member; one of the id stays as it is."""
        with contextlib.suppress(DuplicateKeyError):
            await self._members.insert_one(saying(_joining(member), facts))

    async def join_all(
        self, members: Sequence[Member], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Keep many new members, as `join` does each."""
        documents = [saying(_joining(one), facts[one.id]) for one in members]
        await insert_new(self._members, documents)

    async def note_seen(self, id: PersonId, at: datetime, openid: str | None = None) -> None:
        """Note that a member is about, with which WeChat account if that is known."""
        change = {"seen_at": at} if openid is None else {"seen_at": at, "openid": openid}
        await self._members.update_one({"_id": id}, {"$set": change})


def _joining(member: Member) -> Document:
    return {name: value for name, value in to_document(member).items() if value is not None}
