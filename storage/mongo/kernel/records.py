"""The book of what was done in MongoDB; nothing here updates or deletes."""

from typing import Any

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest, write_cursor
from domain.kernel.records import Record, Subject
from storage.mongo.kernel.database import BulkWriteError, Database, Document
from storage.mongo.kernel.documents import DUPLICATE_KEY, from_document, to_document


class MongoRecords:
    """One document for each record; `order` sorts by time, and by id within a millisecond."""

    def __init__(self, database: Database) -> None:
        self._records = database["records"]

    async def append(self, *records: Record) -> None:
        """Write records at the end, once the change itself is saved; one that is there stays."""
        if not records:
            return
        documents = [_document(record) for record in records]
        try:
            await self._records.insert_many(documents, ordered=False)
        except BulkWriteError as fault:
            errors = (fault.details or {})["writeErrors"]
            if any(error["code"] != DUPLICATE_KEY for error in errors):
                raise

    async def of_subject(self, subject: Subject, page: PageRequest) -> Page[Record]:
        """What was done to one thing, the newest first."""
        return await self._page({"subject.kind": subject.kind, "subject.id": subject.id}, page)

    async def of_person(self, person_id: PersonId, page: PageRequest) -> Page[Record]:
        """What one person did, the newest first."""
        return await self._page({"actor_id": person_id}, page)

    async def _page(self, which: Document, page: PageRequest) -> Page[Record]:
        position = page.position()
        query: dict[str, Any] = (
            which if position is None else {**which, "order": {"$lt": str(position[0])}}
        )
        cursor = self._records.find(query).sort([("order", -1)]).limit(page.first + 1)
        found = await cursor.to_list(None)
        shown = found[: page.first]
        return Page(
            items=[from_document(Record, document) for document in shown],
            cursors=[write_cursor(document["order"]) for document in shown],
            has_next=len(found) > page.first,
            total=await self._records.count_documents(which),
        )


def _document(record: Record) -> Document:
    return {
        **to_document(record),
        "order": f"{record.at.isoformat(timespec='milliseconds')} {record.id}",
    }
