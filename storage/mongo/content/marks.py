"""Likes, saves and reports in MongoDB."""

import contextlib
from collections.abc import Iterable, Sequence

from domain.content.revisions import PostId
from domain.content.seeding.marks import MarkChange, MarkedPost, PostMark, Report, is_left
from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError
from storage.mongo.kernel.documents import converter, replace_all


class MongoMarks:
    """One document for each mark, its id made of what may be there once; posts keep the counts.

    A mark that was taken back stays, with how often it was changed.
    """

    def __init__(self, database: Database) -> None:
        self._marks = database["marks"]
        self._reports = database["post_reports"]

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

    async def left_by(self, person_id: PersonId, mark: PostMark) -> Sequence[MarkedPost]:
        """The posts on which a person has left a mark, in no order."""
        wanted = {"person_id": person_id, "mark": mark.value}
        found = await self._marks.find(wanted).to_list(None)
        return [MarkedPost(post_id=PostId(one["post_id"]), at=one["at"]) for one in _left(found)]

    async def keep_report(self, report: Report) -> None:
        """Keep why a person reports a post, over what they said of it before."""
        document = {"_id": _whose(report), **converter.unstructure(report)}
        await replace_all(self._reports, [document])

    async def reports(self, post_id: PostId) -> Sequence[Report]:
        """Why a post was reported, the newest first."""
        found = await self._reports.find({"post_id": post_id}).to_list(None)
        reports = [converter.structure(one, Report) for one in found]
        return sorted(reports, key=lambda one: one.at, reverse=True)

    async def forget_report(self, report: Report) -> None:
        """Forget one, unless its person has reported the post anew since."""
        await self._reports.delete_one({"_id": _whose(report), "number": report.number})


def _whose(report: Report) -> str:
    return f"{report.post_id}:{report.person_id}"


def _key(post_id: PostId, person_id: PersonId, mark: PostMark) -> str:
    return f"{mark.value}:{post_id}:{person_id}"


def _left(found: Iterable[Document]) -> list[Document]:
    return [one for one in found if is_left(_changes(one))]


def _changes(mark: Document) -> int:
    changes: int = mark["changes"]
    return changes
