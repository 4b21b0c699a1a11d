"""Points as a part of the payment: held, used, free again, given back; never spent twice."""

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.mall.orders.order_points import OrderPointPorts, sweep_points
from domain.mall.stock.pools import OrderId
from domain.people.accounts import Member
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.wallets.reconciling import reconcile_wallets
from qianmian.clock import new_id, now
from storage.mongo.kernel.database import Database
from storage.mongo.mall.orders.orders import MongoOrders
from tests.api.mall.fulfilment.test_after_sale import CANCEL
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, L, M, place
from tests.api.wallets.test_points import SHOWN, grant, own, stand
from tests.conftest import Service
from tests.support.fulfilling import open_stores_with_stock, pay
from tests.support.keys import RING
from tests.support.purses import purse_ports

pytestmark = pytest.mark.anyio

COAT = 239_900


def wanted(**changes):
    return {
        "storeId": "S1",
        "lines": [{"sku": M, "quantity": 1}],
        "delivery": DELIVERY,
        **changes,
    }


async def ordered(service: Service, key: str, points: int, lines=None, **changes):
    placed = await place(service, lines or {M: 1}, key=key, points=points, **changes)
    return placed["order"] or placed["userErrors"][0]


@pytest.fixture
async def shop(service: Service, database: Database):
    await open_stores_with_stock(service)
    await purse_ports(database).members.join(Member(id=MEMBER.id, joined_at=now()))
    await grant(service, 30_000, "k1")
    yield service
    act = by_the_clock(now(), new_id)
    assert [one async for one in reconcile_wallets(purse_ports(database), act, mend=False)] == []


async def test_what_a_quote_says_is_held_used_and_given_back(shop: Service):
    quoted = (await shop.query(SHOWN["Cost"], MEMBER, input=wanted(usePoints=True))).data[
        "orderQuote"
    ]
    assert quoted == {
        "points": 30_000,
        "byPoints": {"fen": 30_000},
        "total": {"fen": COAT - 30_000},
    }
    placed = (
        await shop.query(
            SHOWN["Place"],
            MEMBER,
            input=wanted(
                points=30_000,
                totalFen=COAT - 30_000,
                lines=[{"sku": M, "quantity": 1}, {"sku": L, "quantity": 1}],
            ),
        )
    ).data["orderPlace"]
    assert placed["userErrors"][0]["code"] == "CONFLICT"
    placed = (await shop.query(SHOWN["Place"], MEMBER, input=wanted(points=20_000))).data[
        "orderPlace"
    ]["order"]
    assert (placed["points"], placed["total"]["fen"]) == (20_000, COAT - 20_000)
    assert placed["lines"][0]["byPoints"] == {"fen": 20_000}
    assert await own(shop) == (10_000, 0, 20_000, 0)
    await pay(shop, placed["id"])
    earned = (COAT - 20_000) // 100
    await stand(shop, 10_000, earned, 0, 0)
    await shop.query(CANCEL, MEMBER, order=placed["id"])
    await stand(shop, 30_000, 0, 0, 0)


async def test_points_are_free_again_when_an_order_is_called_off(shop: Service):
    placed = await ordered(shop, "a", 1_000)
    await shop.query(CANCEL, MEMBER, order=placed["id"])
    await stand(shop, 30_000, 0, 0, 0)


async def test_five_orders_at_once_spend_what_there_is_once(shop: Service, database: Database):
    asked = [ordered(shop, f"k{n}", 20_000) for n in range(5)]
    answers = await asyncio.gather(*asked)
    assert sum("code" not in one for one in answers) == 1
    assert {one["code"] for one in answers if "code" in one} == {"CONFLICT"}
    assert await own(shop) == (10_000, 0, 20_000, 0)
    pool = await database["pools"].find_one({"_id.sku": M}) or await database["pools"].find_one(
        {"sku": M}
    )
    assert sum(one["reserved"] for one in pool["stores"].values()) == 1


async def test_two_refunds_give_back_together_what_was_spent(shop: Service):
    placed = await ordered(shop, "a", 10_001, {M: 2, L: 1})
    await pay(shop, placed["id"])
    for key, sku in (("c1", M), ("c2", L), ("c3", M)):
        units = [{"sku": sku, "quantity": 1}]
        answer = await shop.query(CANCEL, MEMBER, order=placed["id"], units=units, key=key)
        assert answer.data["orderCancel"]["userErrors"] == []
    await stand(shop, 30_000, 0, 0, 0)


async def test_only_members_pay_with_points_and_only_a_part(shop: Service):
    visitor = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
    assert (await ordered(shop, "a", 100, viewer=visitor))["code"] == "FORBIDDEN"
    assert (await ordered(shop, "b", -1))["code"] == "INVALID"
    await grant(shop, 500_000, "k2")
    placed = await ordered(shop, "c", 400_000)
    # Half of it, by the rules.
    assert placed["total"]["fen"] == COAT - COAT // 2


async def test_what_a_crash_left_held_is_free_after_a_moment(shop: Service, database: Database):
    placed = await ordered(shop, "a", 500)
    await database["orders"].delete_one({"_id": placed["id"]})
    orders = MongoOrders(database, RING)
    assert await orders.by_id(OrderId(placed["id"])) is None
    ports = OrderPointPorts(orders=orders, wallets=purse_ports(database))
    later = by_the_clock(now() + timedelta(minutes=1), new_id)
    await asyncio.gather(*(sweep_points(ports, later) for _ in range(2)))
    assert await own(shop) == (30_000, 0, 0, 0)
