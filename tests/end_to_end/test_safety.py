"""Whoever dies while safety is written, pools come to agree with the rules by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.apply_once import GRACE, MARKS_KEPT
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.holding_back import look_again, remove_rule, set_rule
from domain.mall.stock.safety import SafetyRule
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database
from tests.support.crashing import Crash, Crashing
from tests.support.network import HEAD_OFFICE
from tests.support.overtaking import Overtaken
from tests.support.selling import COAT, TILL, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio

S1 = StoreId("S1")
RULE = SafetyRule(units=2)


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(2)))
    await mall.stock(S1={COAT: 5}, S2={COAT: 5})
    return mall


async def held_back(mall: SmallMall) -> list[int]:
    return [stock.safety for stock in (await mall.pool(COAT)).stores.values()]


async def sweep(mall: SmallMall, *, after: timedelta = GRACE) -> None:
    mall.now += after
    await look_again(mall.stocking, mall.act())


@pytest.mark.parametrize("first_word", [False, True])
async def test_a_count_that_dies_before_it_looks_at_the_rules_again_is_put_right(
    mall: SmallMall, first_word
):
    store = S1
    if first_word:
        store = StoreId("S3")
        mall.source.view = a_reference(stores_in_a_row(3))
    act, usual = mall.act(HEAD_OFFICE), mall.stocking
    pools = Overtaken(mall.pools, lambda: set_rule(usual, act, RULE), method="apply")
    dying = replace(usual, pools=pools, safety=Crashing(usual.safety, "all", after=False, spared=1))
    mall.now += timedelta(minutes=5)
    count = Count(store_id=store, sku=COAT, on_hand=6, counted_at=mall.now)
    with pytest.raises(Crash):
        await take_counts(dying, mall.act(TILL), [count])
    assert sorted(await held_back(mall))[0] == 0
    await sweep(mall, after=timedelta(0))
    assert sorted(await held_back(mall))[0] == 0, "somebody may be at it yet"
    await sweep(mall)
    assert set(await held_back(mall)) == {2}
    assert await mall.wrong() == []


@pytest.mark.parametrize("removing", [False, True])
@pytest.mark.parametrize(
    ("port", "method"), [("safety", "all"), ("pools", "apply"), ("pools", "settle")]
)
async def test_whoever_dies_while_changing_a_rule_leaves_it_to_be_followed(
    mall: SmallMall, port, method, removing
):
    act = mall.act(HEAD_OFFICE)
    if removing:
        await set_rule(mall.stocking, act, RULE)
    spared = int(removing and port == "safety")
    broken = Crashing(getattr(mall.stocking, port), method, after=False, spared=spared)
    dying = replace(mall.stocking, **{port: broken})
    with pytest.raises(Crash):
        await (remove_rule(dying, act, RULE.id) if removing else set_rule(dying, act, RULE))
    await sweep(mall)
    assert await held_back(mall) == ([0, 0] if removing else [2, 2])


class Dozing:
    """Pools whose next change comes after something, and is written after something more."""

    def __init__(self, pools, first, then) -> None:
        self._pools, self._first, self._then = pools, first, then

    def __getattr__(self, name: str):
        return getattr(self._pools, name)

    async def apply(self, keys, rule, *, before, **more):
        async def doze(changes) -> None:
            await before(changes)
            await self._then()

        await self._first()
        return await self._pools.apply(keys, rule, before=doze, **more)


async def test_who_sleeps_amid_it_writes_and_dies_is_followed_up_for_a_day(mall: SmallMall):
    act, usual = mall.act(HEAD_OFFICE), mall.stocking
    mall.now += timedelta(minutes=5)
    count = Count(store_id=S1, sku=COAT, on_hand=6, counted_at=mall.now)
    pools = Dozing(mall.pools, lambda: set_rule(usual, act, RULE), lambda: sweep(mall))
    dying = replace(usual, pools=pools, safety=Crashing(usual.safety, "all", after=False, spared=1))
    with pytest.raises(Crash):
        await take_counts(dying, mall.act(TILL), [count])
    assert await held_back(mall) == [0, 2]
    await sweep(mall, after=timedelta(hours=1))
    assert await held_back(mall) == [2, 2]
    await sweep(mall, after=MARKS_KEPT + GRACE)
    assert await usual.doubts.all() == []
