"""Offers over HTTP: from the draft to what a buyer pays, and back."""

from dataclasses import replace

import pytest

from domain.kernel.ids import PersonId
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, L, M
from tests.api.mall.storefronts.test_layers import publish
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.content import HEAD_OFFICE, REVIEWER
from tests.support.fulfilling import START, open_stores_with_stock, pay
from tests.support.network import as_csv, counts, take_in
from tests.support.promoting import (
    APPROVE,
    CREATE,
    FEES,
    LET_OUT,
    SUBMIT,
    an_offer_input,
    drafted,
    from_amount,
    let_out,
)
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio
# Two kinds of coat at ¥2,399 each; five of either in each of two stores.
PRICE = 239_900

QUOTE = """query($input: OrderQuoteInput!) { orderQuote(input: $input) {
  total { fen } shippingFee { fen } lines { line { sku quantity payable { fen } } }
  offers { name outcome given { fen } missing { fen } missingPieces } } }"""
PLACE = """mutation($input: OrderInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) {
    order { id total { fen } shippingFee { fen }
      lines { sku quantity amount { fen } off { fen } payable { fen } }
      discounts { sku offerId offerVersion name amount { fen } } }
    userErrors { code field message } } }"""
CANCEL = """mutation($order: ID!, $units: [SkuUnitsInput!], $key: String!) {
  orderCancel(orderId: $order, reason: "不要了", units: $units, idempotencyKey: $key) {
    progress { state payment { state refunded { fen } } } userErrors { code message } } }"""
REVISE = """mutation($id: ID!, $input: OfferInput!, $version: Int!) {
  offerRevise(id: $id, input: $input, expectedVersion: $version) {
    offer { version } userErrors { code } } }"""
CART = """mutation($sku: ID!, $n: Int!) {
  cartLineSet(input: {storeId: "S1", sku: $sku, quantity: $n}) {
    cart { total { fen } offers { name outcome missing { fen } } } userErrors { message } } }"""


def lines_of(units):
    return [{"sku": sku, "quantity": n} for sku, n in units.items()]


async def quote(service, units, **changes):
    wanted = {"storeId": "S1", "lines": lines_of(units), "delivery": DELIVERY, **changes}
    return (await service.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]


async def order(service, units, key="k1", viewer=MEMBER, **changes):
    wanted = {"storeId": "S1", "lines": lines_of(units), "delivery": DELIVERY, **changes}
    return (await service.query(PLACE, viewer, input=wanted, key=key)).data["orderPlace"]


async def cancel(service, id, units=None, key="c1", viewer=MEMBER):
    units = units and lines_of(units)
    answer = await service.query(CANCEL, viewer, order=id, key=key, units=units)
    return answer.data["orderCancel"]["progress"]


async def test_one_price_from_the_cart_to_the_refunds(service: Service):
    await open_stores_with_stock(service)
    tenth = await drafted(service, {"percentOff": {"percent": 10}}, name="九折")
    threshold = await drafted(
        service, from_amount(600_000, amountOff={"amountFen": 50_002}), name="满6000减500"
    )
    await let_out(service, tenth, threshold)
    await service.query(
        FEES,
        HEAD_OFFICE,
        version=0,
        zones=[{"prefixes": [""], "feeFen": 1200, "freeFromFen": 1_000_000}],
    )

    few = await quote(service, {M: 1})
    assert few["total"] == {"fen": PRICE - PRICE // 10 + 1200}
    assert [one["outcome"] for one in few["offers"]] == ["APPLIED", "BELOW_THRESHOLD"]
    assert few["offers"][1]["missing"] == {"fen": 600_000 - 215_910}

    after_tenth = 3 * (PRICE - PRICE // 10)
    goods = after_tenth - 50_002
    quoted = await quote(service, {M: 2, L: 1})
    assert quoted["total"] == {"fen": goods + 1200}
    for sku, n in ((M, 2), (L, 1)):
        cart = (await service.query(CART, MEMBER, sku=sku, n=n)).data["cartLineSet"]["cart"]
    assert cart["total"] == {"fen": goods}

    wrong = await order(service, {M: 2, L: 1}, totalFen=3 * PRICE)
    assert [(one["code"], one["field"]) for one in wrong["userErrors"]] == [
        ("CONFLICT", ["input", "totalFen"])
    ]
    placed = (await order(service, {M: 2, L: 1}, totalFen=goods + 1200))["order"]
    assert (placed["total"], placed["shippingFee"]) == ({"fen": goods + 1200}, {"fen": 1200})
    for line in placed["lines"]:
        off = [one["amount"]["fen"] for one in placed["discounts"] if one["sku"] == line["sku"]]
        assert line["off"]["fen"] == sum(off)
        assert line["amount"]["fen"] - sum(off) == line["payable"]["fen"]
    assert {one["name"] for one in placed["discounts"]} == {"九折", "满6000减500"}

    # What is paid back of single pieces, in any order, is in the end what was paid.
    await pay(service, placed["id"])
    back = []
    for n, sku in enumerate((M, L)):
        progress = await cancel(service, placed["id"], {sku: 1}, key=f"c{n}")
        back.append(progress["payment"]["refunded"]["fen"])
    payable = {one["sku"]: one["payable"]["fen"] for one in placed["lines"]}
    assert payable[M] % 2, "the two pieces of a line are not worth the same"
    assert back == [payable[M] // 2, payable[M] // 2 + payable[L]]
    # With the last piece, of an order of which nothing was sent, the shipping fee comes back.
    last = await cancel(service, placed["id"], key="c9")
    assert last["payment"] == {"state": "REFUNDED", "refunded": {"fen": goods + 1200}}

    # What is heavy costs more to send: three kilograms of it are a step beyond two.
    weighed = {"product_code": "10001", "sku": M, "weight_g": "1500"}
    counts(await take_in(service, "products", as_csv(weighed)))
    heavier = {"beyondG": 2_000, "stepG": 1_000, "feeFen": 300}
    zones = [{"prefixes": [""], "feeFen": 1200, "heavier": heavier}]
    assert (await service.query(FEES, HEAD_OFFICE, version=1, zones=zones)).data["shippingFeesSet"][
        "userErrors"
    ] == []
    for pieces, fee in ((1, 1_200), (2, 1_500)):
        quoted = await quote(service, {M: pieces})
        assert quoted["total"] == {"fen": pieces * (PRICE - PRICE // 10) + fee}


async def test_a_gift_comes_with_the_order_while_there_are_any(service: Service):
    await open_stores_with_stock(service)
    gift = await drafted(service, from_amount(1, gift={"sku": L, "pieces": 4}), name="买就送")
    await let_out(service, gift)
    first = (await order(service, {M: 1}))["order"]
    assert [(one["sku"], one["quantity"], one["payable"]["fen"]) for one in first["lines"]] == [
        (M, 1, PRICE),
        (L, 4, 0),
    ]
    assert first["total"] == {"fen": PRICE}
    # Ten were there, of which six are left; then two, and then none.
    kept = [len((await order(service, {M: 1}, key=f"g{n}"))["order"]["lines"]) for n in range(3)]
    assert kept == [2, 2, 1]


async def test_an_order_that_costs_nothing_is_paid_without_a_provider(service: Service):
    await open_stores_with_stock(service)
    await let_out(service, await drafted(service, {"fixedPrice": {"priceFen": 0}}, name="免单"))
    placed = (await order(service, {M: 2}))["order"]
    assert placed["total"] == {"fen": 0}
    for _ in range(2):
        started = await service.query(START, MEMBER, order=placed["id"])
        answer = started.data["paymentStart"]
        if answer["userErrors"]:
            assert answer["userErrors"][0]["code"] == "WRONG_STATE"
        else:
            assert answer["payment"]["state"] == "PAID"
            assert (answer["sandboxUrl"], answer["wechatPay"]) == (None, None)
    progress = await cancel(service, placed["id"])
    assert progress["state"] == "CANCELLED"
    assert progress["payment"]["refunded"] == {"fen": 0}


async def test_a_version_holds_until_the_next_one_is_let_out_and_none_after_it_is_withdrawn(
    service: Service,
):
    await open_stores_with_stock(service)
    offer = await drafted(service, {"percentOff": {"percent": 10}})
    await let_out(service, offer)
    placed = (await order(service, {M: 1}))["order"]
    wanted = an_offer_input({"percentOff": {"percent": 50}})
    stale = await service.query(REVISE, HEAD_OFFICE, id=offer, input=wanted, version=1)
    assert stale.data["offerRevise"]["userErrors"] == [{"code": "CONFLICT"}]
    await service.query(REVISE, HEAD_OFFICE, id=offer, input=wanted, version=3)
    assert (await quote(service, {M: 1}))["total"] == {"fen": 215_910}
    await let_out(service, offer, number=2)
    assert (await quote(service, {M: 1}))["total"] == {"fen": 119_950}
    withdraw = """mutation($id: ID!) { offerWithdraw(id: $id, number: 2, comment: "算错了") {
      userErrors { code } } }"""
    await service.query(withdraw, REVIEWER, id=offer)

    async def holds():
        return (await service.query(LET_OUT, HEAD_OFFICE, id=offer)).data["offer"]["letOut"]

    await comes_to(None, holds)
    assert (await quote(service, {M: 1}))["total"] == {"fen": PRICE}
    # What was ordered by the first version keeps its price.
    assert placed["discounts"][0]["offerVersion"] == 1
    paid = await service.query(START, MEMBER, order=placed["id"])
    assert paid.data["paymentStart"]["payment"]["amount"] == {"fen": 215_910}


async def test_nobody_lets_out_an_offer_of_their_own_and_only_head_office_writes_any(
    service: Service,
):
    await open_stores_with_stock(service)
    offer = await drafted(service, {"percentOff": {"percent": 10}})
    await service.query(SUBMIT, HEAD_OFFICE, id=offer, n=1)
    own = (await service.query(APPROVE, HEAD_OFFICE, id=offer, n=1)).refused("offerApprove")
    assert own[0]["code"] == "FORBIDDEN"
    wanted = an_offer_input({"percentOff": {"percent": 10}})
    for viewer in (MEMBER, REVIEWER):
        refused = (await service.query(CREATE, viewer, input=wanted)).refused("offerCreate")
        assert refused[0]["code"] == "FORBIDDEN"


@one_after_the_other(
    "changes, code, field",
    [
        ({"effect": {"percentOff": {"percent": 0}}}, "INVALID", ["input", "percent"]),
        ({"name": "国家级羽绒服"}, "INVALID", ["input", "name"]),
        ({"name": ""}, "INVALID", ["input", "name"]),
        ({"hours": "25:00-26:00"}, "INVALID", ["input", "hours"]),
        ({"endsAt": "2020-01-01T00:00:00Z"}, "INVALID", ["input", "endsAt"]),
        ({"goods": {"products": ["10001", "NONE"]}}, "NOT_FOUND", ["input", "goods"]),
        ({"goods": {"categories": [["没有"]]}}, "NOT_FOUND", ["input", "goods"]),
        ({"eligibility": {"stores": ["S9"]}}, "NOT_FOUND", ["input", "eligibility"]),
    ],
)
async def test_a_rule_that_can_not_hold_is_refused_by_its_field(
    service: Service, changes, code, field
):
    await open_stores_with_stock(service)
    wanted = an_offer_input({"percentOff": {"percent": 10}}) | changes
    refused = (await service.query(CREATE, HEAD_OFFICE, input=wanted)).refused("offerCreate")
    assert [(one["code"], one["field"]) for one in refused] == [(code, field)]


async def test_zones_of_which_two_are_meant_are_refused(service: Service):
    zones = [{"prefixes": ["65"], "feeFen": 1}, {"prefixes": ["65"], "feeFen": 2}]
    answer = await service.query(FEES, HEAD_OFFICE, zones=zones, version=0)
    assert answer.refused("shippingFeesSet")[0]["code"] == "INVALID"


SHELF_OF_CLOTHES = {
    "key": "shelf",
    "position": 20,
    "content": {"productShelf": {"selection": {"byCategory": {"category": ["服装"]}}}},
}
SHELF = """{ storefront(storeId: "S1") { modules { ... on ProductShelfModule { items {
  product { priceFrom { fen } } offerPriceFrom { fen } offers { name kind }
  variants { variant { sku price { fen } } offerPrice { fen } } } } } } }"""
OF_PRODUCT = """query($id: ID!) { productOffers(storeId: "S1", productId: $id) {
  offerPriceFrom { fen } offers { name } coupons { name }
  variants { variant { sku } offerPrice { fen } offer { name } } } }"""


LISTED = """{ products { nodes {
  priceFrom { fen } offerPriceFrom { fen } variants { sku offerPrice { fen } } } } }"""


async def test_shelf_product_page_list_cart_and_quote_tell_one_price_and_flip_together(
    service: Service,
):
    await open_stores_with_stock(service)
    await publish(service, "brand", [SHELF_OF_CLOTHES])
    coupon = {"kind": "ORDER_COUPON", "total": 1}
    tenth = await drafted(service, {"percentOff": {"percent": 10}}, name="九折")
    gift = await drafted(service, from_amount(600_000, amountOff={"amountFen": 1}), name="满减")
    five = await drafted(
        service, from_amount(1, amountOff={"amountFen": 500}), name="五元券", coupon=coupon
    )
    product = (await service.query("{ products { nodes { id variants { sku } } } }")).data
    [coat] = [
        one["id"]
        for one in product["products"]["nodes"]
        if M in {variant["sku"] for variant in one["variants"]}
    ]

    async def told() -> set[int]:
        """What every place says that one piece costs."""
        modules = (await service.query(SHELF)).data["storefront"]["modules"]
        on_shelf = [
            variant["offerPrice"]["fen"]
            for module in modules
            for item in module["items"]
            for variant in item["variants"]
            if variant["variant"]["sku"] == M
        ]
        page = (await service.query(OF_PRODUCT, id=coat)).data["productOffers"]
        on_page = [
            one["offerPrice"]["fen"] for one in page["variants"] if one["variant"]["sku"] == M
        ]
        listed = [
            (variant["offerPrice"]["fen"], one["offerPriceFrom"]["fen"])
            for one in (await service.query(LISTED)).data["products"]["nodes"]
            for variant in one["variants"]
            if variant["sku"] == M
        ]
        assert all(lowest <= price for price, lowest in listed)
        cart = (await service.query(CART, MEMBER, sku=M, n=1)).data["cartLineSet"]["cart"]
        quoted = (await quote(service, {M: 1}, couponIds=[]))["total"]["fen"]
        in_lists = [price for price, _ in listed]
        return {*on_shelf, *on_page, *in_lists, cart["total"]["fen"], quoted}

    assert await told() == {PRICE}
    await let_out(service, tenth, gift, five)
    await comes_to({PRICE - PRICE // 10}, told)
    page = (await service.query(OF_PRODUCT, id=coat)).data["productOffers"]
    assert sorted(one["name"] for one in page["offers"]) == ["九折", "满减"]
    assert page["coupons"] == [{"name": "五元券"}]
    withdraw = """mutation($id: ID!) { offerWithdraw(id: $id, number: 1, comment: "到此为止") {
      userErrors { message } } }"""
    await service.query(withdraw, REVIEWER, id=tenth)
    await comes_to({PRICE}, told)
    # What holds in one store alone, or for some members, is in no list without a store.
    here = {"eligibility": {"stores": ["S1"]}}
    await let_out(service, await drafted(service, {"percentOff": {"percent": 20}}, **here))

    async def on_page() -> int:
        page = (await service.query(OF_PRODUCT, id=coat)).data["productOffers"]
        return page["offerPriceFrom"]["fen"]

    await comes_to(PRICE - PRICE // 5, on_page)
    nodes = (await service.query(LISTED)).data["products"]["nodes"]
    assert all(one["offerPriceFrom"] == one["priceFrom"] for one in nodes)


async def test_the_store_reads_what_the_buyer_asks_for_and_strangers_do_not(service: Service):
    await open_stores_with_stock(service)
    asked = """mutation($input: OrderInput!) { orderPlace(input: $input, idempotencyKey: "k") {
      order { id note giftWrap } userErrors { field } } }"""
    wanted = {"storeId": "S1", "lines": lines_of({M: 1}), "delivery": DELIVERY, "giftWrap": True}
    long = await service.query(asked, MEMBER, input=wanted | {"note": "请" * 201})
    assert long.refused("orderPlace")[0]["field"] == ["input", "note"]
    placed = await service.query(asked, MEMBER, input=wanted | {"note": " 请写贺卡 "})
    order_id = placed.data["orderPlace"]["order"]["id"]
    assert placed.data["orderPlace"]["order"] == {
        "id": order_id,
        "note": "请写贺卡",
        "giftWrap": True,
    }
    await pay(service, order_id)
    parts = """query($id: ID!) { orderProgress(orderId: $id) {
      fulfilmentOrders { note giftWrap } } }"""
    read = (await service.query(parts, HEAD_OFFICE, id=order_id)).data["orderProgress"]
    assert read["fulfilmentOrders"] == [{"note": "请写贺卡", "giftWrap": True}]


PREVIEW = """query($order: ID!, $units: [SkuUnitsInput!]) {
  refundPreview(orderId: $order, units: $units) {
    amount { fen } shippingFee { fen } heldBack { fen } missed byReturn
    lines { sku quantity amount { fen } } } }"""


@pytest.mark.parametrize("recheck", [False, True])
async def test_a_buyer_sees_what_comes_back_before_they_agree_and_strangers_do_not(
    service: Service, recheck: bool
):
    await open_stores_with_stock(service)
    effect = from_amount(600_000, amountOff={"amountFen": 50_002})
    await let_out(service, await drafted(service, effect, name="满6000减500", recheck=recheck))
    zones = [{"prefixes": [""], "feeFen": 1200, "freeFromFen": 10_000_000}]
    await service.query(FEES, HEAD_OFFICE, version=0, zones=zones)
    placed = (await order(service, {M: 2, L: 1}))["order"]

    async def preview(units=None, viewer=MEMBER):
        wanted = units and lines_of(units)
        return await service.query(PREVIEW, viewer, order=placed["id"], units=wanted)

    assert (await preview()).errors[0]["extensions"]["code"] == "WRONG_STATE"
    await pay(service, placed["id"])
    first = (await preview({M: 1})).data["refundPreview"]
    assert (first["shippingFee"], first["byReturn"]) == ({"fen": 0}, False)
    assert first["missed"] == (["满6000减500"] if recheck else [])
    # What stays is to be paid at its full price, where its threshold is asked for again.
    [line] = first["lines"]
    assert first["amount"]["fen"] == line["amount"]["fen"] - first["heldBack"]["fen"]
    stays = sum(one["amount"]["fen"] for one in placed["lines"]) - PRICE
    left = placed["total"]["fen"] - 1200 - first["amount"]["fen"]
    assert (left == stays) is recheck
    progress = await cancel(service, placed["id"], {M: 1})
    assert progress["payment"]["refunded"] in ({"fen": 0}, first["amount"])
    rest = (await preview()).data["refundPreview"]
    assert rest["shippingFee"] == {"fen": 1200}
    assert (rest["heldBack"]["fen"], rest["missed"]) == (-first["heldBack"]["fen"], [])
    assert [one["quantity"] for one in rest["lines"]] == [1, 1]
    assert first["amount"]["fen"] + rest["amount"]["fen"] == placed["total"]["fen"]
    stranger = await preview(viewer=replace(MEMBER, id=PersonId("member_9")))
    assert stranger.errors[0]["extensions"]["code"] == "NOT_FOUND"
