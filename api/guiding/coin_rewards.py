"""The shop of rewards in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.people.guides import guide_name_shown
from domain.guiding import coin_rewards as rules
from domain.guiding import reward_orders as use_cases
from domain.guiding.coin_rewards import RewardOrderState
from domain.guiding.reward_orders import NewReward, RewardPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    RewardOrderState,
    "Where an order of a reward stands.",
    TAKING="It is being decided.",
    REFUSED="There was none left, or too few coins.",
    ORDERED="It waits in the store.",
    HANDED_OVER="The guide has it.",
    CANCELLED="It was called off, and the coins came back.",
)
Id = Annotated[strawberry.ID, strawberry.argument(description="The reward.")]
OrderId = Annotated[strawberry.ID, strawberry.argument(description="The order of a reward.")]
Key = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this request; sent again, it is done once."
    ),
]


@strawberry.type(description="What coins buy.")
class CoinReward(Packed[rules.CoinReward]):
    value: strawberry.Private[rules.CoinReward]
    id: strawberry.ID = strawberry.field(description="The reward's id.")
    name: str = strawberry.field(description="Its name.")
    text: str = strawberry.field(description="What it is; may be empty.")
    coins: int = strawberry.field(description="How many coins one costs.")
    offered: bool = strawberry.field(description="Whether it can be ordered.")
    version: int = strawberry.field(description="Send it back with a change.")

    @field("How many are left.")
    async def left(self, load: Load) -> int:
        return await load(use_cases.left_of, self.value.id) or 0


@strawberry.type(description="A guide's order of one reward.")
class CoinRewardOrder(Packed[rules.RewardOrder]):
    value: strawberry.Private[rules.RewardOrder]
    id: strawberry.ID = strawberry.field(description="The order's id.")
    reward_id: strawberry.ID = strawberry.field(description="The reward.")
    name: str = strawberry.field(description="Its name when it was ordered.")
    coins: int = strawberry.field(description="What it cost then.")
    guide_id: strawberry.ID = strawberry.field(description="Who ordered it.")
    ordered_at: datetime = strawberry.field(description="When.")
    state: RewardOrderState = strawberry.field(description="Where it stands.")
    why: str = strawberry.field(description="Why it was refused or called off; else empty.")

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        return await guide_name_shown(load, self.value.guide_id)


@strawberry.input(description="What head office says of a reward.")
class CoinRewardInput:
    name: str = strawberry.field(description="1 to 60 characters.")
    text: str = strawberry.field(description="What it is, at most 500 characters.", default="")
    coins: int = strawberry.field(description="What one costs, 1 to 1,000,000 coins.")
    offered: bool = strawberry.field(description="Whether it can be ordered.", default=True)

    def value(self) -> NewReward:
        return NewReward(name=self.name, text=self.text, coins=self.coins, offered=self.offered)


@query("What coins buy, by id; head office sees what is not offered too.")
async def coin_rewards(
    ports: RewardPorts, act: Act, first: First = 20, after: After = None
) -> Connection[CoinReward]:
    page = await use_cases.rewards(ports, act, PageRequest(first=first, after=after))
    return connection(page, CoinReward.of)


@query("The rewards that the viewer, a guide, has ordered, the newest first.")
async def own_coin_reward_orders(
    ports: RewardPorts, act: Act, first: First = 20, after: After = None
) -> Connection[CoinRewardOrder]:
    page = await use_cases.own_reward_orders(ports, act, PageRequest(first=first, after=after))
    return connection(page, CoinRewardOrder.of)


@query("The rewards that a store's guides have ordered, the newest first; for who hands them over.")
async def coin_reward_orders(
    ports: RewardPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
    first: First = 20,
    after: After = None,
) -> Connection[CoinRewardOrder]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.reward_orders_of_store(ports, act, store_id, request)
    return connection(page, CoinRewardOrder.of)


@mutation("Keep a new reward, or change one; for head office.", reward="As it is now.")
async def coin_reward_save(
    ports: RewardPorts,
    act: Act,
    input: Annotated[CoinRewardInput, strawberry.argument(description="What to keep.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you loaded; 0 for a new one.")
    ],
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Which one; none for a new one.")
    ] = None,
) -> CoinReward:
    kept = await use_cases.save_reward(ports, act, id, input.value(), expected=expected_version)
    return CoinReward.of(kept)


@mutation("Have more of a reward, or fewer; for head office.", reward="The reward.")
async def coin_reward_stock(
    ports: RewardPorts,
    act: Act,
    id: Id,
    units: Annotated[int, strawberry.argument(description="How many more; below 0 fewer.")],
    idempotency_key: Key,
) -> CoinReward:
    kept = await use_cases.stock_reward(ports, act, id, units, idempotency_key=idempotency_key)
    return CoinReward.of(kept)


@mutation("Order a reward for the viewer's coins; for guides.", order="The order.")
async def coin_reward_order(
    ports: RewardPorts, act: Act, id: Id, idempotency_key: Key
) -> CoinRewardOrder:
    ordered = await use_cases.order_reward(ports, act, id, idempotency_key=idempotency_key)
    return CoinRewardOrder.of(ordered)


@mutation("Note that a guide has their reward; for their store's manager.", order="As it is now.")
async def coin_reward_order_hand_over(ports: RewardPorts, act: Act, id: OrderId) -> CoinRewardOrder:
    return CoinRewardOrder.of(await use_cases.hand_over_reward(ports, act, id))


@mutation(
    "Call off an order that was not handed over; the coins come back. For the store's manager.",
    order="As it is now.",
)
async def coin_reward_order_cancel(
    ports: RewardPorts,
    act: Act,
    id: OrderId,
    reason: Annotated[
        str, strawberry.argument(description="Why, in 1 to 300 characters; the guide sees it.")
    ],
) -> CoinRewardOrder:
    return CoinRewardOrder.of(await use_cases.cancel_reward_order(ports, act, id, reason))


QUERIES = (coin_rewards, own_coin_reward_orders, coin_reward_orders)
MUTATIONS = (
    coin_reward_save,
    coin_reward_stock,
    coin_reward_order,
    coin_reward_order_hand_over,
    coin_reward_order_cancel,
)
