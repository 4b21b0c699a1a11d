"""The book of what was done in MongoDB; nothing here updates or deletes."""

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.records import Record, Subject
from storage.mongo.kernel.database import (
    DESCENDING,
    Database,
    Document,
)
from storage.mongo.kernel.documents import from_document, insert_new, to_document
from storage.mongo.kernel.pages import page

NEWEST_FIRST = (("order", DESCENDING),)
OF_SUBJECT = Cursors("records of a thing", str)
OF_PERSON = Cursors("records by a person", str)


class MongoRecords:
    """One document for each record; `order` sorts by time, and by id within a millisecond."""

    def __init__(self, database: Database) -> None:
        self._records = database["records"]

    async def append(self, *records: Record) -> None:
        """Write records at the end, once the change itself is saved; one that is there stays."""
        await insert_new(self._records, [_document(record) for record in records])

    async def of_subject(self, subject: Subject, request: PageRequest) -> Page[Record]:
        """What was done to one thing, the newest first."""
        wanted = {"subject.kind": subject.kind, "subject.id": subject.id}
        return await page(self._records, wanted, NEWEST_FIRST, request, OF_SUBJECT, _record)

    async def of_person(self, person_id: PersonId, request: PageRequest) -> Page[Record]:
        """What one person did, the newest first."""
        wanted = {"actor_id": person_id}
        return await page(self._records, wanted, NEWEST_FIRST, request, OF_PERSON, _record)


def _record(document: Document) -> Record:
    return from_document(Record, document)


def _document(record: Record) -> Document:
    return {
        **to_document(record),
        "order": f"{record.at.isoformat(timespec='milliseconds')} {record.id}",
    }
