"""Stock and orders over HTTP."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.api.catalogue.test_catalogue import DOWN, DOWN_L, csv_of, take_in
from tests.api.network.test_stores import open_stores
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.network import HEAD_OFFICE, a_store_row, as_csv
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

MEMBER = Viewer(id=PersonId("member_1"), role=Role.MEMBER)
M, L = "10001-NVY-M", "10001-NVY-L"

STOCK = """mutation($file: Upload!, $mode: ImportMode! = ALL_OR_NOTHING) {
  stockImport(file: $file, mode: $mode) {
    report { rows created changed unchanged errors { line column message } }
    userErrors { code message } } }"""
PLACE = """mutation($input: OrderInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) {
    order { id state total { fen } lines { sku name options quantity price { fen } amount { fen } }
      placedAt expiresAt store { id } pickupStore { id } steps { state } }
    shortLines { sku left } userErrors { code field message } } }"""
DELIVERY = {
    "name": "梅",
    "phone": "13900000000",
    "district": "320508",
    "address": "人民路1号",
    "position": {"longitude": 120.62, "latitude": 31.33, "datum": "GCJ02"},
}


def a_count(store_id: str, sku: str, on_hand: int, counted_at="2026-11-01T02:00:00Z"):
    return {"store_id": store_id, "sku": sku, "on_hand": str(on_hand), "counted_at": counted_at}


async def open_mall(service: Service, *rows) -> None:
    await open_stores(service, *(rows or (a_store_row("S1"), a_store_row("S2"))))
    await take_in(service, csv_of(DOWN, DOWN_L))


async def import_stock(service: Service, *rows, viewer=HEAD_OFFICE, mode="ALL_OR_NOTHING"):
    file = ("stock.csv", as_csv(*rows), "text/csv")
    answer = await service.upload(STOCK, file, viewer, mode=mode)
    return answer.data["stockImport"]


async def place(service: Service, lines: dict[str, int], *, key="k1", viewer=MEMBER, **changes):
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
    order = {"storeId": "S1", "lines": wanted, "delivery": DELIVERY, **changes}
    return (await service.query(PLACE, viewer, input=order, key=key)).data["orderPlace"]


async def test_a_member_orders_what_was_counted_and_sees_the_order(service: Service):
    await open_mall(service)
    answer = await import_stock(service, a_count("S1", M, 3), a_count("S2", L, 1))
    assert answer["report"] == {
        "rows": 2,
        "created": 2,
        "changed": 0,
        "unchanged": 0,
        "errors": [],
    }
    placed = (await place(service, {M: 2}))["order"]
    assert placed["state"] == "PLACED"
    assert placed["total"] == {"fen": 479800}
    assert placed["lines"][0]["name"] == "极寒长款羽绒服"
    assert placed["steps"] == [{"state": "PLACED"}]
    seen = await service.query(
        "query($id: ID!) { order(id: $id) { id } orders { totalCount nodes { id } } }",
        MEMBER,
        id=placed["id"],
    )
    assert seen.data == {
        "order": {"id": placed["id"]},
        "orders": {"totalCount": 1, "nodes": [{"id": placed["id"]}]},
    }


OWN = """query($state: OrderState) {
  orderCounts { state count }
  orders(state: $state) { totalCount nodes { id recipient { name phone district names address }
    lines { product { id pictures { id } variants { sku } } } } } }"""


async def test_a_buyer_sees_orders_by_state_with_who_gets_them_and_what_they_are(
    service: Service, round_trips: list[str]
):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 9))
    other = Viewer(id=PersonId("member_2"), role=Role.MEMBER)
    await place(service, {M: 1}, viewer=other)
    first, second = [(await place(service, {M: 1}, key=key))["order"]["id"] for key in ("a", "b")]
    picked = {"delivery": None, "pickupStoreId": "S1"}
    third = (await place(service, {M: 1}, key="c", **picked))["order"]["id"]
    cancel = """mutation($id: ID!) {
      orderCancel(orderId: $id, reason: "不要了", idempotencyKey: "x") {
        userErrors { message } } }"""
    assert (await service.query(cancel, MEMBER, id=first)).data["orderCancel"]["userErrors"] == []
    round_trips.clear()
    seen = (await service.query(OWN, MEMBER)).data
    assert len(round_trips) <= 3
    assert seen["orderCounts"] == [
        {"state": "CANCELLED", "count": 1},
        {"state": "PLACED", "count": 2},
    ]
    assert [one["id"] for one in seen["orders"]["nodes"]] == [third, second, first]
    assert [one["recipient"] for one in seen["orders"]["nodes"][:2]] == [
        None,
        {
            "name": "梅",
            "phone": "13900000000",
            "district": "320508",
            "names": ["江苏省", "苏州市", "姑苏区"],
            "address": "人民路1号",
        },
    ]
    [line] = seen["orders"]["nodes"][1]["lines"]
    assert line["product"]["id"] == "10001"
    assert M in [one["sku"] for one in line["product"]["variants"]]
    only = (await service.query(OWN, MEMBER, state="CANCELLED")).data["orders"]
    assert (only["totalCount"], [one["id"] for one in only["nodes"]]) == (1, [first])
    assert (await service.query(OWN, MEMBER, state="PAID")).data["orders"]["nodes"] == []
    pending = await service.query(OWN, MEMBER, state="PENDING")
    assert pending.errors[0]["extensions"]["code"] == "INVALID"


async def test_what_is_short_is_named_with_how_many_are_left(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3), a_count("S2", L, 1))
    answer = await place(service, {M: 4, L: 2})
    assert answer["order"] is None
    assert answer["shortLines"] == [{"sku": M, "left": 3}, {"sku": L, "left": 1}]
    assert [error["code"] for error in answer["userErrors"]] == ["OUT_OF_STOCK"] * 2


async def test_a_file_of_stock_is_checked_row_by_row(service: Service):
    await open_mall(service)
    many = {**a_count("S1", L, 1), "on_hand": "many"}
    rows = [a_count("S1", M, 3), a_count("S9", M, 3), a_count("S1", "no", 3), many]
    answer = await import_stock(service, *rows)
    errors = [(one["line"], one["column"]) for one in answer["report"]["errors"]]
    assert errors == [(3, "store_id"), (4, "sku"), (5, "on_hand")]
    assert answer["userErrors"]
    assert (await import_stock(service, *rows, mode="GOOD_ROWS"))["report"]["created"] == 1


async def test_consumers_can_not_feed_stock_and_anonymous_ones_can_not_order(service: Service):
    await open_mall(service)
    answer = await import_stock(service, a_count("S1", M, 3), viewer=MEMBER)
    assert answer["userErrors"][0]["code"] == "FORBIDDEN"
    assert (await place(service, {M: 1}, viewer=None))["userErrors"][0]["code"] == "UNAUTHENTICATED"


async def test_an_order_can_be_picked_up_in_a_store_that_has_it(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3), a_count("S2", M, 1))
    picked_up = {"delivery": None, "pickupStoreId": "S2"}
    placed = await place(service, {M: 1}, **picked_up)
    assert placed["order"]["pickupStore"] == {"id": "S2"}
    again = await place(service, {M: 1}, key="k2", **picked_up)
    assert again["shortLines"] == [{"sku": M, "left": 0}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"services": "FITTING"}, "hands no orders over"),
        ({"state": "PAUSED"}, "is paused and hands nothing over for now"),
        ({"state": "CLOSED"}, "has closed for good"),
        ({"kind": "WAREHOUSE"}, "is a warehouse, where nothing is handed over"),
    ],
)
async def test_where_nothing_is_handed_over_a_pickup_is_refused_as_such(
    service: Service, changes, said
):
    pickup = {"services": "PICKUP"}
    await open_mall(service, a_store_row("S1"), a_store_row("S2", **pickup))
    await import_stock(service, a_count("S1", M, 3), a_count("S2", M, 3))
    await open_stores(service, a_store_row("S1"), a_store_row("S2", **{**pickup, **changes}))
    refused = await place(service, {M: 1}, delivery=None, pickupStoreId="S2")
    assert (refused["order"], refused["shortLines"]) == (None, [])
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "pickupStoreId"])
    assert said in error["message"]


async def test_a_pickup_that_was_placed_is_answered_after_its_store_paused(service: Service):
    rows = [a_store_row("S1"), a_store_row("S2", services="PICKUP")]
    await open_mall(service, *rows)
    await import_stock(service, a_count("S2", M, 3))
    picked_up = {"delivery": None, "pickupStoreId": "S2"}
    placed = await place(service, {M: 1}, **picked_up)
    await open_stores(service, rows[0], {**rows[1], "state": "PAUSED"})
    assert await place(service, {M: 1}, **picked_up) == placed


@one_after_the_other(
    "change, field, said",
    [
        ({"phone": "12345"}, "phone", "13800138000"),
        ({"name": "梅\u200b"}, "name", "U+200B"),
        ({"name": "梅\u0007"}, "name", "U+0007"),
        ({"address": " "}, "address", "1 to 200"),
        ({"district": "110103"}, "district", "110101 东城区"),
        ({"district": "320500"}, "district", "divisions below"),
        ({"district": "x"}, "district", "GB/T 2260"),
    ],
)
async def test_a_recipient_whom_no_parcel_reaches_is_refused_in_a_quote_and_an_order(
    service: Service, database: Database, change, field, said
):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3))
    delivery = {**DELIVERY, **change}
    [error] = (await place(service, {M: 1}, delivery=delivery))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "delivery", field])
    assert said in error["message"]
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": 1}], "delivery": delivery}
    quote = "query($input: OrderQuoteInput!) { orderQuote(input: $input) { canDeliver } }"
    [told] = (await service.query(quote, MEMBER, input=wanted)).errors
    assert (told["extensions"]["code"], told["message"]) == ("INVALID", error["message"])
    assert await database["orders"].count_documents({}) == 0
    good = await service.query(quote, MEMBER, input={**wanted, "delivery": DELIVERY})
    assert good.data == {"orderQuote": {"canDeliver": True}}


ADD_ADDRESS = """mutation($input: AddressInput!) { addressAdd(input: $input) {
  consumer { addresses { id } } userErrors { message } } }"""
RECIPIENT = "query($id: ID!) { order(id: $id) { recipient { name district address } } }"


async def test_an_order_goes_to_one_of_the_buyers_own_addresses(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 9))
    at = {"name": "梅", "phone": "13800138000", "district": "320508", "detail": "平江路9号"}
    added = (await service.query(ADD_ADDRESS, MEMBER, input=at)).data["addressAdd"]
    [address] = added["consumer"]["addresses"]
    where = {"delivery": None, "addressId": address["id"]}
    placed = await place(service, {M: 1}, **where)
    assert placed["userErrors"] == []
    again = await place(service, {M: 1}, **where)
    assert again["order"]["id"] == placed["order"]["id"]
    seen = (await service.query(RECIPIENT, MEMBER, id=placed["order"]["id"])).data["order"]
    assert seen["recipient"] == {"name": "梅", "district": "320508", "address": "平江路9号"}

    stranger = Viewer(id=PersonId("member_2"), role=Role.MEMBER)
    for viewer, wrong, code in (
        (stranger, where, "NOT_FOUND"),
        (MEMBER, {"delivery": DELIVERY, "addressId": address["id"]}, "INVALID"),
        (MEMBER, {"delivery": None}, "INVALID"),
    ):
        refused = await place(service, {M: 1}, key="k2", viewer=viewer, **wrong)
        assert [one["code"] for one in refused["userErrors"]] == [code]


AVAILABLE = """query($store: ID!) { product(id: "10001") { variants {
  sku available(storeId: $store) } } }"""


async def test_a_variant_tells_how_many_a_storefront_may_sell(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 3), a_count("S2", M, 4))

    async def told():
        answer = await service.query(AVAILABLE, None, store="S2")
        return {one["sku"]: one["available"] for one in answer.data["product"]["variants"]}

    # What is shown is at most a second old.
    await comes_to({M: 7, L: 0}, told)
    both = """{ product(id: "10001") { variants {
      here: available(storeId: "S1") nowhere: available(storeId: "none") } } }"""
    [first, *_] = (await service.query(both, None)).data["product"]["variants"]
    assert first == {"here": 7, "nowhere": None}
