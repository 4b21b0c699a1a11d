"""Whoever dies while safety is written, pools come to agree with the rules by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.catalogue import Catalogue
from domain.catalogue.product_facts import facts_of_products
from domain.kernel.apply_once import GRACE, MARKS_KEPT
from domain.kernel.facts import Batch
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.holding_back import look_again, remove_rule, set_rule
from domain.mall.stock.recategorising import CATEGORY_FACTS, KNOWN_AFTER, follow_categories
from domain.mall.stock.safety import SafetyRule
from domain.network.stores import StoreId
from storage.mongo.kernel.database import Database
from tests.support.crashing import Crash, Crashing
from tests.support.network import HEAD_OFFICE
from tests.support.overtaking import Overtaken
from tests.support.selling import (
    COAT,
    TILL,
    FixedReference,
    SmallMall,
    a_reference,
    stores_in_a_row,
)

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


def recategorised(mall: SmallMall, *category: str) -> Batch:
    """What is said of the coat's product once it is in another category, which the mall knows."""
    view = mall.source.view
    old = view.variants[COAT][0]
    new = replace(old, category=category, version=old.version + 1)
    said = facts_of_products([new], {old.id: old}, mall.now).get(old.id, ())
    mall.source.view = replace(view, catalogue=Catalogue(products={**view.products, new.id: new}))
    return Batch(facts=tuple(one for one in said if one.kind in CATEGORY_FACTS), upto=1)


async def test_what_is_held_back_follows_a_product_into_another_category(mall: SmallMall):
    recategorised(mall, "外套", "羽绒服")
    for store, category, units in ((None, ("外套", "大衣"), 2), (S1, ("外套",), 1)):
        rule = SafetyRule(units=units, store_id=store, category=category)
        await set_rule(mall.stocking, mall.act(HEAD_OFFICE), rule)
    assert await held_back(mall) == [1, 0]
    said = recategorised(mall, "外套", "大衣")
    for _ in range(2):
        await follow_categories(mall.stocking, mall.act(), said)
    assert await mall.wrong() == [], "it is being looked at"
    await sweep(mall, after=KNOWN_AFTER)
    assert await held_back(mall) == [2, 2]
    await follow_categories(mall.stocking, mall.act(), recategorised(mall, "内衣"))
    await sweep(mall, after=KNOWN_AFTER)
    assert await held_back(mall) == [0, 0]
    assert await mall.wrong() == []


async def test_who_knows_the_old_category_a_moment_longer_does_not_have_the_last_word(
    mall: SmallMall,
):
    rule = SafetyRule(units=2, category=("大衣",))
    await set_rule(mall.stocking, mall.act(HEAD_OFFICE), rule)
    old = replace(mall.stocking, reference=FixedReference(mall.source.view))
    await follow_categories(mall.stocking, mall.act(), recategorised(mall, "大衣"))
    mall.now += timedelta(seconds=1)
    count = Count(store_id=S1, sku=COAT, on_hand=6, counted_at=mall.now)
    await take_counts(old, mall.act(TILL), [count])
    assert await held_back(mall) == [0, 0]
    await sweep(mall, after=KNOWN_AFTER)
    assert await held_back(mall) == [2, 2]


async def test_a_category_of_which_no_other_rule_tells_is_not_looked_at(mall: SmallMall):
    for rule in (SafetyRule(units=1), SafetyRule(units=2, category=("外套",))):
        await set_rule(mall.stocking, mall.act(HEAD_OFFICE), rule)
    recategorised(mall, "外套", "羽绒服")
    before = await mall.stocking.doubts.all()
    await follow_categories(mall.stocking, mall.act(), recategorised(mall, "外套", "大衣"))
    await follow_categories(mall.stocking, mall.act(), recategorised(mall, "外套", "大衣"))
    assert await mall.stocking.doubts.all() == before
