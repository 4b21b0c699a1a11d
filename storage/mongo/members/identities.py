"""What names members in MongoDB, one document for each thing that does."""

from collections.abc import Collection, Mapping, Sequence

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.members.identities import Identity, IdentityId
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import (
    find_by,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    to_document,
)


class MongoIdentities:
    """The identities; see `domain.members.identities.Identities`."""

    def __init__(self, database: Database) -> None:
        self._identities = database["member_identities"]

    async def by_ids(self, ids: Collection[IdentityId]) -> Mapping[IdentityId, Identity]:
        """Those of the ids that there are."""
        found = map(_identity, await find_by_ids(self._identities, list(ids)))
        return {one.id: one for one in found}

    async def of_members(self, ids: Collection[PersonId]) -> Sequence[Identity]:
        """What names these members, by id."""
        found = await find_by(self._identities, "member_id", list(ids))
        return sorted(map(_identity, found), key=lambda one: one.id)

    async def save(self, identity: Identity, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over its expected version; else, or where it is a second one, Conflict."""
        # Nobody's, or of a kind of which there are many: the unique index leaves it out.
        without = () if identity.sole is not None else ("sole",)
        document = to_document(identity)
        try:
            await save_version(
                self._identities, document, expected=expected, facts=facts, without=without
            )
        except DuplicateKeyError:
            raise Conflict("This member has another one of this kind.") from None

    async def claim_new(self, identities: Sequence[Identity]) -> Collection[IdentityId]:
        """Write many that nobody has claimed yet; answer those that somebody has meanwhile."""
        documents = [_document(one) for one in identities]
        return {one["_id"] for one in await insert_new(self._identities, documents)}


def _document(identity: Identity) -> Document:
    document = to_document(identity)
    return {name: value for name, value in document.items() if name != "sole" or value}


def _identity(document: Document) -> Identity:
    return from_document(Identity, document)
