"""Who was given links to guides' chats, and who came by them, in MongoDB."""

from datetime import datetime

from domain.contact.bonds import BondId
from domain.contact.inviting import VisitorInvitation
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import to_document


class MongoInvitations:
    """See `domain.contact.inviting.Invitations` and `domain.contact.ports.Visited`."""

    def __init__(self, database: Database) -> None:
        self._invitations = database["friend_invitations"]

    async def put(self, invitation: VisitorInvitation) -> None:
        """Keep one; when they first came by a link stays, and so does whose friend came by it."""
        document = to_document(invitation)
        visited = document.pop("visited")
        change = {"$set": document} | ({"$min": {"visited": visited}} if visited else {})
        await self._invitations.update_one({"_id": document.pop("_id")}, change, upsert=True)

    async def brought(self, state: str, bond_id: BondId, guide_id: GuideId, by: datetime) -> bool:
        """Whether a friend is the first who came by a link given to who had come by the guide's."""
        wanted = {"_id": state, "guide_id": guide_id, "visited": {"$lte": by}}
        taken = await self._invitations.update_one(
            {**wanted, "bond_id": {"$in": [None, bond_id]}}, {"$set": {"bond_id": bond_id}}
        )
        return taken.matched_count > 0

    async def guide_of(self, state: str) -> GuideId | None:
        """Whose link it is."""
        found = await self._invitations.find_one({"_id": state}, {"guide_id": 1})
        return GuideId(found["guide_id"]) if found else None
