"""Members of other channels, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation
from api.kernel.packing import Packed
from domain.kernel.imports import ImportPorts
from domain.members import feeding
from domain.members.feeding import SaidMember, feed_members
from domain.members.member_files import MemberFilePorts, import_members
from domain.members.telling import TellingPorts
from domain.people.act import Act


@strawberry.input(description="What a channel says of one of its members.")
class MemberFeedInput:
    id: str = strawberry.field(description="The channel's own id of them.")
    phone: str | None = strawberry.field(
        description="Their mobile number in any spelling.", default=None
    )
    member_code: str | None = strawberry.field(
        description="Their code as a member of the brand.", default=None
    )
    unionid: str | None = strawberry.field(
        description="Their unionid, where the channel is on the same open platform.", default=None
    )
    name: str | None = strawberry.field(
        description="Their name; noted where none is known.", default=None
    )
    store_id: str | None = strawberry.field(
        description="The store where they joined.", default=None
    )
    joined_at: datetime | None = strawberry.field(
        description="When they joined; now if it is not said.", default=None
    )

    def value(self) -> SaidMember:
        """Unpack what is said."""
        return SaidMember(**vars(self))


@strawberry.type(description="What became of one member that a channel told of.")
class FedMember(Packed[feeding.FedMember]):
    id: str = strawberry.field(description="The channel's own id of them.")
    member_id: strawberry.ID | None = strawberry.field(
        description="The member; null where they could not be taken in."
    )
    is_new: bool = strawberry.field(description="Whether they joined by this.")
    disputed: bool = strawberry.field(
        description="Whether another member has one of the names; it waits in memberConflicts."
    )
    refusal: str | None = strawberry.field(description="Why they could not be taken in.")


@mutation(
    "Take in members of a till or another channel, at most 200 at once; for feeds and head office. "
    "Sent again, it changes nothing. A typed number merges nobody.",
    members="What became of each, in order.",
)
async def members_feed(
    ports: TellingPorts,
    act: Act,
    channel: Annotated[
        str, strawberry.argument(description="The channel, such as TMALL; letters and digits.")
    ],
    members: Annotated[
        list[MemberFeedInput], strawberry.argument(description="What is said of each.")
    ],
) -> list[FedMember]:
    fed = await feed_members(ports, act, channel, [one.value() for one in members])
    return [FedMember.of(one) for one in fed]


@mutation(
    "Take in members of other channels, or of the brand's own system, from a file with one row "
    "each. Handed in again, it changes nothing."
)
async def members_import(
    ports: MemberFilePorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_members(ports, act, handed), handed)


MUTATIONS = (members_feed, members_import)
