"""Gift packs of stores in the schema."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.people.act import Act
from domain.promotions import gift_packs as rules
from domain.promotions.gift_packs import GiftPackPorts


@strawberry.type(description="How many gift packs of one kind a store has.")
class StoreGiftPacks(Packed[rules.StorePacks]):
    offer_id: strawberry.ID = strawberry.field(description="The coupon that is for one.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    left: int = strawberry.field(description="How many are left, without those that tills hold.")


StoreId = Annotated[strawberry.ID, strawberry.argument(description="The store.")]


@query("The gift packs that a store has, by coupon; for its people and head office.")
async def gift_packs(ports: GiftPackPorts, act: Act, store_id: StoreId) -> list[StoreGiftPacks]:
    return [StoreGiftPacks.of(one) for one in await rules.packs_of(ports, act, store_id)]


@mutation(
    "Give a store more gift packs, or take some away; for head office.",
    packs="All that the store has.",
)
async def gift_packs_send(
    ports: GiftPackPorts,
    act: Act,
    id: Annotated[
        strawberry.ID,
        strawberry.argument(
            description="A coupon for the channel STORE alone that gives nothing but gifts."
        ),
    ],
    store_id: StoreId,
    packs: Annotated[
        int, strawberry.argument(description="How many more; below 0 to take. At most 100,000.")
    ],
    idempotency_key: Annotated[
        str, strawberry.argument(description="A text of your own for this request.")
    ],
) -> list[StoreGiftPacks]:
    sent = await rules.send_packs(ports, act, id, store_id, packs, idempotency_key=idempotency_key)
    return [StoreGiftPacks.of(one) for one in sent]


QUERIES = (gift_packs,)
MUTATIONS = (gift_packs_send,)
