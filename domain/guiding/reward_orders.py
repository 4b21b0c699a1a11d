"""The shop of rewards as head office keeps it, and as guides order from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.guiding import coin_rewards
from domain.guiding.coin_rewards import (
    ADDED,
    LEFT,
    CoinReward,
    CoinRewards,
    RewardId,
    RewardOrder,
    RewardOrderId,
    RewardOrders,
    RewardOrderState,
)
from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open
from domain.kernel.each import each
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, TooMany
from domain.kernel.request_keys import request_key
from domain.kernel.versions import risen
from domain.kernel.wording import Wording, sayable
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.wallets.ports import WalletPorts

MOST_AT_ONCE = 200
GONE = "All of these are gone."
TOO_FEW_COINS = "You have too few coins for it."


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardPorts(Ports):
    """The rewards, how many there are, the orders, and the coins that pay for them."""

    rewards: CoinRewards
    stock: Ledger[Posting]
    orders: RewardOrders
    wallets: WalletPorts
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReward:
    """What head office says of a reward."""

    name: str
    text: str
    coins: int
    offered: bool


async def rewards(ports: RewardPorts, act: Act, request: PageRequest) -> Page[CoinReward]:
    """What coins buy; for who keeps the shop, what is not offered too."""
    act.viewer.require("coin_reward.see")
    return await ports.rewards.page(request, offered=not act.viewer.may("coin_reward.keep"))


async def left_of(ports: RewardPorts, act: Act, ids: Sequence[RewardId]) -> Mapping[RewardId, int]:
    """How many of some rewards are left, for whoever sees them."""
    return await ports.rewards.left(ids)


async def save_reward(
    ports: RewardPorts, act: Act, id: str | None, new: NewReward, *, expected: int
) -> CoinReward:
    """Keep a new reward, or change one; who has ordered keeps the name and price of then."""
    act.viewer.require("coin_reward.keep")
    before = await _reward(ports, id) if id is not None else None
    reward = coin_rewards.checked_reward(
        CoinReward(
            id=before.id if before else RewardId(act.new_id("reward")),
            name=new.name,
            text=new.text,
            coins=new.coins,
            offered=new.offered,
            version=expected + 1,
        )
    )
    sayable(ports.wording, reward.name, before.name if before else None, ["input", "name"])
    sayable(ports.wording, reward.text, before.text if before else None, ["input", "text"])
    await ports.rewards.save(reward, expected=expected)
    return reward


async def stock_reward(
    ports: RewardPorts, act: Act, id: str, units: int, *, idempotency_key: str
) -> CoinReward:
    """Have more of a reward, or fewer below 0; the same key again is done once."""
    act.viewer.require("coin_reward.keep")
    reward = await _reward(ports, id)
    if not ADDED.read(units, ["units"]):
        raise Invalid("Write how many there are more, or below 0 fewer.", field=["units"])
    added = Posting(
        id=f"stock:{act.viewer.id}:{request_key(idempotency_key, id, units).key}",
        target=reward.id,
        at=act.at,
        add={LEFT: units},
        at_least={LEFT: -units} if units < 0 else {},
    )
    [entry] = await apply_once(ports.stock, [added])
    if (entry.movement.target, entry.movement.add) != (added.target, added.add):
        raise Conflict(
            "This key was sent with another request; make up a new key for each.",
            field=["idempotencyKey"],
        )
    if entry.state is State.REFUSED:
        raise Conflict("There are fewer of it; take fewer away.", field=["units"])
    return reward


async def order_reward(
    ports: RewardPorts, act: Act, id: str, *, idempotency_key: str
) -> RewardOrder:
    """Order a reward for the viewer's coins; the same key again is the same order."""
    act.viewer.require("coin_reward.order")
    asked = request_key(idempotency_key, id)
    order_id = RewardOrderId(f"{act.viewer.id}:{asked.key}")
    order = await ports.orders.by_id(order_id)
    if order is None:
        reward = await _reward(ports, id)
        if not reward.offered:
            raise NotFound("This is not offered any more; look at coinRewards.", field=["id"])
        order = coin_rewards.begun(
            RewardOrder(
                id=order_id,
                reward_id=reward.id,
                name=reward.name,
                coins=reward.coins,
                guide_id=GuideId(act.viewer.id),
                store_id=StoreId(act.viewer.store_id or ""),
                asked=asked,
                ordered_at=act.at,
            ),
            act.cause(),
        )
        try:
            await ports.orders.save(order, expected=0)
        except Conflict:  # its twin was faster
            order = await _order(ports, order_id)
    asked.is_among([order.asked])
    order = await _decided(ports, act, order)
    if order.state is RewardOrderState.REFUSED:
        raise TooMany(order.why, field=["id"])
    return order


async def own_reward_orders(
    ports: RewardPorts, act: Act, request: PageRequest
) -> Page[RewardOrder]:
    """What the viewer has ordered, the newest first."""
    act.viewer.require("coin_reward.order")
    return await ports.orders.of_guide(GuideId(act.viewer.id), request)


async def reward_orders_of_store(
    ports: RewardPorts, act: Act, store_id: str, request: PageRequest
) -> Page[RewardOrder]:
    """What a store's guides have ordered, the newest first."""
    act.viewer.require("coin_reward.hand_over", store=store_id)
    return await ports.orders.of_store(StoreId(store_id), request)


async def hand_over_reward(ports: RewardPorts, act: Act, id: str) -> RewardOrder:
    """Note that a guide has their reward."""
    order = await _handled(ports, act, id)
    after = coin_rewards.moved(order, RewardOrderState.HANDED_OVER, act.cause())
    await ports.orders.save(after, expected=order.version)
    return after


async def cancel_reward_order(ports: RewardPorts, act: Act, id: str, reason: str) -> RewardOrder:
    """Call an order off before it is handed over; the coins come back, and the reward is there."""
    order = await _handled(ports, act, id)
    after = coin_rewards.cancelled(order, act.cause(reason))
    await ports.orders.save(after, expected=order.version)
    return await _given_back(ports, act, after)


async def finish_reward_orders(ports: RewardPorts, act: Act) -> int:
    """End the orders that a crash has cut short; tell of how many."""
    await finish_open(ports.stock, act.at)
    return await each(await ports.orders.due(act.at, MOST_AT_ONCE), partial(_finish, ports, act))


async def _finish(ports: RewardPorts, act: Act, order: RewardOrder) -> None:
    if order.state is RewardOrderState.CANCELLED:
        await _given_back(ports, act, order)
    else:
        await _decided(ports, act, order)


async def _decided(ports: RewardPorts, act: Act, order: RewardOrder) -> RewardOrder:
    """The order once it is decided; whoever comes second decides the same."""
    if order.state is not RewardOrderState.TAKING:
        return order
    why = ""
    [one] = await apply_once(ports.stock, [coin_rewards.takes(order)])
    if one.state is State.REFUSED:
        why = GONE
    else:
        [coins] = await apply_once(ports.wallets.ledger, [coin_rewards.pays(order)])
        if coins.state is State.REFUSED:
            await apply_once(ports.stock, [coin_rewards.puts_back(order, act.at)])
            why = TOO_FEW_COINS
    cause = act.cause()
    after = coin_rewards.refused(order, why, cause) if why else coin_rewards.ordered(order, cause)
    try:
        await ports.orders.save(after, expected=order.version)
    except Conflict:
        return await _order(ports, order.id)
    return after


async def _given_back(ports: RewardPorts, act: Act, order: RewardOrder) -> RewardOrder:
    payment = coin_rewards.pays(order).id
    entry = (await ports.wallets.ledger.entries([payment]))[payment]
    back = coin_rewards.paid_back(entry.movement, act.cause())
    await apply_once(ports.wallets.ledger, [back])
    await apply_once(ports.stock, [coin_rewards.puts_back(order, act.at)])
    done = risen(replace(order, due_at=NEVER))
    await ports.orders.save(done, expected=order.version)
    return done


async def _handled(ports: RewardPorts, act: Act, id: str) -> RewardOrder:
    """An order, for whoever hands rewards over in its store."""
    act.viewer.require("coin_reward.hand_over")
    order = await _order(ports, RewardOrderId(id))
    act.viewer.require("coin_reward.hand_over", store=order.store_id)
    return order


async def _order(ports: RewardPorts, id: RewardOrderId) -> RewardOrder:
    order = await ports.orders.by_id(id)
    if order is None:
        raise NotFound(f"There is no order {id} of a reward.", field=["id"])
    return order


async def _reward(ports: RewardPorts, id: str) -> CoinReward:
    reward = await ports.rewards.by_id(RewardId(id))
    if reward is None:
        raise NotFound("There is no such reward; look at coinRewards.", field=["id"])
    return reward
