"""A stand-in for what carries messages, for the demo and for trying out; refused in production."""

from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.sends import SendId
from domain.messaging.templates import MessageContent
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import insert_new

SENT = CarryAnswer(carried=Carried.SENT)


class SandboxMessages:
    """Takes every message and keeps that it did, but not to whom."""

    def __init__(self, database: Database) -> None:
        self._taken = database["sandbox_messages"]

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        """Take a message; again, it changes nothing."""
        await insert_new(self._taken, [{"_id": id}])
        return SENT

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        """What became of a message that it was handed."""
        return SENT if await self._taken.find_one({"_id": id}) else None
