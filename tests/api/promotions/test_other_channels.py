"""What follows from purchases in other channels: coupons, and a friend's first purchase."""

from datetime import timedelta
from functools import partial

import pytest

from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from domain.promotions.purchases import PURCHASE_FACTS
from domain.promotions.rewarding import REFERRAL_FACTS, ReferralPorts
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import promotion_followers, referral_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.api.mall.orders.test_orders import DELIVERY, M
from tests.api.members.test_purchases import a_member as a_fed_member
from tests.api.members.test_purchases import a_purchase, a_refund, told
from tests.api.promotions.test_coupons import a_coupon
from tests.api.promotions.test_given_coupons import after, buy, own
from tests.api.promotions.test_referrals import (
    ALL,
    BOTH,
    INVITER,
    TERMS,
    ask,
    bought,
    days_pass,
    invited,
    join,
    points,
    stands,
)
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

PHONE = "13800138000"


def viewer(member: str) -> Viewer:
    return Viewer(id=PersonId(member), role=Role.MEMBER)


def bought_now(number: str, **changes):
    """What a till tells of a coat, on sale in the mall as well, that was paid just now."""
    lines = [{"sku": M, "quantity": 1, "paidFen": 100_000}]
    own = {"at": now().isoformat(), "channelMemberId": "7", "lines": lines}
    return a_purchase(number, **{**own, **changes})


async def handled_again(service: Service, database: Database, name: str, kinds) -> None:
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    [following] = [one for one in promotion_followers(base) if one.name == name]
    facts = await MongoStream(database).after(0, 1_000)
    batch = Batch(facts=tuple(one for one in facts if one.kind in kinds), upto=1_000)
    for _ in range(2):
        await following.handle(batch)


async def test_a_purchase_in_a_store_one_elsewhere_and_an_order_bring_each_their_own_coupon(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    coat = {"products": ["10001"]}
    till = await a_coupon(service, **after(channels=["STORE"], goods=coat), each=5)
    shop = await a_coupon(service, **after(channels=["ECOMMERCE"], paidFen=100_000), each=5)
    mall = await a_coupon(service, **after(channels=["MINI_PROGRAM"]), each=5)
    member = viewer(await a_fed_member(service))

    async def has() -> set[str]:
        return {one.rpartition(":")[0].partition(":")[0] for one in await own(service, member)}

    await told(service, bought_now("T1", storeId="S1"))
    await comes_to({till}, has)
    # Other goods bring none, nor does what is below the sum.
    other = [{"sku": "NOT-OURS", "quantity": 1, "paidFen": 500_000}]
    small = bought_now("E1", lines=[{"sku": M, "quantity": 1, "paidFen": 99_999}])
    await told(service, bought_now("T2", storeId="S1", lines=other), small)
    await told(service, bought_now("E2"), channel="TMALL")
    await told(service, bought_now("E3", channelMemberId=None, phone=PHONE))
    await comes_to({till, shop}, has)
    await buy(service, 1, viewer=member)
    await comes_to({till, shop, mall}, has)
    await handled_again(service, database, "coupons_of_purchases", PURCHASE_FACTS)
    brought = sorted(one.split(":")[0] for one in await own(service, member))
    assert brought == sorted([till, shop, mall])


async def test_a_purchase_brings_a_coupon_when_it_is_found_to_be_a_members(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    kept = await a_coupon(service, **after(channels=["STORE"]), days=30, each=9)
    names = {"channelMemberId": None, "phone": PHONE, "storeId": "S1"}
    # All of one comes back before anybody knows whose it was; one was before there were coupons.
    await told(service, bought_now("T1", **names), bought_now("T2", **names))
    await told(service, a_refund("R1", 100_000, number="T2"))
    old = (now() - timedelta(days=40)).isoformat()
    await told(service, bought_now("T3", **{**names, "at": old}))
    member = viewer(await a_fed_member(service))
    await comes_to([f"{kept}:{member.id}:0"], partial(own, service, member))
    await handled_again(service, database, "coupons_of_purchases", PURCHASE_FACTS)
    assert await own(service, member) == [f"{kept}:{member.id}:0"]


@pytest.fixture
async def ports(service: Service, database: Database) -> ReferralPorts:
    await open_stores_with_stock(service)
    await join(database, INVITER, at=now() - timedelta(days=400))
    await ask(service, TERMS, HEAD_OFFICE, input=BOTH, version=0)
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    return referral_ports(base)


async def test_a_friends_first_purchase_at_a_till_counts_once_and_goes_back_with_it(
    service: Service, database: Database, ports: ReferralPorts
):
    friend = viewer(await a_fed_member(service))
    await invited(service, friend)
    at = (now() + timedelta(seconds=1)).isoformat()
    await told(service, bought_now("T1", at=at))
    await stands(ports, "BOUGHT", friend)
    await told(service, bought_now("T2", at=at))
    await buy(service, 1, viewer=friend)
    await days_pass(ports, 14)
    assert (await points(service, INVITER))[0] == 0
    for days in (16, 17):
        await days_pass(ports, days)
    await stands(ports, "REWARDED", friend)
    await handled_again(service, database, "referrals", REFERRAL_FACTS)
    assert await points(service, INVITER) == (500, 0)
    await told(service, a_refund("R1", 100_000, number="T1"))
    await stands(ports, "REVERSED", friend)
    assert await points(service, INVITER) == (0, 0)


async def test_who_had_bought_at_a_till_before_they_accepted_earns_nobody_anything(
    service: Service, database: Database, ports: ReferralPorts
):
    # The till tells late: by then the mall has a first purchase too.
    friend = viewer(await a_fed_member(service))
    await invited(service, friend)
    await buy(service, 1, viewer=friend)
    await stands(ports, "BOUGHT", friend)
    await told(service, bought_now("T1", at=(now() - timedelta(hours=1)).isoformat()))
    await stands(ports, "VOID", friend)


async def test_one_account_that_pays_and_one_device_that_accepts_are_looked_at(
    service: Service, database: Database, ports: ReferralPorts
):
    friends = [Viewer(id=PersonId(f"member_{n}"), role=Role.MEMBER) for n in (2, 3, 4, 5)]
    await join(database, *friends)
    invite = "mutation($d: String) { referralInvite(device: $d) { code } }"
    accept = """mutation($code: String!, $d: String) { referralAccept(code: $code, device: $d) {
      userErrors { code } } }"""
    code = (await ask(service, invite, INVITER, d="the inviter's phone"))["code"]
    for friend, device in zip(
        friends, ["own", "the inviter's phone", "shared", "shared"], strict=True
    ):
        done = await ask(service, accept, friend, code=code, d=device)
        assert done["userErrors"] == []
    await database["members"].update_one({"_id": INVITER.id}, {"$set": {"openid": "o-inviter"}})
    for n, friend in enumerate(friends):
        away = {"phone": f"1390013900{n}", "address": f"平江路{n}号"}
        order = await bought(service, friend, delivery={**DELIVERY, **away})
        if friend is friends[0]:
            paid = {"$set": {"payment.payer": "o-inviter"}}
            await database["fulfilments"].update_one({"_id": order}, paid)
        await stands(ports, "BOUGHT", friend)
    await database["referrals"].update_many({}, {"$set": {"due_at": now()}})

    async def seen() -> dict[str, list[str]]:
        nodes = (await ask(service, ALL, HEAD_OFFICE, state="FLAGGED"))["nodes"]
        return {one["id"]: [flag["doubt"] for flag in one["flags"]] for one in nodes}

    wanted = {
        "member_2": ["PAYER"],
        "member_3": ["DEVICE"],
        "member_4": ["DEVICE"],
        "member_5": ["DEVICE"],
    }
    await comes_to(wanted, seen)
    assert await points(service, INVITER) == (0, 0)


async def test_an_invitation_is_not_found_by_trying(
    service: Service, ports: ReferralPorts, one_window: None
):
    friend = viewer(await a_fed_member(service))
    accept = "mutation($code: String!) { referralAccept(code: $code) { userErrors { code } } }"
    codes: list[str] = []
    while "TOO_MANY" not in codes and len(codes) < 50:
        answer = await ask(service, accept, friend, code=f"ABCDEFGHJK{len(codes) + 10}")
        codes.append(answer["userErrors"][0]["code"])
    assert codes == ["NOT_FOUND"] * 30 + ["TOO_MANY"]
