"""What guides are asked to say to customers, in MongoDB."""

from collections.abc import Collection, Sequence
from datetime import date

from domain.guiding.guide_todos import GuideTodo, TodoId
from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import all_of, insert_new, one_of, to_document


class MongoGuideTodos:
    """See `domain.guiding.guide_todos.GuideTodos`."""

    def __init__(self, database: Database) -> None:
        self._todos = database["guide_todos"]

    async def ask(self, todos: Sequence[GuideTodo]) -> None:
        """Ask it; what was asked under its id stays as it is."""
        await insert_new(self._todos, [to_document(one) for one in todos])

    async def pass_on(
        self, member_id: PersonId, giver: GuideId, taker: GuideId, since: date
    ) -> None:
        """Ask one guide what another is asked of a member from a day on; again, it is the same."""
        await self._todos.update_many(
            {"member_id": member_id, "guide_id": giver, "day": {"$gte": since.isoformat()}},
            {"$set": {"guide_id": taker}},
        )

    async def is_asked(self, id: TodoId) -> bool:
        """Whether something was asked under an id."""
        return await self._todos.find_one({"_id": id}, {"_id": 1}) is not None

    async def of_guides(self, guide_ids: Collection[str], day: date) -> Sequence[GuideTodo]:
        """What guides are asked on a day; one round trip."""
        wanted = {"guide_id": one_of(list(guide_ids)), "day": day.isoformat()}
        return all_of(GuideTodo, await self._todos.find(wanted).to_list(None))
