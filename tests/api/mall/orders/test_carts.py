"""Carts and quotes over HTTP."""

from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.api.catalogue.test_catalogue import DOWN, DOWN_L, csv_of, take_in
from tests.api.mall.fulfilment.test_fulfilment import stock_of
from tests.api.mall.orders.test_orders import MEMBER, L, M, a_count, import_stock, open_mall, place
from tests.conftest import Answer, Service
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

VISITOR = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)

CART = """store { id } total { fen } shareCode lines { sku quantity product { name }
  variant { sku options { value } } price { fen }
  seenPrice { fen } priceChanged available short forSale }"""
SET = f"""mutation($input: CartLineInput!) {{ cartLineSet(input: $input) {{
  cart {{ {CART} }} userErrors {{ code field message }} }} }}"""
VIEW = f"query($store: ID) {{ cart(storeId: $store) {{ {CART} }} }}"
QUOTE = """query($input: OrderQuoteInput!) { orderQuote(input: $input) {
  total { fen } canDeliver shortLines { sku left } shippingStores { id }
  candidates { store { id } verdict } lines { line { sku } available }
  pickup { store { id } distanceM hasAll } } }"""


async def put(service: Service, sku: str, quantity: int, viewer=MEMBER, **changes):
    line = {"storeId": "S1", "sku": sku, "quantity": quantity, **changes}
    return (await service.query(SET, viewer, input=line)).data["cartLineSet"]


async def cart(service: Service, viewer=MEMBER):
    return (await service.query(VIEW, viewer)).data["cart"]


async def test_a_cart_keeps_its_lines_and_adds_up_what_can_be_ordered(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3), a_count("S2", L, 1))
    await put(service, M, 1)
    await put(service, L, 2)
    await put(service, M, 2)
    found = await cart(service)
    assert [(one["sku"], one["quantity"]) for one in found["lines"]] == [(M, 2), (L, 2)]
    assert [(one["available"], one["short"]) for one in found["lines"]] == [(3, False), (1, True)]
    assert [one["variant"] for one in found["lines"]] == [
        {"sku": M, "options": [{"value": "藏青"}, {"value": "M"}]},
        {"sku": L, "options": [{"value": "藏青"}, {"value": "L"}]},
    ]
    assert found["total"] == {"fen": 2 * 239900}
    assert (await put(service, L, 0))["cart"]["lines"][0]["sku"] == M


async def test_a_view_tells_what_has_changed_since_a_line_was_put_in(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3), a_count("S1", L, 3))
    await put(service, M, 2)
    await put(service, L, 1)
    await place(service, {M: 2}, viewer=Viewer(id=PersonId("member_2"), role=Role.MEMBER))
    await take_in(service, csv_of(DOWN, DOWN_L.replace("239900,289900", "199900,289900")))

    async def line(sku: str) -> dict[str, Any]:
        return next(one for one in (await cart(service))["lines"] if one["sku"] == sku)

    async def left() -> int:
        return (await line(M))["available"]

    await comes_to(1, left)
    by_sku = {sku: await line(sku) for sku in (M, L)}
    assert by_sku[M]["short"]
    assert by_sku[L]["priceChanged"]
    assert (by_sku[L]["price"], by_sku[L]["seenPrice"]) == ({"fen": 199900}, {"fen": 239900})


async def test_nobody_sees_anybody_elses_cart(service: Service):
    await open_mall(service)
    await put(service, M, 1)
    assert await cart(service, VISITOR) is None
    anonymous = await put(service, M, 1, viewer=None)
    assert anonymous["userErrors"][0]["code"] == "UNAUTHENTICATED"


async def test_what_is_not_sold_can_not_be_put_in(service: Service):
    await open_mall(service)
    assert (await put(service, "nothing", 1))["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await put(service, M, -1))["userErrors"][0]["code"] == "INVALID"


async def test_a_visitors_cart_is_the_members_after_they_sign_in(service: Service):
    await open_mall(service)
    await put(service, M, 2, viewer=VISITOR)
    text = """mutation { memberSignIn(code: "sandbox:may") { accessToken viewer { id }
      userErrors { message } } }"""
    signed_in = (await service.query(text, VISITOR)).data["memberSignIn"]
    member = Viewer(id=PersonId(signed_in["viewer"]["id"]), role=Role.MEMBER)
    assert [one["sku"] for one in (await cart(service, member))["lines"]] == [M]
    assert await cart(service, VISITOR) is None


async def test_a_quote_previews_who_ships_and_where_it_can_be_picked_up(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 1), a_count("S2", M, 5))
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": 2}]}
    found = (await service.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]
    assert found["canDeliver"]
    assert found["shippingStores"] == [{"id": "S2"}]
    assert found["total"] == {"fen": 479800}
    assert [(one["store"]["id"], one["hasAll"]) for one in found["pickup"]] == [
        ("S2", True),
        ("S1", False),
    ]
    wanted["lines"][0]["quantity"] = 9
    short = (await service.query(QUOTE, MEMBER, input=wanted)).data["orderQuote"]
    assert (short["canDeliver"], short["shortLines"]) == (False, [{"sku": M, "left": 6}])


DEAR, DEARER = (row.replace("239900,289900", "100000000,清空") for row in (DOWN, DOWN_L))
BELOW = "¥21,474,836.47"


async def quoted(service: Service, lines: dict[str, int]) -> Answer:
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
    return await service.query(QUOTE, MEMBER, input={"storeId": "S1", "lines": wanted})


@pytest.mark.parametrize("lines", [{M: 22}, {M: 11, L: 11}, {M: 999, L: 999}])
async def test_what_costs_more_than_can_be_paid_at_once_is_refused_before_anything_is_kept(
    service: Service, database: Database, lines
):
    await open_mall(service)
    await take_in(service, csv_of(DEAR, DEARER))
    await import_stock(service, a_count("S1", M, 2000), a_count("S1", L, 2000))
    answers = [await put(service, sku, quantity) for sku, quantity in lines.items()]
    refused = next(one["userErrors"][0] for one in answers if one["userErrors"])
    assert (refused["code"], refused["field"]) == ("INVALID", ["input", "quantity"])
    assert BELOW in refused["message"]
    assert (await cart(service) or {"total": {"fen": 0}})["total"]["fen"] < 2**31
    [quote] = (await quoted(service, lines)).errors
    assert (quote["extensions"]["code"], BELOW in quote["message"]) == ("INVALID", True)
    ordered = await place(service, lines)
    assert ordered["userErrors"][0]["field"] == ["input", "lines"]
    assert BELOW in ordered["userErrors"][0]["message"]
    assert await database["orders"].count_documents({}) == 0
    assert await stock_of(database, M) == {"S1": (2000, 0)}
    assert (await place(service, {M: 21}))["order"]["total"] == {"fen": 2_100_000_000}


async def test_a_cart_whose_prices_have_risen_beyond_that_is_shown_and_can_be_made_smaller(
    service: Service,
):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 2000), a_count("S1", L, 2000))
    await put(service, M, 900)
    await put(service, L, 900)
    await take_in(service, csv_of(DEAR, DEARER))
    assert (await cart(service))["total"] == {"fen": 2**31 - 1}
    for sku, quantity in ((M, 800), (M, 0), (L, 2)):
        assert (await put(service, sku, quantity))["userErrors"] == []
    assert (await cart(service))["total"] == {"fen": 200_000_000}


async def test_a_visitor_s_cart_is_forgotten_in_time_and_a_member_s_is_not(
    service: Service, database: Database
):
    await open_mall(service)
    for viewer in (VISITOR, MEMBER):
        await put(service, M, 1, viewer=viewer)
    kept = {one["_id"]: one["forget_at"] for one in await database["carts"].find({}).to_list(None)}
    assert kept[VISITOR.id] is not None
    assert kept[MEMBER.id] is None
