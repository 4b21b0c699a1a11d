"""Handing over a guide's customers, in the schema."""

from collections.abc import Mapping
from typing import Annotated

import strawberry

from api.contact.contact import GuideIdArgument
from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.contact import handing_over as moves
from domain.contact.handing_over import HandOverPorts, MoveState
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    MoveState,
    "Where one customer's hand-over stands.",
    PLANNED="WeCom is asked soon.",
    ASKED="WeCom has been asked, and it takes a day.",
    DONE="Whoever takes over is the customer's friend now.",
    REFUSED="The customer said no.",
    FULL="Whoever was to take over can't have more friends; it can be planned again.",
    FAILED="WeCom would not begin; it can be planned again.",
)


@strawberry.type(description="One customer who is handed over.")
class CustomerMove(Packed[moves.CustomerMove]):
    external_id: strawberry.ID = strawberry.field(description="WeCom's id of the customer.")
    name: str | None = strawberry.field(description="What they call themselves there.")
    to_user: strawberry.ID = strawberry.field(
        description="Who is to have them, by WeCom's user id; empty where nobody has room."
    )
    state: MoveState = strawberry.field(
        description="DONE: they are the other's. REFUSED: the customer would not. FULL: nobody, or "
        "not the other, has room. FAILED: WeCom would not begin."
    )
    code: int | None = strawberry.field(description="WeCom's code for FAILED; else null.")


@strawberry.type(description="How many customers stand where.")
class MoveCount:
    state: MoveState = strawberry.field(description="Where.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="One group that is handed over.")
class GroupMove:
    group_id: strawberry.ID = strawberry.field(description="WeCom's id of the group.")
    name: str = strawberry.field(description="What it is called.")
    to_user: strawberry.ID = strawberry.field(description="Whose it is to be, by WeCom's user id.")
    code: int | None = strawberry.field(
        description="0 once WeCom shows it as theirs, else WeCom's code of why not; null before."
    )


@strawberry.type(description="The hand-over of a guide's customers.")
class HandOver:
    counts: list[MoveCount] = strawberry.field(description="How many stand where.")
    customers: Connection[CustomerMove] = strawberry.field(description="By the customer's id.")
    groups: list[GroupMove] = strawberry.field(description="The groups that were the guide's.")


def _counts(found: Mapping[MoveState, int]) -> list[MoveCount]:
    return [MoveCount(state=one, count=found[one]) for one in MoveState if one in found]


@query("How the hand-over of a guide's customers stands; for the store's manager and head office.")
async def hand_over(
    ports: HandOverPorts,
    act: Act,
    guide_id: GuideIdArgument,
    state: Annotated[
        MoveState | None, strawberry.argument(description="Only customers who stand here.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> HandOver:
    request = PageRequest(first=first, after=after)
    counts, page, groups = await moves.hand_over_of(ports, act, guide_id, state, request)
    return HandOver(
        counts=_counts(counts),
        customers=connection(page, CustomerMove.of),
        groups=[
            GroupMove(
                group_id=strawberry.ID(one.id),
                name=one.name,
                to_user=strawberry.ID(one.hand_over.to_user),
                code=one.hand_over.code,
            )
            for one in groups
            if one.hand_over
        ],
    )


@mutation(
    "Hand over all friends of a guide in WeCom. It is asked for 100 at a time, takes a day, and is "
    "followed to the end of each. Started again, it plans whom nobody had room for and whom WeCom "
    "would not begin with; who has refused stays.",
    counts="How many stand where by now.",
)
async def hand_over_start(
    ports: HandOverPorts,
    act: Act,
    guide_id: GuideIdArgument,
    left: Annotated[bool, strawberry.argument(description="Whether they have left the company.")],
    taker_ids: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(
            description="The guides who take them, such as the brand's own account; without, all "
            "others of the store. Each customer goes to whoever has fewest then."
        ),
    ] = None,
) -> list[MoveCount]:
    counts = await moves.start_hand_over(ports, act, guide_id, taker_ids=taker_ids or (), left=left)
    return _counts(counts)


QUERIES = (hand_over,)
MUTATIONS = (hand_over_start,)
