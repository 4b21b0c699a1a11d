"""Likes, saves and reports in MongoDB."""

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.content.revisions import PostId
from domain.content.seeding.marks import MarkChange, PostMark, SavedPost, is_left
from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError


class MongoMarks:
    """One document for each mark, its id made of what may be there once; posts keep the counts.

    A mark that was taken back stays, with how often it was changed.
    """

    def __init__(self, database: Database) -> None:
        self._marks = database["marks"]
        self._reports = database["post_reports"]
        self._posts = database["posts"]

    async def changes(self, post_id: PostId, person_id: PersonId, mark: PostMark) -> int:
        """How often a person has left a mark or taken it back."""
        found = await self._marks.find_one({"_id": _key(post_id, person_id, mark)})
        return _changes(found) if found else 0

    async def note(self, change: MarkChange) -> None:
        """Note a change; where it is noted already, or one after it, that stays."""
        key = _key(change.post_id, change.person_id, change.mark)
        news = {"changes": change.number, "at": change.at}
        if change.number > 1:
            before = {"_id": key, "changes": change.number - 1}
            await self._marks.update_one(before, {"$set": news})
            return
        whose = {"post_id": change.post_id, "person_id": change.person_id, "mark": change.mark}
        with contextlib.suppress(DuplicateKeyError):
            await self._marks.insert_one({"_id": key, **whose, **news})

    async def of(
        self, person_id: PersonId, post_ids: Sequence[PostId]
    ) -> frozenset[tuple[PostId, PostMark]]:
        """Which marks a person has left on some posts."""
        keys = [_key(post_id, person_id, mark) for post_id in post_ids for mark in PostMark]
        found = await self._marks.find({"_id": {"$in": keys}}).to_list(None)
        return frozenset((PostId(one["post_id"]), PostMark(one["mark"])) for one in _left(found))

    async def saved(self, person_id: PersonId) -> Sequence[SavedPost]:
        """What a person has saved, in no order."""
        wanted = {"person_id": person_id, "mark": PostMark.SAVE.value}
        found = await self._marks.find(wanted).to_list(None)
        return [SavedPost(post_id=PostId(one["post_id"]), at=one["at"]) for one in _left(found)]

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


def _left(found: Iterable[Document]) -> list[Document]:
    return [one for one in found if is_left(_changes(one))]


def _changes(mark: Document) -> int:
    changes: int = mark["changes"]
    return changes
