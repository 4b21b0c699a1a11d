"""Coupons at tills, over HTTP: each thing once under a till's number, nothing for strangers."""

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.promotions.till_coupons import HELD_FOR, TillCouponPorts, free_forgotten
from qianmian.clock import new_id, now
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.database import Database
from storage.mongo.promotions.coupons import MongoCoupons
from tests.api.audiences.test_levels_tags_segments import run as in_words_of_the_docs
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.api.promotions.test_coupons import FIFTY_OFF, a_coupon, a_member, claim, states
from tests.api.promotions.test_offers import order
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import open_stores_with_stock
from tests.support.joining import joined
from tests.support.promoting import CREATE, an_offer_input, drafted, let_out
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOW = """mutation($id: ID!) { couponCodeShow(id: $id) {
  code { code } userErrors { code message } } }"""
HOLD = """mutation($code: String!, $store: ID!, $n: String!) {
  couponHold(code: $code, storeId: $store, number: $n) {
    coupon { id state } userErrors { code message } } }"""
USE = """mutation($store: ID!, $n: String!) { couponUse(storeId: $store, number: $n) {
  coupons { id state } userErrors { code message } } }"""
RELEASE = """mutation($store: ID!, $n: String!) { couponRelease(storeId: $store, number: $n) {
  coupons { id state } userErrors { code message } } }"""
TILL = Viewer(id=PersonId("till_1"), role=Role.FEED)


async def ask(service: Service, text, viewer=TILL, **variables):
    [answer] = (await service.query(text, viewer, **variables)).data.values()
    return answer


async def held(service: Service, code, n="R1", store="S1", viewer=TILL):
    return await ask(service, HOLD, viewer, code=code, store=store, n=n)


def code_of(answer) -> str:
    return answer["userErrors"][0]["code"]


@pytest.fixture
async def shop(service: Service) -> Service:
    await open_stores_with_stock(service)
    return service


async def shown(service: Service, coupon: str, viewer=MEMBER) -> str:
    return (await ask(service, SHOW, viewer, id=coupon))["code"]["code"]


async def test_a_till_holds_releases_and_uses_a_coupon_once_under_its_number(shop: Service):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    code = await shown(shop, coupon)
    first = await held(shop, code)
    assert first["coupon"] == {"id": coupon, "state": "AT_TILL"}
    assert await held(shop, code) == first
    assert code_of(await held(shop, code, n="R2")) == "CONFLICT"
    # Whatever waits at a till is for no order.
    online = await order(shop, {M: 1}, couponIds=[coupon])
    assert online["userErrors"][0]["code"] == "CONFLICT"
    for expected in ([{"id": coupon, "state": "USABLE"}], []):
        assert (await ask(shop, RELEASE, store="S1", n="R1"))["coupons"] == expected
    # What was shown once is good for no second sale.
    assert code_of(await held(shop, code)) == "NOT_FOUND"
    assert (await held(shop, await shown(shop, coupon)))["coupon"]["state"] == "AT_TILL"
    for _ in range(2):
        used = await ask(shop, USE, store="S1", n="R1")
        assert used["coupons"] == [{"id": coupon, "state": "USED"}]
    assert code_of(await ask(shop, RELEASE, store="S1", n="R1")) == "WRONG_STATE"
    assert code_of(await ask(shop, USE, store="S2", n="R1")) == "NOT_FOUND"
    assert code_of(await ask(shop, SHOW, MEMBER, id=coupon)) == "WRONG_STATE"
    assert await states(shop) == ["USED"]


async def test_what_a_till_sends_twice_at_once_is_done_once(shop: Service):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    code = await shown(shop, coupon)
    assert len({str(one) for one in await asyncio.gather(*(held(shop, code) for _ in "1234"))}) == 1
    done = await asyncio.gather(*(ask(shop, RELEASE, store="S1", n="R1") for _ in "1234"))
    assert [one["userErrors"] for one in done] == [[]] * 4
    await held(shop, await shown(shop, coupon))
    done = await asyncio.gather(*(ask(shop, USE, store="S1", n="R1") for _ in "1234"))
    assert [one["coupons"] for one in done] == [[{"id": coupon, "state": "USED"}]] * 4


async def test_of_two_tills_and_an_order_at_once_one_has_the_coupon(shop: Service):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    code = await shown(shop, coupon)
    answers = await asyncio.gather(
        *(held(shop, code, n=f"R{n}", store=store) for n in (1, 2) for store in ("S1", "S2")),
        order(shop, {M: 1}, couponIds=[coupon]),
    )
    got = [one for one in answers if one.get("coupon") or one.get("order")]
    assert len(got) == 1


async def test_strangers_learn_nothing_and_the_holder_is_told_why(
    shop: Service, database: Database
):
    near = await drafted(
        shop,
        FIFTY_OFF,
        eligibility={"stores": ["S1"]},
        coupon={"kind": "ORDER_COUPON", "total": 9},
    )
    await let_out(shop, near)
    coupon = (await claim(shop, near))["coupon"]["id"]
    unknown = await ask(shop, SHOW, MEMBER, id="offer:nobody:0")
    assert await ask(shop, SHOW, a_member(9), id=coupon) == unknown
    code = await shown(shop, coupon)
    newer = await shown(shop, coupon)
    assert (len(code), code == newer) == (12, False)
    never = await held(shop, "ABCDEFGHJKMN")
    assert await held(shop, code) == never
    elsewhere = await held(shop, newer, store="S2")
    assert code_of(elsewhere) == "CONFLICT"
    assert "does not hold in this store" in elsewhere["userErrors"][0]["message"]
    past = {"$set": {"shown.expires_at": now() - timedelta(seconds=1)}}
    await database["coupons"].update_one({"_id": coupon}, past)
    assert await held(shop, newer) == never
    for viewer in (MEMBER, Viewer(id=PersonId("g"), role=Role.GUIDE, store_id="S2")):
        assert code_of(await held(shop, newer, viewer=viewer)) == "FORBIDDEN"
    manager = Viewer(id=PersonId("m"), role=Role.STORE_MANAGER, store_id="S1")
    fresh = await shown(shop, coupon)
    assert (await held(shop, fresh, viewer=manager))["coupon"]["id"] == coupon


async def test_what_a_till_forgot_is_free_again(shop: Service, database: Database):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    await held(shop, await shown(shop, coupon))
    ports = TillCouponPorts(
        promotions=None,
        directory=None,
        coupons=MongoCoupons(database),
        packs=MongoApplyOnce(database, movements="gift_pack_moves", targets="gift_packs"),
        traits=None,
        tallies=None,
        new_code=str,
    )
    await free_forgotten(ports, by_the_clock(now() + HELD_FOR - timedelta(minutes=1), new_id))
    assert await states(shop) == ["AT_TILL"]
    await free_forgotten(ports, by_the_clock(now() + HELD_FOR + timedelta(minutes=1), new_id))
    assert await states(shop) == ["USABLE"]
    assert code_of(await ask(shop, USE, HEAD_OFFICE, store="S1", n="R1")) == "NOT_FOUND"


async def test_whoever_tries_codes_has_to_wait_and_true_ones_count_for_nothing(
    shop: Service, one_window: None
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    code = await shown(shop, coupon)
    for _ in range(32):
        assert (await held(shop, code))["coupon"]
    codes: list[str] = []
    while "TOO_MANY" not in codes and len(codes) < 50:
        codes.append(code_of(await held(shop, f"ABCDEFGHJK{len(codes) + 10}")))
    assert codes == ["NOT_FOUND"] * 30 + ["TOO_MANY"]
    other = Viewer(id=PersonId("till_2"), role=Role.FEED)
    assert code_of(await held(shop, "ABCDEFGHJKMN", viewer=other)) == "NOT_FOUND"


async def test_what_is_for_some_members_is_claimed_by_them_and_taken_from_them_alone(
    shop: Service, database: Database
):
    await joined(database, MEMBER.id)
    await in_words_of_the_docs(shop, "Define")
    segment = (await in_words_of_the_docs(shop, "Save"))["segment"]["id"]
    some = {"segments": [segment]}
    coupon = {"kind": "ORDER_COUPON", "total": 9, "each": 9}
    offer = await drafted(shop, FIFTY_OFF, eligibility=some, coupon=coupon)
    await let_out(shop, offer)
    assert code_of(await claim(shop, offer)) == "FORBIDDEN"
    await in_words_of_the_docs(shop, "PutOn", member=MEMBER.id)

    async def is_claimed() -> bool:
        return (await claim(shop, offer))["coupon"] is not None

    await comes_to(True, is_claimed)
    own = (await claim(shop, offer))["coupon"]["id"]
    code = await shown(shop, own)
    assert (await held(shop, code))["coupon"]["state"] == "AT_TILL"
    await ask(shop, RELEASE, store="S1", n="R1")
    await in_words_of_the_docs(shop, "TakeOff", member=MEMBER.id)
    refused = await held(shop, await shown(shop, own))
    assert "another level or segment" in refused["userErrors"][0]["message"]
    for eligibility in ({"segments": ["none"]}, {"levels": ["none"]}):
        wanted = an_offer_input(FIFTY_OFF, coupon=coupon, eligibility=eligibility)
        assert code_of(await ask(shop, CREATE, HEAD_OFFICE, input=wanted)) == "NOT_FOUND"
