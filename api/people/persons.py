"""People as others' work names them."""

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field
from domain.kernel.ids import PersonId
from domain.people.naming import names_of_people


@strawberry.type(description="Somebody who did something.")
class Person:
    id: strawberry.ID = strawberry.field(description="Their id.")

    @field("What those of the brand are called; null for consumers and for the service itself.")
    async def name(self, load: Load) -> str | None:
        return await load(names_of_people, PersonId(self.id))


def person(id: str) -> Person:
    """Whoever has an id."""
    return Person(id=strawberry.ID(id))


def person_if_any(id: str | None) -> Person | None:
    """Whoever has an id; None without one."""
    return person(id) if id else None
