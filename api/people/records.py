"""Who did what to what, and when, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from domain.kernel import records
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people.viewer import CONTENT_TEAM, Role


@strawberry.type(description="One thing that somebody did.")
class Record:
    id: strawberry.ID = strawberry.field(description="Its id.")
    at: datetime = strawberry.field(description="When it was done.")
    action: str = strawberry.field(description="The mutation's name, such as postApprove.")
    actor_id: strawberry.ID = strawberry.field(description="Who did it.")
    actor_role: Role = strawberry.field(description="What they were to the brand then.")
    subject_kind: str = strawberry.field(description="What it was done to, such as post.")
    subject_id: strawberry.ID = strawberry.field(description="Its id.")
    before: JSON = strawberry.field(description="The values that changed, as they were.")
    after: JSON = strawberry.field(description="The values that changed, as they became.")

    @classmethod
    def of(cls, record: records.Record) -> "Record":
        """Pack a record."""
        return cls(
            id=strawberry.ID(record.id),
            at=record.at,
            action=record.action,
            actor_id=strawberry.ID(record.actor_id),
            actor_role=Role(record.actor_role),
            subject_kind=record.subject.kind,
            subject_id=strawberry.ID(record.subject.id),
            before=JSON(record.before),
            after=JSON(record.after),
        )


@strawberry.type
class RecordsQuery:
    @strawberry.field(
        description="What was done to one thing, the newest first; for the content team."
    )
    async def records_of(
        self,
        info: Info,
        kind: Annotated[str, strawberry.argument(description="What it is, such as post.")],
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[Record]:
        info.context.viewer.require(*CONTENT_TEAM)
        subject = records.Subject(kind=kind, id=str(id))
        page = PageRequest(first=first, after=after)
        found = await info.context.world.assets.records.of_subject(subject, page)
        return connection(found, Record.of)

    @strawberry.field(
        description="What one person did, the newest first; for themselves and for head office."
    )
    async def records_by(
        self,
        info: Info,
        person_id: Annotated[strawberry.ID, strawberry.argument(description="Who did it.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[Record]:
        viewer = info.context.viewer
        if not viewer.id or viewer.id != str(person_id):
            viewer.require(Role.HEAD_OFFICE)
        page = PageRequest(first=first, after=after)
        person = PersonId(str(person_id))
        found = await info.context.world.assets.records.of_person(person, page)
        return connection(found, Record.of)
