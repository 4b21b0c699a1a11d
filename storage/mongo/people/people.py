"""Staff, guides and members in MongoDB."""

from collections.abc import Sequence

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.people.accounts import Guide, GuideId, Member, Staff
from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    from_document,
    replace_versions,
    save_version,
    to_document,
)


class MongoStaff:
    """Staff accounts, one document each."""

    def __init__(self, database: Database) -> None:
        self._staff = database["staff"]

    async def by_id(self, id: PersonId) -> Staff | None:
        """One of the staff."""
        found = await self._staff.find_one({"_id": id})
        return from_document(Staff, found) if found else None

    async def by_login(self, login: str) -> Staff | None:
        """The one who signs in with this name."""
        found = await self._staff.find_one({"login": login})
        return from_document(Staff, found) if found else None

    async def save(self, staff: Staff, *, expected: int) -> None:
        """Write an account over its expected version, 0 for a new one; else Conflict."""
        await save_version(self._staff, to_document(staff), expected=expected)


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
        return sorted((from_document(Guide, one) for one in found), key=lambda guide: guide.id)

    async def of_stores(self, store_ids: list[str]) -> list[Guide]:
        """The active guides of many stores, in any order."""
        return [guide for guide in await self._with("store_id", store_ids) if guide.active]

    async def save_all(self, guides: Sequence[Guide]) -> None:
        """Write guides, each over the version before its own; else Conflict."""
        await replace_versions(self._guides, [to_document(guide) for guide in guides])

    async def _with(self, field: str, values: Sequence[str]) -> list[Guide]:
        found: list[Guide] = []
        for start in range(0, len(values), IN_AT_MOST):
            some = {field: {"$in": list(values[start : start + IN_AT_MOST])}}
            documents = await self._guides.find(some).to_list(None)
            found += [from_document(Guide, document) for document in documents]
        return found


class MongoMembers:
    """Members, one document each."""

    def __init__(self, database: Database) -> None:
        self._members = database["members"]
        self._phones = database["member_phones"]

    async def by_id(self, id: PersonId) -> Member | None:
        """One member."""
        found = await self._members.find_one({"_id": id})
        return from_document(Member, found) if found else None

    async def by_unionid(self, unionid: str) -> Member | None:
        """The member who is this person in all of the brand's apps."""
        found = await self._members.find_one({"unionid": unionid})
        return from_document(Member, found) if found else None

    async def by_phone(self, phone: str) -> Member | None:
        """The member with a phone number."""
        held = await self._phones.find_one({"_id": phone})
        return await self.by_id(held["member_id"]) if held else None

    async def set_phone(self, id: PersonId, phone: str) -> None:
        """Note a member's phone number; Conflict if another member has it."""
        try:
            await self._phones.insert_one({"_id": phone, "member_id": id})
        except DuplicateKeyError:
            if await self._phones.find_one({"_id": phone, "member_id": id}) is None:
                raise Conflict(
                    "Another member has this number; sign in with it instead.", field=["phoneCode"]
                ) from None
        member = await self.by_id(id)
        await self._members.update_one({"_id": id}, {"$set": {"phone": phone}})
        if member is not None and member.phone not in (None, phone):
            await self._phones.delete_one({"_id": member.phone, "member_id": id})

    async def by_openid(self, openid: str) -> Member | None:
        """The member behind an openid."""
        found = await self._members.find_one({"openid": openid})
        return from_document(Member, found) if found else None

    async def join(self, member: Member) -> Member:
        """Keep a new member; if the openid has joined meanwhile, the one who did."""
        try:
            await self._members.insert_one(to_document(member))
        except DuplicateKeyError:
            joined = await self.by_openid(member.openid)
            if joined is None:
                raise
            return joined
        return member
