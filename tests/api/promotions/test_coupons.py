"""Coupons over HTTP: claimed, held, used, free again; never one too many and never twice."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.mall.orders.order_coupons import GRACE, OrderCouponPorts, sweep_coupons
from domain.mall.stock.pools import OrderId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.promotions.claiming import CouponPorts, finish_claims
from domain.promotions.coupons import CouponState
from domain.promotions.offers import OfferId
from qianmian.clock import new_id, now
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.database import Database
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.mall.reference import MongoReference
from storage.mongo.promotions.coupons import MongoCoupons
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, L, M, a_count, import_stock
from tests.api.promotions.test_offers import PLACE, PRICE, REVISE, cancel, lines_of, order
from tests.conftest import Service, serving, settings_for
from tests.support.content import HEAD_OFFICE, REVIEWER
from tests.support.fulfilling import START, open_stores_with_stock, pay
from tests.support.keys import RING
from tests.support.promoting import APPROVE, an_offer_input, drafted, from_amount, let_out
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

CLAIM = """mutation($id: ID!, $key: String!) { couponClaim(id: $id, idempotencyKey: $key) {
  coupon { id name state } userErrors { code message } } }"""
OWN = "{ ownCoupons { totalCount nodes { id state } } }"
QUOTE = """query($input: OrderQuoteInput!) { orderQuote(input: $input) {
  total { fen } couponIds offers { couponId outcome } } }"""
FIFTY_OFF = from_amount(1, amountOff={"amountFen": 5_000})


def a_member(n: int) -> Viewer:
    return Viewer(id=PersonId(f"member_{n}"), role=Role.MEMBER)


async def a_coupon(service: Service, total=100, effect=FIFTY_OFF, **changes) -> str:
    coupon = {"kind": "ORDER_COUPON", "total": total, **changes}
    offer = await drafted(service, effect, name="五十元券", coupon=coupon)
    await let_out(service, offer)
    return offer


async def claim(service: Service, offer: str, viewer=MEMBER, key="k1"):
    return (await service.query(CLAIM, viewer, id=offer, key=key)).data["couponClaim"]


async def states(service: Service, viewer=MEMBER) -> list[str]:
    own = (await service.query(OWN, viewer)).data["ownCoupons"]["nodes"]
    return [one["state"] for one in own]


async def stand(service: Service, *expected: str) -> None:
    await comes_to(list(expected), lambda: states(service))


@pytest.fixture
async def shop(service: Service) -> Service:
    await open_stores_with_stock(service)
    return service


async def test_a_coupon_is_claimed_once_for_a_key_and_as_often_as_a_member_may(shop: Service):
    offer = await a_coupon(shop, each=2)
    first = (await claim(shop, offer))["coupon"]
    assert (await claim(shop, offer))["coupon"] == first
    second = (await claim(shop, offer, key="k2"))["coupon"]
    assert second["id"] != first["id"]
    assert (await claim(shop, offer, key="k3"))["userErrors"][0]["code"] == "TOO_MANY"
    assert await states(shop) == ["USABLE", "USABLE"]
    visitor = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
    assert (await claim(shop, offer, visitor))["userErrors"][0]["code"] == "FORBIDDEN"
    assert (await claim(shop, "offer_none"))["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_person_who_was_two_members_has_as_many_as_one_may_have(
    shop: Service, database: Database
):
    once, twice = await a_coupon(shop, each=1), await a_coupon(shop, each=2)
    old, new = a_member(1), a_member(2)
    for offer in (once, twice):
        assert (await claim(shop, offer, old))["coupon"]
    leads = {"_id": old.id, "joined_at": now(), "merged_into": new.id}
    await database["members"].insert_many(
        [leads, {"_id": new.id, "joined_at": now(), "also": [old.id]}]
    )
    assert (await claim(shop, once, new, key="k2"))["userErrors"][0]["code"] == "TOO_MANY"
    # What was sent before is the same copy after it, and there is one more of the other one.
    again = (await claim(shop, twice, new))["coupon"]["id"]
    second = (await claim(shop, twice, new, key="k2"))["coupon"]["id"]
    assert again != second
    assert (await claim(shop, twice, new, key="k3"))["userErrors"][0]["code"] == "TOO_MANY"
    assert await database["coupons"].count_documents({}) == 3


async def test_of_ten_coupons_sixty_four_members_over_two_services_get_ten(
    shop: Service, mongodb_uri, database: Database, tmp_path
):
    offer = await a_coupon(shop, total=10)
    async with serving(settings_for(mongodb_uri, database.name, tmp_path)) as other:
        # Each member asks twice under one key, of two processes at the same moment.
        asked = [claim(one, offer, a_member(n)) for n in range(64) for one in (shop, other)]
        answers = await asyncio.gather(*asked)
    got = Counter(one["coupon"]["id"] for one in answers if one["coupon"])
    assert len(got) == 10
    refused = [one["userErrors"][0]["code"] for one in answers if not one["coupon"]]
    assert set(refused) == {"TOO_MANY"}
    assert await MongoCoupons(database).left({OfferId(offer): 10}) == {offer: 0}
    assert await database["coupons"].count_documents({"state": "ISSUED"}) == 10


async def test_the_best_coupon_is_quoted_held_used_and_gone(shop: Service):
    small = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    ten_percent = from_amount(1, percentOff={"percent": 10})
    best = (await claim(shop, await a_coupon(shop, effect=ten_percent)))["coupon"]["id"]
    asked = {"storeId": "S1", "lines": lines_of({M: 1}), "delivery": DELIVERY}
    quoted = (await shop.query(QUOTE, MEMBER, input=asked)).data["orderQuote"]
    assert quoted["couponIds"] == [best]
    assert quoted["total"] == {"fen": PRICE - PRICE // 10}
    why = {one["couponId"]: one["outcome"] for one in quoted["offers"]}
    assert why == {best: "APPLIED", small: "ANOTHER_IS_BETTER"}
    placed = (await order(shop, {M: 1}, couponIds=[best], totalFen=quoted["total"]["fen"]))["order"]
    assert placed["total"] == quoted["total"]
    assert sorted(await states(shop)) == ["HELD", "USABLE"]
    again = await order(shop, {M: 1}, key="k2", couponIds=[best])
    assert [(one["code"], one["field"]) for one in again["userErrors"]] == [
        ("CONFLICT", ["input", "couponIds", "0"])
    ]
    await pay(shop, placed["id"])
    await stand(shop, "USED", "USABLE")


async def test_five_orders_at_once_with_one_coupon_are_one_with_it_and_four_refusals(
    shop: Service, database: Database
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    asked = [order(shop, {M: 1}, key=f"k{n}", couponIds=[coupon]) for n in range(5)]
    answers = await asyncio.gather(*asked)
    assert sorted(bool(one["order"]) for one in answers) == [False] * 4 + [True]
    for one in answers:
        assert {error["code"] for error in one["userErrors"]} <= {"CONFLICT"}
    # Those that were refused hold no stock.
    pool = await database["pools"].find_one({"_id.sku": M}) or await database["pools"].find_one(
        {"sku": M}
    )
    assert sum(one["reserved"] for one in pool["stores"].values()) == 1


async def test_a_coupon_is_free_again_when_its_order_is_called_off_or_lapses(
    shop: Service, database: Database
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    first = (await order(shop, {M: 1}, couponIds=[coupon]))["order"]["id"]
    await cancel(shop, first)
    await stand(shop, "USABLE")
    second = (await order(shop, {M: 1}, key="k2", couponIds=[coupon]))["order"]["id"]
    assert await states(shop) == ["HELD"]
    past = {"$set": {"expires_at": now() - timedelta(seconds=1)}}
    await database["orders"].update_one({"_id": second}, past)
    await stand(shop, "USABLE")


@pytest.mark.parametrize(("back", "state"), [(True, "USABLE"), (False, "USED")])
async def test_a_used_coupon_comes_back_with_all_of_the_money_if_its_offer_says_so(
    shop: Service, back, state
):
    offer = await a_coupon(shop, backOnRefund=back)
    coupon = (await claim(shop, offer))["coupon"]["id"]
    placed = (await order(shop, {M: 1, L: 1}, couponIds=[coupon]))["order"]["id"]
    await pay(shop, placed)
    await stand(shop, "USED")
    await cancel(shop, placed, {M: 1}, key="c1")
    assert await states(shop) == ["USED"]
    progress = await cancel(shop, placed, key="c2")
    assert progress["payment"]["refunded"] == {"fen": 2 * PRICE - 5_000}
    await stand(shop, state)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_late_payment_keeps_its_coupon_if_that_is_free_and_else_comes_back(
    shop: Service, database: Database, elsewhere: bool
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    late = (await order(shop, {M: 1}, couponIds=[coupon]))["order"]["id"]
    start = "mutation($order: ID!) { paymentStart(orderId: $order) { sandboxUrl } }"
    await shop.query(start, MEMBER, order=late)
    past = {"$set": {"expires_at": now() - timedelta(seconds=1)}}
    await database["orders"].update_one({"_id": late}, past)
    await stand(shop, "USABLE")
    if elsewhere:
        other = (await order(shop, {M: 1}, key="k2", couponIds=[coupon]))["order"]["id"]
    await shop.http.post(f"/pay/sandbox/{late}")
    progress = "query($order: ID!) { orderProgress(orderId: $order) { payment { state } } }"

    async def paid():
        answer = await shop.query(progress, MEMBER, order=late)
        return answer.data["orderProgress"]["payment"]["state"]

    await comes_to("REFUNDED" if elsewhere else "PAID", paid)
    if elsewhere:
        assert await states(shop) == ["HELD"]
        await pay(shop, other)
    await stand(shop, "USED")


async def test_coupons_that_can_not_be_used_are_refused_with_the_reason(shop: Service):
    offer = await a_coupon(shop, effect=from_amount(900_000, amountOff={"amountFen": 100}))
    coupon = (await claim(shop, offer))["coupon"]["id"]
    low = await order(shop, {M: 1}, couponIds=[coupon])
    assert low["userErrors"][0]["code"] == "CONFLICT"
    assert "cost too little" in low["userErrors"][0]["message"]
    strangers = (await claim(shop, offer, a_member(7)))["coupon"]["id"]
    theirs = await order(shop, {M: 1}, couponIds=[strangers])
    unknown = await order(shop, {M: 1}, couponIds=["offer:nobody:0"])
    assert theirs["userErrors"] == unknown["userErrors"]
    assert theirs["userErrors"][0]["code"] == "NOT_FOUND"


async def test_what_a_crash_leaves_of_a_claim_or_a_hold_is_put_right_by_the_clock(
    shop: Service, database: Database
):
    offer = await a_coupon(shop, total=1)
    coupons = MongoCoupons(database)
    coupon = (await claim(shop, offer))["coupon"]["id"]
    [kept] = await coupons.by_ids([coupon])
    later = by_the_clock(now() + 2 * GRACE, new_id)
    # The claim's part of the total was taken, and the copy never issued.
    await database["coupons"].update_one({"_id": coupon}, {"$set": {"state": "CLAIMING"}})
    totals = MongoApplyOnce(database, movements="coupon_claims", targets="coupon_totals")
    reference = MongoReference(database)
    await reference.opened()
    claiming = CouponPorts(
        promotions=reference,
        coupons=coupons,
        totals=totals,
        members=None,
        traits=None,
    )
    await finish_claims(claiming, later)
    assert await states(shop) == ["USABLE"]
    assert await coupons.left({OfferId(offer): 1}) == {offer: 0}
    # An order was given up, and what it held was not given back.
    hold = {"order_id": "order_gone", "promise": 1, "since": kept.claimed_at}
    held = {"state": CouponState.HELD, "hold": hold, "moved_at": kept.claimed_at}
    await database["coupons"].update_one({"_id": coupon}, {"$set": held})
    orders = MongoOrders(database, RING)
    assert await orders.by_id(OrderId("order_gone")) is None
    ports = OrderCouponPorts(reference=None, orders=orders, coupons=coupons)
    await sweep_coupons(ports, later)
    assert await states(shop) == ["USABLE"]


async def test_a_version_that_was_never_let_out_adds_no_coupons(shop: Service, database: Database):
    coupon = {"kind": "ORDER_COUPON", "total": 10}
    offer = await drafted(shop, FIFTY_OFF, coupon=coupon)
    early = await shop.query(APPROVE, REVIEWER, id=offer, n=1)
    assert early.refused("offerApprove")[0]["code"] == "WRONG_STATE"
    fewer = an_offer_input(FIFTY_OFF, coupon=coupon | {"total": 3})
    await shop.query(REVISE, HEAD_OFFICE, id=offer, input=fewer, version=1)
    await let_out(shop, offer, number=2)
    answers = [await claim(shop, offer, a_member(n)) for n in range(5)]
    assert sum(one["coupon"] is not None for one in answers) == 3


async def test_a_gift_is_given_as_far_as_a_visitor_may_hold_it_and_bars_no_other_order(
    shop: Service,
):
    await import_stock(shop, a_count("S1", L, 50, counted_at=now().isoformat()))
    many = from_amount(1, gift={"sku": L, "pieces": 20})
    await let_out(shop, await drafted(shop, many, name="大礼"))
    visitor = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
    wanted = {"storeId": "S1", "lines": lines_of({M: 1}), "delivery": DELIVERY}
    for key in ("k1", "k2"):
        answer = await shop.query(PLACE, visitor, input=wanted, key=key)
        placed = answer.data["orderPlace"]["order"]
        assert [(one["sku"], one["quantity"]) for one in placed["lines"]] == [(M, 1), (L, 10)]


async def test_an_order_of_nothing_that_is_called_off_gives_its_coupon_back(shop: Service):
    free = from_amount(1, percentOff={"percent": 100})
    coupon = (await claim(shop, await a_coupon(shop, effect=free, backOnRefund=True)))["coupon"]
    placed = (await order(shop, {M: 1, L: 1}, couponIds=[coupon["id"]]))["order"]
    assert placed["total"] == {"fen": 0}
    await shop.query(START, MEMBER, order=placed["id"])
    await stand(shop, "USED")
    await cancel(shop, placed["id"], {M: 1}, key="c1")
    assert await states(shop) == ["USED"]
    progress = await cancel(shop, placed["id"], key="c2")
    assert progress["state"] == "CANCELLED"
    await stand(shop, "USABLE")
