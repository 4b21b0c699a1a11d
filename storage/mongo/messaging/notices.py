"""What guides are told by the company's app, in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from domain.messaging.notices import GuideNotice
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, insert_new, save_version, to_document


class MongoGuideNotices:
    """See `domain.messaging.notices.GuideNotices`."""

    def __init__(self, database: Database) -> None:
        self._notices = database["guide_notices"]

    async def add(self, notices: Sequence[GuideNotice]) -> None:
        """Keep new ones; those that are there stay."""
        await insert_new(self._notices, [to_document(one) for one in notices])

    async def due(self, now: datetime, most: int) -> Sequence[GuideNotice]:
        """Those that are to be told, the longest overdue first."""
        due = self._notices.find({"due_at": {"$lte": now}}).sort("due_at").limit(most)
        return [
            from_document(GuideNotice, {"due_at": None, **one}) for one in await due.to_list(None)
        ]

    async def save(self, notice: GuideNotice, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        without = [] if notice.due_at else ["due_at"]
        await save_version(self._notices, to_document(notice), expected=expected, without=without)
