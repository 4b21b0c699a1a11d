"""Gift packs over HTTP: registered, fetched once in a store, never more than the store has."""

import asyncio
from functools import partial

import pytest

from domain.people.act import by_the_clock
from domain.people.viewer import Viewer
from domain.promotions.till_coupons import HELD_FOR, free_forgotten
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import till_coupon_ports
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.api.promotions.test_coupons import FIFTY_OFF, QUOTE, a_coupon, a_member, claim
from tests.api.promotions.test_till_coupons import (
    RELEASE,
    USE,
    ask,
    code_of,
    held,
    shown,
)
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import a_manager, open_stores_with_stock
from tests.support.promoting import drafted, from_amount, let_out

pytestmark = pytest.mark.anyio

SEND = """mutation($id: ID!, $store: ID!, $n: Int!, $key: String!) {
  giftPacksSend(id: $id, storeId: $store, packs: $n, idempotencyKey: $key) {
    packs { offerId left } userErrors { code field } } }"""
PACKS = "query($store: ID!) { giftPacks(storeId: $store) { left } }"


async def a_pack(service: Service, **changes) -> str:
    offer = await drafted(
        service,
        from_amount(0, gift={"sku": M, "pieces": 1}),
        name="入会礼包",
        eligibility={"channels": ["STORE"]},
        coupon={"kind": "ORDER_COUPON", "total": 100, **changes},
    )
    await let_out(service, offer)
    return offer


async def send(service: Service, offer: str, packs: int, key: str, viewer=HEAD_OFFICE):
    return await ask(service, SEND, viewer, id=offer, store="S1", n=packs, key=key)


async def left(service: Service, store="S1", viewer: Viewer = HEAD_OFFICE) -> list[int]:
    answer = await service.query(PACKS, viewer, store=store)
    return [one["left"] for one in answer.data["giftPacks"]]


@pytest.fixture
async def shop(service: Service) -> Service:
    await open_stores_with_stock(service)
    return service


async def registered(service: Service, offer: str, viewer=MEMBER) -> str:
    """The code by which a member who has registered fetches a pack."""
    coupon = (await claim(service, offer, viewer))["coupon"]["id"]
    return await shown(service, coupon, viewer)


async def test_of_three_packs_eight_members_fetch_three(shop: Service):
    offer = await a_pack(shop)
    await send(shop, offer, 3, "k1")
    members = [a_member(n) for n in range(8)]
    codes = [await registered(shop, offer, one) for one in members]
    # Each till sends twice.
    asked = [held(shop, code, n=f"R{n}") for n, code in enumerate(codes) for _ in range(2)]
    answers = await asyncio.gather(*asked)
    got = {one["coupon"]["id"] for one in answers if one["coupon"]}
    assert len(got) == 3
    assert {code_of(one) for one in answers if not one["coupon"]} <= {"CONFLICT", "NOT_FOUND"}
    assert await left(shop) == [0]
    numbers = [n for n in range(8) if f"{offer}:{members[n].id}:0" in got]
    for n in numbers:
        for _ in range(2):
            used = await ask(shop, USE, store="S1", n=f"R{n}")
            assert [one["state"] for one in used["coupons"]] == ["USED"]
    assert await left(shop) == [0]
    # Once a member.
    again = await claim(shop, offer, members[numbers[0]], key="k2")
    assert code_of(again) == "TOO_MANY"


async def test_what_is_not_fetched_is_put_back_once(shop: Service, database: Database):
    offer = await a_pack(shop)
    await send(shop, offer, 1, "k1")
    coupon = (await claim(shop, offer))["coupon"]["id"]
    for _ in range(2):
        # The same number again, after it came to nothing, takes one anew.
        assert (await held(shop, await shown(shop, coupon)))["coupon"]["state"] == "AT_TILL"
        assert await left(shop) == [0]
        for _ in range(2):
            await ask(shop, RELEASE, store="S1", n="R1")
        assert await left(shop) == [1]
    await held(shop, await shown(shop, coupon))
    base = Foundation(settings=shop.settings, database=database)
    await base.reference.opened()
    forget = partial(free_forgotten, till_coupon_ports(base))
    later = by_the_clock(now() + 2 * HELD_FOR, new_id)
    await asyncio.gather(forget(later), forget(later))
    assert await left(shop) == [1]
    elsewhere = await held(shop, await shown(shop, coupon), store="S2")
    assert code_of(elsewhere) == "CONFLICT"
    assert (await held(shop, await shown(shop, coupon)))["coupon"]["state"] == "AT_TILL"


async def test_a_hold_that_is_released_at_the_same_moment_keeps_no_pack(shop: Service):
    offer = await a_pack(shop)
    await send(shop, offer, 1, "k1")
    coupon = (await claim(shop, offer))["coupon"]["id"]
    for _ in range(6):
        code = await shown(shop, coupon)
        await asyncio.gather(held(shop, code), ask(shop, RELEASE, store="S1", n="R1"))
        await ask(shop, RELEASE, store="S1", n="R1")
        assert await left(shop) == [1]


async def test_packs_are_sent_once_for_a_key_and_by_head_office_alone(shop: Service):
    offer = await a_pack(shop)
    for _ in range(2):
        sent = await send(shop, offer, 5, "k1")
        assert sent["packs"] == [{"offerId": offer, "left": 5}]
    assert code_of(await send(shop, offer, 6, "k1")) == "CONFLICT"
    assert code_of(await send(shop, offer, -6, "k2")) == "CONFLICT"
    assert (await send(shop, offer, -2, "k3"))["packs"][0]["left"] == 3
    assert code_of(await send(shop, offer, 0, "k4")) == "INVALID"
    assert code_of(await send(shop, offer, 1, "k5", a_manager("S1"))) == "FORBIDDEN"
    other = await a_coupon(shop, effect=FIFTY_OFF)
    for wrong in ("offer_none", other):
        assert code_of(await send(shop, wrong, 1, "k6")) == "NOT_FOUND"
    assert await left(shop, viewer=a_manager("S1")) == [3]
    foreign = await shop.query(PACKS, a_manager("S2"), store="S1")
    assert "FORBIDDEN" in str(foreign.body)


async def test_a_pack_is_no_part_of_an_order(shop: Service):
    offer = await a_pack(shop)
    await claim(shop, offer)
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": 1}]}
    quoted = (await shop.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]
    assert quoted["couponIds"] == []
