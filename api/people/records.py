"""Who did what to what, and when, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.operations import query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.people.persons import Person, person
from domain.kernel import records
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people import reading_records
from domain.people.act import Act
from domain.people.reading_records import RecordPorts
from domain.people.viewer import Role


@strawberry.type(description="One thing that somebody did.")
class Record:
    id: strawberry.ID = strawberry.field(description="Its id.")
    at: datetime = strawberry.field(description="When it was done.")
    action: str = strawberry.field(description="The mutation's name, such as postApprove.")
    actor: Person = strawberry.field(description="Who did it.")
    actor_role: Role = strawberry.field(description="What they were to the brand then.")
    subject_kind: str = strawberry.field(description="What it was done to, such as post.")
    subject_id: strawberry.ID = strawberry.field(description="Its id.")
    before: JSON = strawberry.field(description="The values that changed, as they were.")
    after: JSON = strawberry.field(description="The values that changed, as they became.")

    @classmethod
    def of(cls, record: records.Record) -> "Record":
        """Pack a record."""
        return pack(
            cls,
            record,
            actor=person(record.actor_id),
            actor_role=Role(record.actor_role),
            subject_kind=record.subject.kind,
            subject_id=strawberry.ID(record.subject.id),
            before=JSON(record.before),
            after=JSON(record.after),
        )


@query("What was done to one thing, the newest first; for the content team.")
async def records_of(
    ports: RecordPorts,
    act: Act,
    kind: Annotated[str, strawberry.argument(description="What it is, such as post.")],
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    first: First = 20,
    after: After = None,
) -> Connection[Record]:
    subject, request = records.Subject(kind=kind, id=id), PageRequest(first=first, after=after)
    return connection(await reading_records.records_of(ports, act, subject, request), Record.of)


@query("What one person did, the newest first; for themselves and for head office.")
async def records_by(
    ports: RecordPorts,
    act: Act,
    person_id: Annotated[strawberry.ID, strawberry.argument(description="Who did it.")],
    first: First = 20,
    after: After = None,
) -> Connection[Record]:
    person, request = PersonId(person_id), PageRequest(first=first, after=after)
    return connection(await reading_records.records_by(ports, act, person, request), Record.of)


QUERIES = (records_of, records_by)
