"""Likes, saves and reports in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from domain.content.revisions import PostId
from domain.content.seeding.marks import PostMark, SavedPost
from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database, DuplicateKeyError

COUNTS = {PostMark.LIKE: "counts.likes", PostMark.SAVE: "counts.saves"}


class MongoMarks:
    """One document for each mark, its id made of what may be there once; posts keep the counts."""

    def __init__(self, database: Database) -> None:
        self._marks = database["marks"]
        self._reports = database["post_reports"]
        self._posts = database["posts"]

    async def leave(
        self, post_id: PostId, person_id: PersonId, mark: PostMark, at: datetime
    ) -> None:
        """Leave a mark and count it; a repeat changes nothing."""
        document = {"post_id": post_id, "person_id": person_id, "mark": mark.value, "at": at}
        try:
            await self._marks.insert_one({"_id": _key(post_id, person_id, mark), **document})
        except DuplicateKeyError:
            return
        await self._posts.update_one({"_id": post_id}, {"$inc": {COUNTS[mark]: 1}})

    async def take_back(self, post_id: PostId, person_id: PersonId, mark: PostMark) -> None:
        """Take a mark back; one that is not there is no error."""
        result = await self._marks.delete_one({"_id": _key(post_id, person_id, mark)})
        if result.deleted_count:
            await self._posts.update_one({"_id": post_id}, {"$inc": {COUNTS[mark]: -1}})

    async def of(
        self, person_id: PersonId, post_ids: Sequence[PostId]
    ) -> frozenset[tuple[PostId, PostMark]]:
        """Which marks a person has left on some posts."""
        keys = [_key(post_id, person_id, mark) for post_id in post_ids for mark in PostMark]
        found = await self._marks.find({"_id": {"$in": keys}}).to_list(None)
        return frozenset((PostId(one["post_id"]), PostMark(one["mark"])) for one in found)

    async def saved(self, person_id: PersonId) -> Sequence[SavedPost]:
        """What a person has saved, in no order."""
        wanted = {"person_id": person_id, "mark": PostMark.SAVE.value}
        found = await self._marks.find(wanted).to_list(None)
        return [SavedPost(post_id=PostId(one["post_id"]), at=one["at"]) for one in found]

    async def report(self, post_id: PostId, person_id: PersonId, reason: str, at: datetime) -> None:
        """Keep a person's report and count it; a second one of theirs replaces the first."""
        key = f"{post_id}:{person_id}"
        document = {"post_id": post_id, "person_id": person_id, "reason": reason, "at": at}
        result = await self._reports.update_one({"_id": key}, {"$set": document}, upsert=True)
        if result.upserted_id is not None:
            await self._posts.update_one({"_id": post_id}, {"$inc": {"counts.reports": 1}})

    async def clear_reports(self, post_id: PostId) -> Sequence[str]:
        """Forget the reports of a post that was found in order; their reasons, the newest first.

        One that comes meanwhile is neither told nor forgotten.
        """
        found = await self._reports.find({"post_id": post_id}).to_list(None)
        result = await self._reports.delete_many({"_id": {"$in": [one["_id"] for one in found]}})
        await self._posts.update_one(
            {"_id": post_id}, {"$inc": {"counts.reports": -result.deleted_count}}
        )
        return [one["reason"] for one in sorted(found, key=lambda one: one["at"], reverse=True)]


def _key(post_id: PostId, person_id: PersonId, mark: PostMark) -> str:
    return f"{mark.value}:{post_id}:{person_id}"
