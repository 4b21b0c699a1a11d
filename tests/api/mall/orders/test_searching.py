"""Orders as staff look for them, over HTTP."""

from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.fulfilling import a_manager, a_paid_order, an_order, open_stores_with_stock
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio

SEARCH = """query($search: OrderSearchInput!, $first: Int! = 20, $after: String) {
  orderSearch(search: $search, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor backCursor }
    nodes { id state buyerId total { fen } lines { name quantity } store { id } } } }"""
SIGN_IN = 'mutation { memberSignIn(code: "sandbox:may") { viewer { id } } }'
PHONE = """mutation { memberPhoneSet(phoneCode: "sandbox:13800138000") {
  phone userErrors { message } } }"""


async def found(service: Service, viewer: Viewer = HEAD_OFFICE, **search) -> list[str]:
    answer = await service.query(SEARCH, viewer, search=search)
    assert "errors" not in answer.body, answer.body
    return [one["id"] for one in answer.data["orderSearch"]["nodes"]]


async def refused(service: Service, viewer: Viewer = HEAD_OFFICE, **search) -> str:
    [error] = (await service.query(SEARCH, viewer, search=search)).body["errors"]
    return error["extensions"]["code"]


async def test_orders_are_found_by_store_state_day_and_number(service: Service, database: Database):
    await open_stores_with_stock(service)
    signed_in = (await service.query(SIGN_IN, None)).data["memberSignIn"]
    may = Viewer(id=PersonId(signed_in["viewer"]["id"]), role=Role.MEMBER)
    assert (await service.query(PHONE, may)).data["memberPhoneSet"]["userErrors"] == []
    hers = await an_order(service, {"10001-NVY-M": 1}, viewer=may, key="hers")
    paid = await a_paid_order(service, key="paid")
    earlier = await an_order(service, {"10001-NVY-L": 1}, key="earlier", storeId="S2")
    today = beijing_day(now())
    yesterday = (today - timedelta(days=1)).isoformat()
    await database["orders"].update_one(
        {"_id": earlier}, {"$set": {"placed_at": now() - timedelta(days=1)}}
    )

    assert set(await found(service, storeId="S1")) == {hers, paid}
    assert await found(service, storeId="S1", state="PAID") == [paid]
    assert await found(service, storeId="S2", lastDay=yesterday) == [earlier]
    assert await found(service, storeId="S2", firstDay=today.isoformat()) == []
    assert await found(service, phone="138 0013 8000") == [hers]
    assert await found(service, phone="13800138000", storeId="S2") == []
    assert await found(service, phone="13900139000") == []

    # One page after the other, and back.
    answer = await service.query(SEARCH, HEAD_OFFICE, search={"storeId": "S1"}, first=1)
    first = answer.data["orderSearch"]
    assert first["totalCount"] == 2
    assert first["pageInfo"]["backCursor"] is None
    after = first["pageInfo"]["endCursor"]
    answer = await service.query(
        SEARCH, HEAD_OFFICE, search={"storeId": "S1"}, first=1, after=after
    )
    second = answer.data["orderSearch"]
    assert not second["pageInfo"]["hasNextPage"]
    back = second["pageInfo"]["backCursor"]
    answer = await service.query(SEARCH, HEAD_OFFICE, search={"storeId": "S1"}, first=1, after=back)
    assert answer.data["orderSearch"]["nodes"] == first["nodes"]

    # A manager looks in their own store, by a number too; nobody else's buyers are told.
    manager = a_manager("S1")
    assert set(await found(service, manager, storeId="S1")) == {hers, paid}
    assert await found(service, manager, storeId="S1", phone="13800138000") == [hers]
    assert await refused(service, manager, storeId="S2") == "FORBIDDEN"
    assert await refused(service, manager, phone="13800138000") == "FORBIDDEN"


async def test_what_is_asked_wrongly_is_refused(service: Service):
    a_store = {"storeId": "S1"}
    for wrong in (
        {},
        {"storeId": ""},
        {**a_store, "firstDay": "2026-11-02", "lastDay": "2026-11-01"},
        {**a_store, "firstDay": "1.11.2026"},
        {**a_store, "state": "PENDING"},
        {"phone": "12"},
    ):
        assert await refused(service, **wrong) == "INVALID", wrong
