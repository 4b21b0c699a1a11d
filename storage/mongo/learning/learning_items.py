"""Questions, exams, maps and topics, one document each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Generic

from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.version_reviews import VersionState
from domain.learning.exams import Exam
from domain.learning.learning_items import D
from domain.learning.maps import LearningMap
from domain.learning.questions import LearningTopic, Question
from storage.mongo.kernel.database import DESCENDING, EARLIEST, Database
from storage.mongo.kernel.documents import (
    all_of,
    find_by,
    find_by_ids,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

NEWEST = (("made_at", DESCENDING), ("_id", DESCENDING))


class MongoLearningItems(Generic[D]):
    """See `domain.learning.learning_items.LearningItems`."""

    def __init__(self, database: Database, collection: str, kind: type[D]) -> None:
        self._items = database[collection]
        self._kind = kind
        self._cursors = Cursors(collection, datetime, str)

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, D]:
        """Those of these ids."""
        found = await find_by_ids(self._items, sorted(set(ids)))
        return {one["_id"]: from_document(self._kind, one) for one in found}

    async def approved(self, groups: Sequence[str]) -> Sequence[D]:
        """All of some groups that are approved, by id."""
        found = await find_by(self._items, "group", list(groups))
        kept = all_of(self._kind, found)
        return sorted(
            (one for one in kept if one.state is VersionState.APPROVED), key=lambda one: one.id
        )

    async def page(
        self, states: Sequence[VersionState], group: str | None, request: PageRequest
    ) -> Page[D]:
        """Those in some states, or of these those of a group, the newest first."""
        wanted = {"state": {"$in": list(states)}} | ({"group": group} if group else {})
        read = partial(from_document, self._kind)
        return await page(self._items, wanted, NEWEST, request, self._cursors, read)

    async def save(self, item: D, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._items, to_document(item), expected=expected)


class MongoQuestions(MongoLearningItems[Question]):
    """The bank of questions, and those of which answers are to be marked anew."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "questions", Question)

    async def due(self, now: datetime, most: int) -> Sequence[Question]:
        """Some of those of which answers are to be marked anew."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._items.find(wanted).sort("due_at").limit(most).to_list(None)
        return all_of(Question, found)


def exams_of(database: Database) -> MongoLearningItems[Exam]:
    """Those of a database."""
    return MongoLearningItems(database, "exams", Exam)


def maps_of(database: Database) -> MongoLearningItems[LearningMap]:
    """Those of a database."""
    return MongoLearningItems(database, "learning_maps", LearningMap)


class MongoTopics:
    """See `domain.learning.questions.Topics`."""

    def __init__(self, database: Database) -> None:
        self._topics = database["learning_topics"]

    async def all(self) -> Mapping[str, LearningTopic]:
        """All of them, by id."""
        found = await self._topics.find({}).to_list(None)
        return {one.id: one for one in all_of(LearningTopic, found)}

    async def save(self, topic: LearningTopic, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._topics, to_document(topic), expected=expected)
