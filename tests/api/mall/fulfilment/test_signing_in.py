"""A visitor who has bought something signs in."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.orders.test_orders import M, place
from tests.conftest import Service
from tests.support.fulfilling import open_stores_with_stock, pay, progress

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
