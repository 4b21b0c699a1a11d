"""Handing over what is a guide's who leaves."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.people import successions
from domain.people.act import Act
from domain.people.successions import SuccessionPorts

Leaver = Annotated[strawberry.ID, strawberry.argument(description="The guide who leaves.")]


@strawberry.type(description="Who comes after a guide who leaves.")
class GuideSuccession(Packed[successions.Succession]):
    id: strawberry.ID = strawberry.field(description="The guide who leaves.")
    successor_id: strawberry.ID = strawberry.field(description="The guide who comes after them.")
    begun_at: datetime = strawberry.field(description="When that was said.")
    done_at: datetime | None = strawberry.field(
        description="From when on customers, links and tasks are the successor's; null until then."
    )


@query("Who comes after a guide; null where nobody does. For the store's manager and head office.")
async def guide_succession(
    ports: SuccessionPorts, act: Act, guide_id: Leaver
) -> GuideSuccession | None:
    found = await successions.succession_of(ports, act, guide_id)
    return GuideSuccession.of(found) if found else None


@mutation(
    "Say who comes after a guide who leaves, or another than was said, for the store's manager and "
    "head office. Nothing passes until guideHandOverFinish.",
    succession="Who comes after them.",
)
async def guide_hand_over(
    ports: SuccessionPorts,
    act: Act,
    guide_id: Leaver,
    successor_id: Annotated[
        strawberry.ID, strawberry.argument(description="The guide who comes after them.")
    ],
) -> GuideSuccession:
    return GuideSuccession.of(
        await successions.begin_succession(ports, act, guide_id, successor_id)
    )


@mutation(
    "Let a guide's customers and links be their successor's from now on, with whatever they bring, "
    "and ask of the successor what the guide has not done; what was credited before stays. For the "
    "store's manager and head office. Sent again, it is the same.",
    succession="Who comes after them.",
)
async def guide_hand_over_finish(
    ports: SuccessionPorts, act: Act, guide_id: Leaver
) -> GuideSuccession:
    return GuideSuccession.of(await successions.finish_succession(ports, act, guide_id))


QUERIES = (guide_succession,)
MUTATIONS = (guide_hand_over, guide_hand_over_finish)
