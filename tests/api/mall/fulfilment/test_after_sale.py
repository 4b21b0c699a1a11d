"""Pickups, cancels, returns and exceptions over HTTP, on the real stock."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from tests.api.mall.fulfilment.test_fulfilment import stock_of
from tests.api.mall.orders.test_orders import MEMBER, L, M
from tests.conftest import Service
from tests.support.fulfilling import (
    START,
    a_manager,
    a_paid_order,
    act,
    an_order,
    open_stores_with_stock,
    progress,
    store_row,
)
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio

CANCEL = """mutation($order: ID!, $units: [SkuUnitsInput!], $key: String! = "k1") {
  orderCancel(orderId: $order, units: $units, reason: "买多了", idempotencyKey: $key) {
    progress { state payment { state refunded { fen } } } userErrors { code message } } }"""
EXCEPTIONS = "{ orderExceptions { totalCount nodes { exceptions { kind subject } } } }"
CODE = "query($id: ID!) { orderProgress(orderId: $id) { fulfilmentOrders { state pickupCode } } }"


async def on_return(service: Service, viewer: Viewer, mutation: str, arguments: str):
    text = f"""mutation {{ {mutation}({arguments}) {{
      progress {{ payment {{ refunded {{ fen }} }} returns {{ id state store {{ id }} }} }}
      userErrors {{ code message }} }} }}"""
    return (await service.query(text, viewer)).data[mutation]


async def test_a_pickup_is_fetched_with_the_code_that_only_the_buyer_sees(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service, delivery=None, pickupStoreId="S2")
    part, manager = f"{order}-1", a_manager("S2")
    await act(service, manager, "fulfilmentOrderAccept", part)
    await act(service, manager, "fulfilmentOrderReady", part)
    mine = (await service.query(CODE, MEMBER, id=order)).data["orderProgress"]
    theirs = (await service.query(CODE, manager, id=order)).data["orderProgress"]
    code = mine["fulfilmentOrders"][0]["pickupCode"]
    assert len(code) == 6
    assert theirs["fulfilmentOrders"] == [{"state": "READY", "pickupCode": None}]
    wrong = "000000" if code != "000000" else "000001"
    refused = await act(service, manager, "fulfilmentOrderHandOver", part, f', code: "{wrong}"')
    assert refused["userErrors"][0]["field"] == ["code"]
    done = await act(service, manager, "fulfilmentOrderHandOver", part, f', code: "{code}"')
    assert done["fulfilmentOrder"]["state"] == "HANDED_OVER"
    assert await stock_of(database, M) == {"S1": (5, 0), "S2": (3, 0)}


async def test_an_order_that_is_not_paid_is_cancelled_and_its_units_are_free(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await an_order(service)
    assert await stock_of(database, M) == {"S1": (5, 2), "S2": (5, 0)}
    answer = (await service.query(CANCEL, MEMBER, order=order)).data["orderCancel"]
    assert answer["userErrors"] == []
    assert answer["progress"]["state"] == "CANCELLED"
    assert await stock_of(database, M) == {"S1": (5, 0), "S2": (5, 0)}
    seen = await service.query("query($id: ID!) { order(id: $id) { state } }", MEMBER, id=order)
    assert seen.data["order"] == {"state": "CANCELLED"}


async def test_a_payment_of_a_cancelled_order_comes_back(service: Service, database: Database):
    await open_stores_with_stock(service)
    order = await an_order(service)
    await service.query(START, MEMBER, order=order)
    await database["orders"].update_one({"_id": order}, {"$set": {"state": "CANCELLED"}})
    paid = await service.http.post(f"/pay/sandbox/{order}")
    assert paid.json() == {"orderId": order, "state": "REFUNDED"}


async def test_some_units_of_a_paid_order_are_cancelled_and_paid_back(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    units = [{"sku": M, "quantity": 1}]
    answer = (await service.query(CANCEL, MEMBER, order=order, units=units)).data["orderCancel"]
    assert answer["progress"]["payment"] == {
        "state": "PART_REFUNDED",
        "refunded": {"fen": 239900},
    }
    assert await stock_of(database, M) == {"S1": (5, 1), "S2": (5, 0)}
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    again = (await service.query(CANCEL, MEMBER, order=order, units=units)).data["orderCancel"]
    assert again == answer
    late = await service.query(CANCEL, MEMBER, order=order, units=units, key="k2")
    assert late.refused("orderCancel")[0]["code"] == "WRONG_STATE"
    stranger = Viewer(id=PersonId("member_2"), role=Role.MEMBER)
    unknown = await service.query(CANCEL, stranger, order=order)
    assert unknown.refused("orderCancel")[0]["code"] == "NOT_FOUND"


async def test_goods_returned_to_another_store_are_on_sale_there_and_paid_back(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{order}-1")
    shipped = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager("S1"), "fulfilmentOrderShip", f"{order}-1", shipped)
    asked = await on_return(
        service,
        MEMBER,
        "returnRequest",
        f'orderId: "{order}", storeId: "S2", reason: "偏小", idempotencyKey: "k1", '
        f'units: [{{sku: "{M}", quantity: 2}}]',
    )
    [back] = asked["progress"]["returns"]
    assert back["state"] == "REQUESTED"
    returned = f'id: "{back["id"]}"'
    assert await returns_of(service, "S1") == []
    assert await returns_of(service, "S2") == [(order, back["id"], "REQUESTED")]
    refused = await on_return(service, a_manager("S1"), "returnReceive", returned)
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"
    await on_return(service, a_manager("S2"), "returnReceive", returned)
    damaged = f', damaged: [{{sku: "{M}", quantity: 1}}]'
    done = await on_return(service, a_manager("S2"), "returnAccept", returned + damaged)
    assert done["progress"]["payment"]["refunded"] == {"fen": 479800}
    assert await stock_of(database, M) == {"S1": (3, 0), "S2": (6, 0)}
    assert await returns_of(service, "S2") == []
    ended = [(order, back["id"], "ACCEPTED")]
    assert await returns_of(service, "S2", states=["ACCEPTED", "REFUSED"]) == ended
    foreign = await service.query(RETURNS, a_manager("S1"), store="S2")
    assert foreign.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


RETURNS = """query($store: ID!, $states: [ReturnState!]) {
  returnQueue(storeId: $store, states: $states) {
    totalCount nodes { orderId return { id state } } } }"""


async def returns_of(service: Service, store: str, **variables):
    """The returns that come to a store, as its manager is told."""
    answer = await service.query(RETURNS, a_manager(store), store=store, **variables)
    page = answer.data["returnQueue"]
    assert page["totalCount"] == len(page["nodes"])
    return [(n["orderId"], n["return"]["id"], n["return"]["state"]) for n in page["nodes"]]


async def test_what_no_store_takes_is_an_exception_until_head_office_assigns_it(service: Service):
    await open_stores_with_stock(service, store_row("S1", 1))
    order = await a_paid_order(service)
    await act(service, a_manager("S1"), "fulfilmentOrderReject", f"{order}-1", ", reason: CLOSED")
    waiting = (await service.query(EXCEPTIONS, HEAD_OFFICE)).data["orderExceptions"]
    assert waiting == {
        "totalCount": 1,
        "nodes": [{"exceptions": [{"kind": "NO_STORE_LEFT", "subject": f"{order}-2"}]}],
    }
    hidden = await service.query(EXCEPTIONS, a_manager("S1"))
    assert hidden.errors[0]["extensions"]["code"] == "FORBIDDEN"
    assigned = await act(
        service,
        HEAD_OFFICE,
        "fulfilmentOrderAssign",
        f"{order}-2",
        ', storeId: "S1", reason: "店长已同意"',
    )
    assert assigned["fulfilmentOrder"] == {"id": f"{order}-2", "state": "OFFERED"}
    assert (await service.query(EXCEPTIONS, HEAD_OFFICE)).data["orderExceptions"]["nodes"] == []


async def test_refunds_in_parts_never_exceed_what_was_paid(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service, lines={L: 1})
    text = """mutation($id: ID!, $fen: Int!, $key: String!) {
      orderRefund(orderId: $id, amountFen: $fen, reason: "补偿", idempotencyKey: $key) {
      progress { payment { refunded { fen } } } userErrors { code field } } }"""
    await service.query(text, HEAD_OFFICE, id=order, fen=200000, key="a")
    over = await service.query(text, HEAD_OFFICE, id=order, fen=39901, key="b")
    assert over.refused("orderRefund") == [{"code": "INVALID", "field": ["amountFen"]}]
    await service.query(text, HEAD_OFFICE, id=order, fen=39900, key="c")
    seen = await progress(service, order)
    assert seen["payment"]["state"] == "REFUNDED"
    assert [one["amount"]["fen"] for one in seen["payment"]["refunds"]] == [200000, 39900]


POLICY = "{ returnPolicy { inspector version } }"
SET_POLICY = """mutation($inspector: ReturnInspector!, $version: Int!) {
  returnPolicySet(inspector: $inspector, expectedVersion: $version) {
    policy { inspector version } userErrors { code message } } }"""


async def test_head_office_says_who_inspects_returns(service: Service):
    await open_stores_with_stock(service)
    default = {"inspector": "MANAGER", "version": 0}
    assert (await service.query(POLICY, a_manager("S1"))).data["returnPolicy"] == default
    new = {"inspector": "ANOTHER_PERSON", "version": 0}
    forbidden = await service.query(SET_POLICY, a_manager("S1"), **new)
    assert forbidden.refused("returnPolicySet")[0]["code"] == "FORBIDDEN"
    done = (await service.query(SET_POLICY, HEAD_OFFICE, **new)).data["returnPolicySet"]
    assert done == {"policy": {**new, "version": 1}, "userErrors": []}
    late = await service.query(SET_POLICY, HEAD_OFFICE, **new)
    assert late.refused("returnPolicySet")[0]["code"] == "CONFLICT"
    again = await service.query(SET_POLICY, HEAD_OFFICE, **{**default, "version": 1})
    assert again.data["returnPolicySet"]["policy"] == {**default, "version": 2}
    assert (await service.query(POLICY, HEAD_OFFICE)).data["returnPolicy"]["version"] == 2
