"""Coupons that guides give to customers of their own, and those that only a link leads to."""

import asyncio
from collections import Counter
from functools import partial

import pytest

from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from domain.promotions.purchases import PURCHASE_FACTS
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import promotion_followers
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.api.mall.orders.test_orders import MEMBER, L, M
from tests.api.promotions.test_coupons import (
    FIFTY_OFF,
    OWN,
    QUOTE,
    a_coupon,
    a_member,
    claim,
)
from tests.conftest import Service
from tests.support.content import GUIDE, GUIDE_ELSEWHERE, HEAD_OFFICE
from tests.support.fulfilling import an_order, open_stores_with_stock, pay
from tests.support.promoting import CREATE, an_offer_input
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

GIVE = """mutation($id: ID!, $member: ID!, $key: String!) {
  couponGive(id: $id, memberId: $member, idempotencyKey: $key) {
    coupon { id name state givenBy } userErrors { code field message } } }"""
TO_GIVE = "{ couponsToGive { left coupon { id name each } } }"
TO_CLAIM = "{ couponsToClaim { id } }"
ON_PAGE = """query($store: ID!, $product: ID!) {
  productOffers(storeId: $store, productId: $product) { coupons { id } } }"""


async def came_through(database: Database, guide=GUIDE, member=MEMBER) -> None:
    """The member's last touch came through the guide."""
    whose = {"guide_id": guide.id, "store_id": guide.store_id}
    touch = {"person_id": member.id, **whose, "touched_at": now()}
    await database["touches"].insert_one({"_id": f"touch of {member.id} {guide.id}", **touch})


async def give(service: Service, offer: str, viewer=GUIDE, member=MEMBER, key="k1"):
    answer = await service.query(GIVE, viewer, id=offer, member=member.id, key=key)
    return answer.data["couponGive"]


def codes(answer) -> list[str]:
    return [one["code"] for one in answer["userErrors"]]


async def own(service: Service, viewer=MEMBER) -> list[str]:
    return [one["id"] for one in (await service.query(OWN, viewer)).data["ownCoupons"]["nodes"]]


async def test_a_guide_gives_a_coupon_that_the_customer_pays_less_with(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    await came_through(database)
    offer = await a_coupon(service, way="GUIDE", total=3)
    [listed] = (await service.query(TO_GIVE, GUIDE)).data["couponsToGive"]
    assert (listed["left"], listed["coupon"]["id"]) == (3, offer)
    given = (await give(service, offer))["coupon"]
    assert (given["state"], given["givenBy"]) == ("USABLE", GUIDE.id)
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": 1}]}
    quoted = (await service.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]
    assert quoted["couponIds"] == [given["id"]]
    [listed] = (await service.query(TO_GIVE, GUIDE)).data["couponsToGive"]
    assert listed["left"] == 2


async def test_nobody_gives_to_a_customer_of_anothers(service: Service, database: Database):
    await came_through(database, GUIDE)
    offer = await a_coupon(service, way="GUIDE")
    refused = await give(service, offer, GUIDE_ELSEWHERE)
    assert (codes(refused), refused["userErrors"][0]["field"]) == (["NOT_FOUND"], ["memberId"])
    assert codes(await give(service, offer, member=a_member(99))) == ["NOT_FOUND"]
    for viewer in (MEMBER, HEAD_OFFICE):
        answer = await service.query(GIVE, viewer, id=offer, member=MEMBER.id, key="k1")
        assert "FORBIDDEN" in str(answer.body)
    # The last touch decides whose customer it is.
    await came_through(database, GUIDE_ELSEWHERE)
    assert codes(await give(service, offer, GUIDE)) == ["NOT_FOUND"]
    assert codes(await give(service, offer, GUIDE_ELSEWHERE)) == []
    assert len(await own(service)) == 1


async def test_however_often_it_is_sent_one_copy_is_given(service: Service, database: Database):
    await came_through(database)
    offer = await a_coupon(service, way="GUIDE", each=2)
    given = await asyncio.gather(*(give(service, offer) for _ in range(12)))
    assert len({one["coupon"]["id"] for one in given}) == 1
    assert codes(await give(service, offer, key="k2")) == []
    assert codes(await give(service, offer, key="k3")) == ["TOO_MANY"]
    assert len(await own(service)) == 2
    # A key that another guide made up too is another request.
    await came_through(database, GUIDE_ELSEWHERE)
    assert codes(await give(service, offer, GUIDE_ELSEWHERE)) == ["TOO_MANY"]


async def test_guides_never_give_more_than_there_are(service: Service, database: Database):
    members = [a_member(n) for n in range(12)]
    for member in members:
        await came_through(database, GUIDE, member)
    offer = await a_coupon(service, way="GUIDE", total=5)
    done = await asyncio.gather(*(give(service, offer, member=one) for one in members))
    assert Counter(bool(one["coupon"]) for one in done) == {True: 5, False: 7}
    had = await asyncio.gather(*(own(service, one) for one in members))
    assert sorted(map(len, had)) == [0] * 7 + [1] * 5


async def test_what_guides_give_nobody_can_claim(service: Service, database: Database):
    await open_stores_with_stock(service)
    await came_through(database)
    for_guides = await a_coupon(service, way="GUIDE")
    by_link = await a_coupon(service, way="LINK")
    for_all = await a_coupon(service)
    assert (await service.query(TO_CLAIM)).data["couponsToClaim"] == [{"id": for_all}]
    shown = await service.query(ON_PAGE, store="S1", product="10001")
    assert shown.data["productOffers"]["coupons"] == [{"id": for_all}]
    assert codes(await claim(service, for_guides)) == ["NOT_FOUND"]
    assert codes(await claim(service, by_link)) == []
    for offer in (by_link, for_all):
        assert codes(await give(service, offer)) == ["NOT_FOUND"]


def after(**purchase) -> dict:
    return {"way": "PURCHASE", "after": purchase}


async def buy(service: Service, units: int, viewer=MEMBER, key="k") -> None:
    await pay(service, await an_order(service, {M: units}, viewer=viewer, key=key), viewer)


async def test_a_purchase_brings_the_coupons_that_follow_it_once(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    coat = {"products": ["10001"]}
    first = await a_coupon(service, **after(goods=coat), total=1)
    large = await a_coupon(service, **after(goods=coat, paidFen=300_000), each=5)
    others = await a_coupon(service, **after(goods={"skus": [L]}))
    for offer in (first, large, others):
        assert codes(await claim(service, offer)) == ["NOT_FOUND"]
    assert (await service.query(TO_CLAIM)).data["couponsToClaim"] == []

    visitor = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
    await buy(service, 1, viewer=visitor)
    await buy(service, 1)
    await comes_to([f"{first}:{MEMBER.id}:0"], partial(own, service))
    second = a_member(2)
    await buy(service, 2, viewer=second)
    # The one there was of the first is gone.
    await comes_to([f"{large}:{second.id}:0"], partial(own, service, second))
    await buy(service, 2, viewer=second, key="again")
    both = {f"{large}:{second.id}:{n}" for n in (0, 1)}

    async def has() -> set[str]:
        return set(await own(service, second))

    await comes_to(both, has)
    # Whatever is told again is done already.
    facts = await MongoStream(database).after(0, 1_000)
    told = tuple(one for one in facts if one.kind in PURCHASE_FACTS)
    assert len(told) == 4
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    following = promotion_followers(base)[0]
    for _ in range(2):
        await following.handle(Batch(facts=told, upto=1_000))
    assert await has() == both
    assert len(await own(service)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"way": "PURCHASE"}, {"after": {"paidFen": 1}}, after(paidFen=-1)],
)
async def test_a_coupon_that_follows_no_purchase_is_refused(service: Service, changes):
    wanted = an_offer_input(FIFTY_OFF, coupon={"kind": "ORDER_COUPON", "total": 1, **changes})
    made = (await service.query(CREATE, HEAD_OFFICE, input=wanted)).data["offerCreate"]
    assert made["userErrors"][0]["code"] == "INVALID"
