"""The shop of rewards: never one too many, never a coin too few, whatever is cut short."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding import coin_rewards
from domain.guiding.coin_rewards import GRACE, RewardOrderState
from domain.guiding.reward_orders import (
    NewReward,
    cancel_reward_order,
    finish_reward_orders,
    hand_over_reward,
    left_of,
    order_reward,
    own_reward_orders,
    save_reward,
    stock_reward,
)
from domain.kernel import apply_once
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    WrongState,
)
from domain.people.act import by_the_clock
from domain.people.viewer import Role
from domain.wallets.reconciling import reconcile_wallets
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import reward_ports
from qianmian.wiring.wallets import wallet_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.guiding import OFFICE, an_act, as_guide, coins_of, give_coins, some_guides

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


async def a_reward(base: Foundation, *, coins: int = 30, units: int = 10) -> str:
    ports = reward_ports(base)
    new = NewReward(name="保温杯", text="", coins=coins, offered=True)
    kept = await save_reward(ports, an_act(), None, new, expected=0)
    await stock_reward(ports, an_act(), kept.id, units, idempotency_key="first")
    return kept.id


async def left(base: Foundation, reward: str) -> int:
    return (await left_of(reward_ports(base), an_act(), [reward]))[reward]


async def holds(base: Foundation, reward: str, *, left_now: int, **coins: int) -> None:
    """All wallets are the sums of their entries, and so many rewards and coins are left."""
    clock = by_the_clock(now(), new_id)
    assert [one async for one in reconcile_wallets(wallet_ports(base), clock, mend=False)] == []
    assert await left(base, reward) == left_now
    assert {guide: await coins_of(base, guide) for guide in coins} == coins


async def test_of_twenty_guides_who_order_twice_at_once_ten_have_one_each(base: Foundation):
    await some_guides(base, 20)
    reward = await a_reward(base)
    for n in range(20):
        await give_coins(base, f"G{n + 1}", 30)

    async def order(n: int):
        try:
            ports = reward_ports(base)
            return await order_reward(ports, as_guide(f"G{n + 1}"), reward, idempotency_key="once")
        except TooMany as refusal:
            return refusal.message

    answers = await asyncio.gather(*(order(n % 20) for n in range(40)))
    for first, again in zip(answers[:20], answers[20:], strict=True):
        assert (first == again) or (first.id, first.state) == (again.id, again.state)
    served = {one.guide_id for one in answers if not isinstance(one, str)}
    assert len(served) == 10
    coins = {f"G{n + 1}": 0 if f"G{n + 1}" in served else 30 for n in range(20)}
    await holds(base, reward, left_now=0, **coins)


async def test_who_has_too_few_coins_leaves_the_reward_to_others(base: Foundation):
    await some_guides(base, 1)
    reward = await a_reward(base, units=1)
    await give_coins(base, "G1", 29)
    ports = reward_ports(base)
    for _ in range(2):
        with pytest.raises(TooMany):
            await order_reward(ports, as_guide("G1"), reward, idempotency_key="a")
    await give_coins(base, "G1", 1, key="more")
    with pytest.raises(TooMany):  # the same request is answered as it was
        await order_reward(ports, as_guide("G1"), reward, idempotency_key="a")
    done = await order_reward(ports, as_guide("G1"), reward, idempotency_key="b")
    assert done.state is RewardOrderState.ORDERED
    await holds(base, reward, left_now=0, G1=0)


class Cut(Exception):
    """A crash."""


@pytest.mark.parametrize("steps", range(6))
async def test_an_order_that_is_cut_short_anywhere_is_ended_by_the_clock(
    base: Foundation, monkeypatch: pytest.MonkeyPatch, steps: int
):
    await some_guides(base, 1)
    reward = await a_reward(base, units=1)
    await give_coins(base, "G1", 30)
    ports, left_over = reward_ports(base), steps

    class Failing:
        """A ledger of which each change may be the last thing that a process does."""

        def __init__(self, real) -> None:
            self._real = real

        def __getattr__(self, name):
            return getattr(self._real, name)

        async def change(self, movements):
            self.step()
            done = await self._real.change(movements)
            self.step()
            return done

        async def conclude(self, entries, before):
            self.step()
            return await self._real.conclude(entries, before)

        def step(self) -> None:
            nonlocal left_over
            if left_over == 0:
                raise Cut
            left_over -= 1

    cut = replace(
        ports,
        stock=Failing(ports.stock),
        wallets=replace(ports.wallets, ledger=Failing(ports.wallets.ledger)),
    )
    with pytest.raises(Cut):
        await order_reward(cut, as_guide("G1"), reward, idempotency_key="a")
    early = by_the_clock(now(), new_id)
    assert await finish_reward_orders(ports, early) == 0
    later = by_the_clock(now() + GRACE + apply_once.GRACE + timedelta(seconds=1), new_id)
    assert await finish_reward_orders(ports, later) == 1
    [order] = (await ports.orders.of_guide("G1", coin_rewards.PageRequest())).items
    assert order.state is RewardOrderState.ORDERED
    await apply_once.finish_open(ports.wallets.ledger, later.at)
    await holds(base, reward, left_now=0, G1=0)


async def test_what_is_called_off_comes_back_once_and_what_is_fetched_stays(base: Foundation):
    await some_guides(base, 1)
    reward = await a_reward(base, units=2)
    await give_coins(base, "G1", 60)
    ports, guide = reward_ports(base), as_guide("G1")
    first = await order_reward(ports, guide, reward, idempotency_key="a")
    second = await order_reward(ports, guide, reward, idempotency_key="b")
    for reason in (" ", "x" * 301, "\u202eabc"):
        with pytest.raises(Invalid):
            await cancel_reward_order(ports, an_act(), first.id, reason)
    answers = await asyncio.gather(
        *(cancel_reward_order(ports, an_act(), first.id, "破损") for _ in range(3)),
        return_exceptions=True,
    )
    assert all(isinstance(one, Refusal) or one.state == "CANCELLED" for one in answers)
    await finish_reward_orders(ports, by_the_clock(now() + 2 * GRACE, new_id))
    await holds(base, reward, left_now=1, G1=30)
    own = await own_reward_orders(ports, guide, PageRequest(first=2))
    assert {one.id: one.why for one in own.items} == {first.id: "破损", second.id: ""}
    await hand_over_reward(ports, an_act(), second.id)
    with pytest.raises(WrongState):
        await cancel_reward_order(ports, an_act(), second.id, "x")
    await holds(base, reward, left_now=1, G1=30)


async def test_a_reward_that_is_not_offered_and_a_stranger_are_refused(base: Foundation):
    await some_guides(base, 1)
    reward = await a_reward(base, units=2)
    await give_coins(base, "G1", 60)
    ports, guide = reward_ports(base), as_guide("G1")
    order = await order_reward(ports, guide, reward, idempotency_key="a")
    for role, error in ((Role.GUIDE, Forbidden), (Role.STORE_MANAGER, Forbidden)):
        stranger = an_act(replace(OFFICE, role=role, store_id="S9"))
        with pytest.raises(error):
            await hand_over_reward(ports, stranger, order.id)
    dearer = NewReward(name="保温杯", text="", coins=31, offered=False)
    await save_reward(ports, an_act(), reward, dearer, expected=1)
    with pytest.raises(Conflict):
        await save_reward(ports, an_act(), reward, dearer, expected=1)
    assert await order_reward(ports, guide, reward, idempotency_key="a") == order
    with pytest.raises(NotFound):
        await order_reward(ports, guide, reward, idempotency_key="b")
    with pytest.raises(Conflict):
        await stock_reward(ports, an_act(), reward, -2, idempotency_key="less")
    with pytest.raises(Conflict):
        await stock_reward(ports, an_act(), reward, 3, idempotency_key="first")
    await holds(base, reward, left_now=1, G1=30)
