"""What members tell of themselves in MongoDB."""

from collections.abc import Collection, Mapping, Sequence

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.members.profiles import MemberProfile
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    saying,
    to_document,
)


class MongoMemberProfiles:
    """One document each; see `domain.members.profiles.MemberProfiles`."""

    def __init__(self, database: Database) -> None:
        self._profiles = database["member_profiles"]

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberProfile]:
        """Those of these members."""
        found = await find_by_ids(self._profiles, list(ids))
        return {one["_id"]: from_document(MemberProfile, one) for one in found}

    async def save(
        self, profile: MemberProfile, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over its expected version, 0 for none; else Conflict."""
        await save_version(self._profiles, to_document(profile), expected=expected, facts=facts)

    async def add_new(
        self, profiles: Sequence[MemberProfile], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Write many of members who had none; one that is there stays."""
        documents = [saying(to_document(one), facts[one.id]) for one in profiles]
        await insert_new(self._profiles, documents)
