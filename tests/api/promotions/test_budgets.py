"""Budgets of offers over HTTP: never one use or fen too many, and given back once."""

import asyncio
from functools import partial

import pytest

from domain.kernel.facts import Batch
from domain.mall.orders.order_budgets import BUDGET_FACTS
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.orders import order_followers
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.api.mall.orders.test_orders import M
from tests.api.promotions.test_coupons import a_member
from tests.api.promotions.test_offers import PRICE, cancel, order
from tests.conftest import Service, serving, settings_for
from tests.support.cases import one_after_the_other
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import START, open_stores_with_stock, store_row
from tests.support.promoting import CREATE, LET_OUT, an_offer_input, drafted, from_amount, let_out
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

OFF = 5_000
FIFTY_OFF = from_amount(1, amountOff={"amountFen": OFF})
TAKE_UP = "{ offersTakeUp { nodes { offer { id } claimed used fen { fen } } } }"
STORES = [f"S{n}" for n in range(1, 5)]


async def with_budget(service: Service, effect=FIFTY_OFF, **budget) -> str:
    offer = await drafted(service, effect, budget=budget)
    await let_out(service, offer)
    return offer


async def had(service: Service, offer: str) -> tuple[int, int]:
    """How many orders have something of an offer's budget, and how much."""
    nodes = (await service.query(TAKE_UP, HEAD_OFFICE)).data["offersTakeUp"]["nodes"]
    [found] = [one for one in nodes if one["offer"]["id"] == offer]
    assert found["claimed"] is None
    return found["used"], found["fen"]["fen"]


async def holds(service: Service, offer: str) -> bool:
    answer = await service.query(LET_OUT, HEAD_OFFICE, id=offer)
    return answer.data["offer"]["letOut"] is not None


def codes(answer) -> list[str]:
    return [one["code"] for one in answer["userErrors"]]


@pytest.fixture
async def shop(service: Service) -> Service:
    await open_stores_with_stock(service, *(store_row(one, 1) for one in STORES))
    return service


async def test_of_three_uses_eight_buyers_over_two_services_get_three(
    shop: Service, mongodb_uri, database: Database, tmp_path
):
    offer = await with_budget(shop, uses=3)
    async with serving(settings_for(mongodb_uri, database.name, tmp_path)) as other:
        await comes_to(True, partial(holds, other, offer))
        asked = [
            order(one, {M: 1}, viewer=a_member(n), key="k")
            for n in range(8)
            for one in (shop, other)
        ]
        answers = await asyncio.gather(*asked)
    cheaper = {
        one["order"]["id"]
        for one in answers
        if one["order"] and one["order"]["total"] == {"fen": PRICE - OFF}
    }
    assert len(cheaper) == 3
    assert await had(shop, offer) == (3, 3 * OFF)
    refused = {code for one in answers for code in codes(one)}
    assert refused <= {"CONFLICT"}
    # It ends by itself, and everybody sees the price that they pay.
    await comes_to(False, partial(holds, shop, offer))
    done = await order(shop, {M: 1}, viewer=a_member(9), key="k")
    assert done["order"]["total"] == {"fen": PRICE}


async def test_what_comes_to_nothing_is_given_back_once_and_the_offer_holds_again(
    shop: Service, database: Database
):
    offer = await with_budget(shop, uses=2)
    called_off = (await order(shop, {M: 1}, viewer=a_member(1), key="k"))["order"]["id"]
    lapses = (await order(shop, {M: 1}, viewer=a_member(2), key="k"))["order"]["id"]
    started = (await shop.query(START, a_member(2), order=lapses)).data["paymentStart"]
    assert await had(shop, offer) == (2, 2 * OFF)
    await comes_to(False, partial(holds, shop, offer))
    await cancel(shop, called_off, viewer=a_member(1))
    await comes_to((1, OFF), partial(had, shop, offer))
    await comes_to(True, partial(holds, shop, offer))
    await database["orders"].update_one({"_id": lapses}, {"$set": {"expires_at": now()}})
    await comes_to((0, 0), partial(had, shop, offer))
    # Told again, it is done.
    facts = await MongoStream(database).after(0, 1_000)
    told = tuple(one for one in facts if one.kind in BUDGET_FACTS)
    assert len(told) == 2
    base = Foundation(settings=shop.settings, database=database)
    await base.reference.opened()
    [following] = [one for one in order_followers(base) if one.name == "budgets of orders"]
    for _ in range(2):
        await following.handle(Batch(facts=told, upto=1_000))
    assert await had(shop, offer) == (0, 0)
    # A payment that comes late takes it anew, once.
    await shop.http.post(started["sandboxUrl"].removeprefix(shop.settings.public_url))
    await comes_to((1, OFF), partial(had, shop, offer))
    for _ in range(2):
        await following.handle(Batch(facts=told, upto=1_000))
    assert await had(shop, offer) == (1, OFF)


async def test_who_asks_for_more_than_is_left_ends_no_offer(shop: Service):
    each_time = {
        "tiers": {
            "by": "PIECES",
            "every": True,
            "tiers": [{"at": 1, "gives": {"amountOff": {"amountFen": OFF}}}],
        }
    }
    offer = await with_budget(shop, each_time, fen=3 * OFF)
    assert codes(await order(shop, {M: 4}, viewer=a_member(1), key="k")) == ["CONFLICT"]
    assert await had(shop, offer) == (0, 0)
    assert await holds(shop, offer)
    done = await order(shop, {M: 3}, viewer=a_member(1), key="k2")
    assert done["order"]["total"] == {"fen": 3 * (PRICE - OFF)}
    assert await had(shop, offer) == (1, 3 * OFF)
    await comes_to(False, partial(holds, shop, offer))


COUPON = {"kind": "ORDER_COUPON", "total": 1}


@one_after_the_other(
    "changes",
    [
        {"budget": {}},
        {"budget": {"fen": 0}},
        {"budget": {"uses": 0}},
        {"budget": {"uses": -1}},
        {"budget": {"uses": 1}, "coupon": COUPON},
    ],
)
async def test_a_budget_that_bounds_nothing_is_refused(service: Service, changes):
    wanted = an_offer_input(FIFTY_OFF, **changes)
    made = (await service.query(CREATE, HEAD_OFFICE, input=wanted)).data["offerCreate"]
    assert codes(made) == ["INVALID"]
