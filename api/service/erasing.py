"""All that we keep of a member, and erasing it, in the schema."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from api.service.customers import MemberId
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.service import erasing
from domain.service.erasing import ErasingPorts


@strawberry.type(description="One thing that we keep of a member.")
class KeptOfMember:
    collection: str = strawberry.field(description="Where it is kept, such as orders.")
    id: strawberry.ID = strawberry.field(description="Its id there.")
    data: JSON = strawberry.field(description="All of it.")

    @classmethod
    def of(cls, kept: erasing.PersonalDocument) -> "KeptOfMember":
        """Pack one."""
        return pack(cls, kept, data=JSON(kept.data))


@strawberry.type(description="A member who is erased, or is to be.")
class MemberErasure(Packed[erasing.Erasure]):
    id: strawberry.ID = strawberry.field(description="The member's id, which leads to nobody now.")
    begun_at: datetime = strawberry.field(description="When it was asked for.")
    done: bool = strawberry.field(
        description="Whether nothing is left; orders that are under way are finished before."
    )


@query(
    "All that we keep of a member, place by place, for themselves and head office; each look of "
    "somebody else is recorded."
)
async def member_data(
    ports: ErasingPorts, act: Act, member_id: MemberId, first: First = 20, after: After = None
) -> Connection[KeptOfMember]:
    request = PageRequest(first=first, after=after)
    return connection(await erasing.data_of(ports, act, member_id, request), KeptOfMember.of)


@mutation(
    "Erase a member, which can't be undone; for themselves and head office. Orders and books stay, "
    "without who it was.",
    erasure="What was begun.",
)
async def member_erase(ports: ErasingPorts, act: Act, member_id: MemberId) -> MemberErasure:
    return MemberErasure.of(await erasing.erase_member(ports, act, member_id))


QUERIES = (member_data,)
MUTATIONS = (member_erase,)
