"""What two members have is one person's while they are merged, and each one's own again after."""

from dataclasses import replace

import pytest

from domain.people.viewer import Viewer
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import L, M
from tests.api.members.test_staff import MERGE, UNMERGE, somebody
from tests.api.promotions.test_coupons import a_coupon, claim, states
from tests.api.service.test_customers import GUIDE, OTHER_GUIDE, comes_by
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import an_order, open_stores_with_stock, pay
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

POINTS, LEVELS = documents_of("points.md"), documents_of("levels.md")
MEMBERS = documents_of("members.md")
FED = """mutation($id: ID!, $n: String!) { pointsGrant(
  memberId: $id, points: 100, reason: "礼", idempotencyKey: $n) { userErrors { code } } }"""
SEEN = """query($id: ID!) { memberPoints(memberId: $id) { active pending }
  memberTraits(memberId: $id) { level { code } tags { code } } }"""
ORDERS = "{ orders { totalCount nodes { id } } orderCounts { state count } }"
CANCEL = """mutation($id: ID!) { orderCancel(orderId: $id, reason: "不要了", idempotencyKey: "c") {
  userErrors { code } } }"""


async def seen(service: Service, member: Viewer):
    """Points to spend and pending, the level and the tags of a member."""
    found = (await service.query(SEEN, HEAD_OFFICE, id=member.id)).data
    points, traits = found["memberPoints"], found["memberTraits"]
    tags = sorted(one["code"] for one in traits["tags"])
    return points["active"], points["pending"], traits["level"]["code"], tags


async def test_points_levels_tags_coupons_and_orders_follow_a_merge_and_come_back(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    may, lan = await somebody(service, "may"), await somebody(service, "lan")
    await service.query(LEVELS["SetLevels"], HEAD_OFFICE, version=0)
    await service.query(POINTS["SetRules"], HEAD_OFFICE, version=0)
    await service.query(LEVELS["Define"], HEAD_OFFICE)
    await service.query(LEVELS["PutOn"], HEAD_OFFICE, member=lan.id)
    for one in (may, lan):
        granted = await service.query(FED, HEAD_OFFICE, id=one.id, n=one.id)
        assert granted.data["pointsGrant"]["userErrors"] == []
    offer = await a_coupon(service, each=1)
    await claim(service, offer, lan)
    order = await an_order(service, {M: 1}, viewer=lan)
    await pay(service, order, lan)
    open_order = await an_order(service, {M: 1}, viewer=lan, key="k2")
    paid = (await service.query(ORDERS, lan)).data

    async def pending() -> bool:
        return (await seen(service, lan))[1] > 0

    await comes_to(True, pending)
    earned = (await seen(service, lan))[1]
    await comes_to((100, 0, "base", []), lambda: seen(service, may))
    await comes_by(database, lan, GUIDE)
    merged = await service.query(MERGE, HEAD_OFFICE, loser=lan.id, survivor=may.id)
    merge = merged.data["memberMerge"]["merge"]["id"]
    await comes_to((200, earned, "base", ["outdoor"]), lambda: seen(service, may))
    # Who signs in from here on is both; whichever id is asked for, it is the one person.
    both = replace(may, also=(lan.id,))
    assert await seen(service, lan) == await seen(service, may)
    assert await states(service, both) == ["USABLE"]
    assert (await service.query(ORDERS, both)).data == paid
    called_off = await service.query(CANCEL, both, id=open_order)
    assert called_off.data["orderCancel"]["userErrors"] == []
    look = await service.query(MEMBERS["Look"], GUIDE, member=may.id)
    assert look.data["customerView"]["points"] == {"active": 200, "pending": earned}
    nobody = await service.query(MEMBERS["Look"], OTHER_GUIDE, member=may.id)
    assert nobody.body["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    undone = await service.query(UNMERGE, HEAD_OFFICE, id=merge)
    assert undone.data["memberUnmerge"]["merge"]["state"] == "UNDONE"
    await comes_to((100, 0, "base", []), lambda: seen(service, may))
    await comes_to((100, earned, "base", ["outdoor"]), lambda: seen(service, lan))
    assert await states(service, may) == []
    assert await states(service, lan) == ["USABLE"]


OF_THEM = """{ consumer { favourites { product { id } } addresses { id name } }
  cart { lines { quantity variant { sku } } } }"""
FAVOURITE = """mutation($id: ID!, $add: Boolean!) {
  favouriteAdd(productId: $id) @include(if: $add) { userErrors { code } }
  favouriteRemove(productId: $id) @skip(if: $add) { userErrors { code } } }"""
ADD = """mutation($input: AddressInput!) { addressAdd(input: $input) {
  consumer { addresses { id } } userErrors { code field message } } }"""
CHANGE = """mutation($id: ID!, $input: AddressInput!) { addressChange(id: $id, input: $input) {
  userErrors { code } } }"""
REMOVE = "mutation($id: ID!) { addressRemove(id: $id) { userErrors { code } } }"
SET = """mutation($input: CartLineInput!) { cartLineSet(input: $input) {
  cart { lines { quantity } } userErrors { code } } }"""
ADDRESS = {"name": "梅", "phone": "13800138000", "district": "320508", "detail": "人民路1号"}


async def test_favourites_addresses_and_carts_follow_a_merge_and_come_back(service: Service):
    await open_stores_with_stock(service)
    may, lan = await somebody(service, "may"), await somebody(service, "lan")

    async def done(text: str, viewer: Viewer, **variables):
        for payload in (await service.query(text, viewer, **variables)).data.values():
            assert payload["userErrors"] == []
        return payload

    async def address(viewer: Viewer, name: str) -> str:
        added = await done(ADD, viewer, input={**ADDRESS, "name": name})
        return added["consumer"]["addresses"][-1]["id"]

    async def put(viewer: Viewer, sku: str, quantity: int) -> None:
        await done(SET, viewer, input={"storeId": "S1", "sku": sku, "quantity": quantity})

    async def of(viewer: Viewer):
        found = (await service.query(OF_THEM, viewer)).data
        lines = (found["cart"] or {"lines": ()})["lines"]
        return (
            [one["product"]["id"] for one in found["consumer"]["favourites"]],
            [one["name"] for one in found["consumer"]["addresses"]],
            {one["variant"]["sku"]: one["quantity"] for one in lines},
        )

    await done(FAVOURITE, lan, id="10001", add=True)
    home = await address(lan, "兰")
    work = await address(lan, "兰的单位")
    await address(may, "梅")
    await put(lan, M, 2)
    await put(lan, L, 1)
    await put(may, L, 3)
    own = (["10001"], ["兰", "兰的单位"], {M: 2, L: 1})
    assert (await of(lan), await of(may)) == (own, ([], ["梅"], {L: 3}))
    # While they are one, both's are there; whoever asks by the one id has that one's alone.
    both = replace(may, also=(lan.id,))
    assert await of(both) == (["10001"], ["梅", "兰", "兰的单位"], {L: 3, M: 2})
    # What they change is theirs, what they take out is gone wherever it was.
    await done(FAVOURITE, both, id="10001", add=True)
    await done(CHANGE, both, id=home, input={**ADDRESS, "name": "梅兰", "isDefault": True})
    await done(REMOVE, both, id=work)
    await put(both, M, 5)
    await put(both, L, 0)
    assert await of(both) == (["10001"], ["梅兰", "梅"], {M: 5})
    assert await of(lan) == (["10001"], ["兰"], {M: 2})
    assert await of(may) == ([], ["梅兰", "梅"], {M: 5})
    await done(FAVOURITE, both, id="10001", add=False)
    await done("mutation { cartClear { userErrors { code } } }", both)
    assert (await of(both), await of(lan)) == (([], ["梅兰", "梅"], {}), ([], ["兰"], {}))
