"""A visitor who has bought something signs in."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.fulfilment.test_after_sale import on_return
from tests.api.mall.orders.test_orders import M, place
from tests.conftest import Service
from tests.support.fulfilling import (
    PROGRESS,
    a_manager,
    act,
    open_stores_with_stock,
    pay,
    progress,
)

pytestmark = pytest.mark.anyio

VISITOR = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)
SIGN_IN = """mutation { memberSignIn(code: "sandbox:may") { viewer { id }
  userErrors { message } } }"""


async def signed_in(service: Service, before: Viewer | None = None) -> Viewer:
    found = (await service.query(SIGN_IN, before)).data["memberSignIn"]
    return Viewer(id=PersonId(found["viewer"]["id"]), role=Role.MEMBER)


async def test_what_a_visitor_has_paid_is_the_members_after_they_sign_in(service: Service):
    await open_stores_with_stock(service)
    order = (await place(service, {M: 1}, viewer=VISITOR))["order"]["id"]
    await pay(service, order, VISITOR)
    member = await signed_in(service, VISITOR)
    assert (await progress(service, order, member))["state"] == "PREPARING"


async def test_the_member_may_return_what_the_visitor_bought_and_has_the_money_back(
    service: Service,
):
    """The goods are sent before they sign in; what follows is the member's alone."""
    await open_stores_with_stock(service)
    order = (await place(service, {M: 2}, viewer=VISITOR))["order"]["id"]
    await pay(service, order, VISITOR)
    manager, part = a_manager("S1"), f"{order}-1"
    await act(service, manager, "fulfilmentOrderAccept", part)
    await act(service, manager, "fulfilmentOrderShip", part, ', carrier: "顺丰", number: "SF1"')
    member = await signed_in(service, VISITOR)
    wanted = (
        f'orderId: "{order}", storeId: "S1", reason: "偏小", idempotencyKey: "k1", '
        f'units: [{{sku: "{M}", quantity: 1}}]'
    )
    theirs = await on_return(service, VISITOR, "returnRequest", wanted)
    assert theirs["userErrors"][0]["code"] == "NOT_FOUND"
    asked = await on_return(service, member, "returnRequest", wanted)
    [back] = asked["progress"]["returns"]
    for step in ("returnReceive", "returnAccept"):
        await on_return(service, manager, step, f'id: "{back["id"]}"')
    seen = await progress(service, order, member)
    assert seen["payment"]["state"] == "PART_REFUNDED"
    assert [one["state"] for one in seen["payment"]["refunds"]] == ["DONE"]
    gone = await service.query(PROGRESS, VISITOR, order=order)
    assert "S1" not in str(gone.body)


async def test_a_visitor_whose_key_the_member_has_used_can_sign_in(service: Service):
    await open_stores_with_stock(service)
    member = await signed_in(service)
    orders = {
        (await place(service, {M: 1}, viewer=viewer, key="same"))["order"]["id"]
        for viewer in (member, VISITOR)
    }
    assert await signed_in(service, VISITOR) == member
    seen = await service.query("{ orders { nodes { id } } }", member)
    assert {one["id"] for one in seen.data["orders"]["nodes"]} == orders
