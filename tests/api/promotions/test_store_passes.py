"""Coupons kept for one store, over HTTP: taken without a line, told later, and used once."""

import asyncio
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from domain.kernel.ids import PersonId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.promotions.store_passes import (
    PASS_LIVES,
    TOLD_WITHIN,
    PassKey,
    StorePassPorts,
    free_untold,
)
from domain.promotions.till_coupons import TillCouponPorts
from qianmian.clock import new_id, now
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.database import Database
from storage.mongo.promotions.coupons import MongoClashes, MongoCoupons
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.api.promotions.test_coupons import FIFTY_OFF, a_coupon, a_member, claim, states
from tests.api.promotions.test_offers import order
from tests.api.promotions.test_till_coupons import SHOW, TILL, ask, code_of
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import open_stores_with_stock
from tests.support.promoting import drafted, from_amount, let_out

pytestmark = pytest.mark.anyio

MAKE = """mutation($id: ID!, $store: ID!) { couponPassMake(id: $id, storeId: $store) {
  kept { token endsAt coupon { state } } userErrors { code message } } }"""
TAKE = """mutation($token: String!, $store: ID!, $n: String!, $at: DateTime) {
  couponPassUse(token: $token, storeId: $store, number: $n, usedAt: $at) {
    coupon { id state } userErrors { code message field } } }"""
AT_HAND = """query($store: ID!) { storeCoupons(storeId: $store) {
  publicKey rules { offerId version name } } }"""
KEPT = """query($store: ID!) { couponsKept(storeId: $store) {
  nodes { number coupon { id state } } } }"""
CLASHES = """{ couponClashes { nodes { couponId storeId number fault toldBy } } }"""


@pytest.fixture
async def shop(service: Service) -> Service:
    await open_stores_with_stock(service)
    return service


async def made(service: Service, coupon: str, store="S1", viewer=MEMBER):
    return await ask(service, MAKE, viewer, id=coupon, store=store)


async def taken(service: Service, token: str, n="R1", store="S1", at=None):
    moment = at.isoformat() if at else None
    return await ask(service, TAKE, token=token, store=store, n=n, at=moment)


async def clashes(service: Service) -> list[tuple[str, str, str]]:
    answer = (await service.query(CLASHES, HEAD_OFFICE)).data["couponClashes"]["nodes"]
    assert {one["toldBy"] for one in answer} <= {TILL.id}
    return [(one["storeId"], one["number"], one["fault"]) for one in answer]


def accepted_without_a_line(at_hand, token: str, store: str, moment: datetime) -> str:
    """What a till does that hears nobody: the coupon's id, or what PyJWT raises."""
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(at_hand["publicKey"]))
    said = jwt.decode(token, key, algorithms=["EdDSA"], audience=store)
    assert said["nbf"] <= moment.timestamp() < said["exp"]
    [rule] = [one for one in at_hand["rules"] if one["offerId"] == said["offer"]]
    assert rule["version"] == said["version"]
    return said["sub"]


async def test_a_till_without_a_line_takes_a_coupon_that_no_other_till_and_no_order_can(
    shop: Service,
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    at_hand = await ask(shop, AT_HAND, store="S1")
    given = await made(shop, coupon)
    token = given["kept"]["token"]
    assert given["kept"]["coupon"] == {"state": "KEPT"}
    assert await made(shop, coupon) == given
    assert code_of(await made(shop, coupon, store="S2")) == "WRONG_STATE"
    # Nothing below is asked of the service.
    assert accepted_without_a_line(at_hand, token, "S1", now()) == coupon
    with pytest.raises(jwt.InvalidAudienceError):
        accepted_without_a_line(at_hand, token, "S2", now())
    used_at = now()

    online = await order(shop, {M: 1}, couponIds=[coupon])
    assert online["userErrors"][0]["code"] == "CONFLICT"
    assert code_of(await ask(shop, SHOW, MEMBER, id=coupon)) == "WRONG_STATE"
    listed = (await ask(shop, KEPT, store="S1"))["nodes"]
    assert listed == [{"number": None, "coupon": {"id": coupon, "state": "KEPT"}}]
    assert (await ask(shop, KEPT, store="S2"))["nodes"] == []

    for _ in range(2):
        told = await taken(shop, token, at=used_at)
        assert told["coupon"] == {"id": coupon, "state": "USED"}
    listed = (await ask(shop, KEPT, store="S1"))["nodes"]
    assert listed == [{"number": "R1", "coupon": {"id": coupon, "state": "USED"}}]
    assert await clashes(shop) == []
    assert await states(shop) == ["USED"]


async def test_a_pass_that_is_asked_for_twice_at_once_is_one(shop: Service):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    given = await asyncio.gather(*(made(shop, coupon) for _ in "1234"))
    assert given[0]["kept"]
    assert given == [given[0]] * 4


async def test_what_is_taken_twice_or_elsewhere_is_refused_and_stays_on_record_once(
    shop: Service,
):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    token = (await made(shop, coupon))["kept"]["token"]
    for _ in range(2):
        assert code_of(await taken(shop, token, store="S2")) == "CONFLICT"
    late = now() + PASS_LIVES
    assert code_of(await taken(shop, token, at=late)) == "INVALID"
    assert code_of(await taken(shop, token, n="R0", at=now() - PASS_LIVES)) == "CONFLICT"
    told = await asyncio.gather(*(taken(shop, token, n=f"R{n}") for n in (1, 2, 3)))
    assert [one["coupon"] is None for one in told].count(False) == 1
    assert sorted(fault for _, _, fault in await clashes(shop)) == [
        "OTHER_STORE",
        "OVER",
        "USED_BEFORE",
        "USED_BEFORE",
    ]


async def test_only_what_we_signed_for_ones_own_coupon_is_a_pass(shop: Service):
    coupon = (await claim(shop, await a_coupon(shop)))["coupon"]["id"]
    unknown = await made(shop, "offer:nobody:0")
    assert await made(shop, coupon, viewer=a_member(9)) == unknown
    token = (await made(shop, coupon))["kept"]["token"]
    said = jwt.decode(token, options={"verify_signature": False})
    forged = [
        jwt.encode(said, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
        jwt.encode(said, None, algorithm="none"),
        jwt.encode(said, "x" * 32, algorithm="HS256"),
        token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
        "",
    ]
    answers = [await taken(shop, one) for one in forged]
    assert {code_of(one) for one in answers} == {"NOT_FOUND"}
    stranger = Viewer(id=PersonId("m"), role=Role.STORE_MANAGER, store_id="S2")
    refused = await ask(shop, TAKE, stranger, token=token, store="S1", n="R1")
    assert code_of(refused) == "FORBIDDEN"
    assert await states(shop) == ["KEPT"]


async def test_a_coupon_that_does_not_hold_in_a_store_and_a_gift_pack_have_no_pass_for_it(
    shop: Service,
):
    near = await drafted(
        shop,
        FIFTY_OFF,
        eligibility={"stores": ["S1"]},
        coupon={"kind": "ORDER_COUPON", "total": 9},
    )
    pack = await drafted(
        shop,
        from_amount(0, gift={"sku": M, "pieces": 1}),
        eligibility={"channels": ["STORE"]},
        coupon={"kind": "ORDER_COUPON", "total": 9},
    )
    await let_out(shop, near, pack)
    rules = (await ask(shop, AT_HAND, store="S2"))["rules"]
    assert [one["offerId"] for one in rules] == []
    coupon = (await claim(shop, near))["coupon"]["id"]
    assert code_of(await made(shop, coupon, store="S2")) == "CONFLICT"
    assert code_of(await made(shop, coupon, store="S9")) == "NOT_FOUND"
    gift = (await claim(shop, pack))["coupon"]["id"]
    assert code_of(await made(shop, gift)) == "WRONG_STATE"


async def test_what_no_till_tells_of_is_free_again_and_a_late_telling_counts_if_it_still_is(
    shop: Service, database: Database
):
    offer = await a_coupon(shop, each=2)
    first, second = [(await claim(shop, offer, key=key))["coupon"]["id"] for key in ("k1", "k2")]
    tokens = [(await made(shop, one))["kept"]["token"] for one in (first, second)]
    ports = StorePassPorts(
        tills=TillCouponPorts(
            promotions=None,
            directory=None,
            coupons=MongoCoupons(database),
            packs=MongoApplyOnce(database, movements="gift_pack_moves", targets="gift_packs"),
            traits=None,
            tallies=None,
            new_code=str,
        ),
        kept=MongoCoupons(database),
        clashes=MongoClashes(database),
        key=PassKey("not the service's"),
    )
    over = PASS_LIVES + TOLD_WITHIN
    await free_untold(ports, by_the_clock(now() + over - timedelta(hours=1), new_id))
    assert await states(shop) == ["KEPT", "KEPT"]
    await free_untold(ports, by_the_clock(now() + over + timedelta(minutes=1), new_id))
    assert await states(shop) == ["USABLE", "USABLE"]
    assert (await ask(shop, KEPT, store="S1"))["nodes"] == []
    # One goes into an order before its till tells; the other one is still free.
    assert (await order(shop, {M: 1}, couponIds=[first]))["order"]
    assert code_of(await taken(shop, tokens[0], n="R1")) == "CONFLICT"
    assert (await taken(shop, tokens[1], n="R2"))["coupon"]["state"] == "USED"
    assert await clashes(shop) == [("S1", "R1", "USED_BEFORE")]
