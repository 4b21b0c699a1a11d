"""What people of the stores say, and what is on the board, in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.content.revisions import PostId
from domain.guiding.remarks import (
    LIKES,
    REMARKS,
    BoardPost,
    Remark,
    RemarkId,
    slot_of,
)
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import DESCENDING, Database, DuplicateKeyError
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

NEWEST = (("said_at", DESCENDING), ("_id", DESCENDING))
BOARD = Cursors("board", datetime, str)


class MongoRemarks:
    """See `domain.guiding.remarks.Remarks`: a document for each, under its number of the day."""

    def __init__(self, database: Database) -> None:
        self._remarks = database["remarks"]
        self._likes = database["remark_likes"]

    async def by_ids(self, ids: Sequence[RemarkId]) -> Mapping[RemarkId, Remark]:
        """Those of these ids."""
        found = await find_by_ids(self._remarks, ids)
        return {one["_id"]: from_document(Remark, one) for one in found}

    async def page(self, place: str, request: PageRequest) -> Page[Remark]:
        """What is said in a place and stands, the newest first."""
        wanted = {"place": place, "removed_at": NEVER}
        read = partial(from_document, Remark)
        return await page(self._remarks, wanted, NEWEST, request, REMARKS, read)

    async def say(self, remark: Remark, most: int) -> Remark | None:
        """Keep a new one, or answer the one that was asked for under its key."""
        slots = [slot_of(remark, n) for n in range(most)]
        # What is sent again over midnight has its number of the day before.
        before = replace(remark, said_at=remark.said_at - timedelta(days=1))
        known = await self.by_ids(slots + [slot_of(before, n) for n in range(most)])
        for one in known.values():
            if remark.asked.is_among([one.asked]):
                return one
        for slot in slots:
            if slot not in known:
                kept = replace(remark, id=slot)
                try:
                    await self._remarks.insert_one(to_document(kept))
                except DuplicateKeyError:  # another request of theirs, which may be its twin
                    [faster] = (await self.by_ids([slot])).values()
                    if remark.asked.is_among([faster.asked]):
                        return faster
                else:
                    return kept
        return None

    async def save(self, remark: Remark, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        await save_version(self._remarks, to_document(remark), expected=expected)

    async def likes(self, targets: Sequence[str]) -> Mapping[str, int]:
        """How many like each; those that nobody does are left out."""
        found = await find_by_ids(self._likes, targets, {LIKES: 1})
        return {one["_id"]: one[LIKES] for one in found if LIKES in one}


class MongoBoard:
    """See `domain.guiding.remarks.BoardPosts`."""

    def __init__(self, database: Database) -> None:
        self._posts = database["board_posts"]

    async def by_id(self, id: PostId) -> BoardPost | None:
        """One, whether it stands or was taken off."""
        found = await self._posts.find_one({"_id": id})
        return from_document(BoardPost, found) if found else None

    async def page(self, request: PageRequest) -> Page[BoardPost]:
        """What stands on it, the newest first."""
        order = (("put_at", DESCENDING), ("_id", DESCENDING))
        read = partial(from_document, BoardPost)
        return await page(self._posts, {"off": False}, order, request, BOARD, read)

    async def save(self, post: BoardPost, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._posts, to_document(post), expected=expected)
