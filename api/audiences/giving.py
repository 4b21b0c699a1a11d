"""Levels that head office gives members for a while."""

from typing import Annotated

import strawberry

from api.audiences.tags import MemberId, MemberTraits
from api.kernel.operations import mutation
from domain.audiences import level_giving
from domain.audiences.trait_ports import TraitPorts
from domain.people.act import Act


@mutation(
    "Give a member a level for some days, whatever they spend; for head office. One that they have "
    "reached counts where it is higher.",
    member="The member with it.",
)
async def member_level_give(
    ports: TraitPorts,
    act: Act,
    member_id: MemberId,
    level: Annotated[strawberry.ID, strawberry.argument(description="The level's code.")],
    days: Annotated[
        int, strawberry.argument(description="For how many days; 0 takes back what was given.")
    ],
    reason: Annotated[str, strawberry.argument(description="Why, in 1 to 200 characters.")],
) -> MemberTraits:
    return MemberTraits.of(
        await level_giving.give_level(ports, act, member_id, level, days=days, reason=reason)
    )


MUTATIONS = (member_level_give,)
