"""A key of an order, used by several requests at once and by a visitor who signs in."""

import asyncio
import json
import sys
from dataclasses import replace

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, OutOfStock, Unavailable
from domain.mall.orders.order import OrderState
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.orders.orders import MongoOrders
from tests.support.overtaking import Overtaken
from tests.support.paths import ROOT
from tests.support.racing_keys import KEYS
from tests.support.selling import BUYER, COAT, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio
VISITOR = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)


def a_mall(database: Database) -> SmallMall:
    return SmallMall(database, a_reference(stores_in_a_row(3)))


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = a_mall(database)
    await mall.stock(S1={COAT: 5})
    return mall


async def begun_elsewhere(mall: SmallMall, key: str = "a"):
    """The order that another request has begun to place, and is still at."""
    order = await mall.buy({COAT: 1}, key=key)
    pending = {"state": OrderState.PENDING}
    await mall.database["orders"].update_one({"_id": order.id}, {"$set": pending})
    return order


async def test_whoever_waits_for_a_request_that_gives_up_places_the_order(mall: SmallMall):
    other = await begun_elsewhere(mall)

    async def gives_up(_):
        await mall.orders.give_up(other.id)

    mall.ordering = replace(mall.ordering, pause=gives_up)
    order = await mall.buy({COAT: 1}, key="a")
    assert (order.state, order.id != other.id) == (OrderState.PLACED, True)


async def test_whoever_waits_for_a_request_that_found_too_little_is_told_so(mall: SmallMall):
    other = await begun_elsewhere(mall)

    async def sold_out(_):
        await mall.buy({COAT: 4}, key="b")
        await mall.orders.give_up(other.id)

    mall.ordering = replace(mall.ordering, pause=sold_out)
    with pytest.raises(OutOfStock):
        await mall.buy({COAT: 1}, key="a")


async def test_a_request_that_gives_up_between_two_looks_is_no_fault(mall: SmallMall, monkeypatch):
    other = await begun_elsewhere(mall)
    look = MongoOrders.by_key

    async def too_late(self, buyer_id, key):
        await self.give_up(other.id)
        return await look(self, buyer_id, key)

    monkeypatch.setattr(MongoOrders, "by_key", too_late)
    assert (await mall.buy({COAT: 1}, key="a")).state is OrderState.PLACED


async def test_a_request_that_does_not_end_is_waited_for_a_while_only(mall: SmallMall):
    await begun_elsewhere(mall)

    async def at_once(_):
        """Nothing happens meanwhile."""

    mall.ordering = replace(mall.ordering, pause=at_once)
    with pytest.raises(Unavailable, match="same key"):
        await mall.buy({COAT: 1}, key="a")


async def test_a_visitor_who_signs_in_amid_placing_may_ask_again_with_the_key(mall: SmallMall):
    async def sign_in():
        await mall.orders.hand_over(VISITOR.id, BUYER.id)

    mall.ordering = replace(mall.ordering, pools=Overtaken(mall.pools, sign_in, method="take"))
    with pytest.raises(Unavailable):
        await mall.buy({COAT: 1}, key="a", viewer=VISITOR)
    order = await mall.buy({COAT: 1}, key="a")
    assert (order.state, order.buyer_id) == (OrderState.PLACED, BUYER.id)
    assert (await mall.pool(COAT)).available == 4
    assert await mall.wrong() == []


async def test_a_visitors_order_has_its_key_as_the_members_after_signing_in(mall: SmallMall):
    order = await mall.buy({COAT: 1}, key="a", viewer=VISITOR)
    await mall.orders.hand_over(VISITOR.id, BUYER.id)
    assert (await mall.buy({COAT: 1}, key="a")).id == order.id
    with pytest.raises(Conflict):
        await mall.buy({COAT: 2}, key="a")


async def test_a_key_that_both_have_used_stays_with_the_members_own_order(mall: SmallMall):
    mine = await mall.buy({COAT: 2}, key="a")
    theirs = await mall.buy({COAT: 1}, key="a", viewer=VISITOR)
    for _ in range(2):
        await mall.orders.hand_over(VISITOR.id, BUYER.id)
    assert (await mall.buy({COAT: 2}, key="a")).id == mine.id
    with pytest.raises(Conflict, match="new key"):
        await mall.buy({COAT: 1}, key="a")
    assert (await mall.orders.by_id(theirs.id)).buyer_id == BUYER.id


@pytest.mark.parametrize("own", [None, 2])
async def test_a_visitors_key_that_is_sent_again_after_signing_in_makes_no_second_order(
    mall: SmallMall, own
):
    if own:
        await mall.buy({COAT: own}, key="a")
    await mall.buy({COAT: 1}, key="a", viewer=VISITOR)
    await mall.orders.hand_over(VISITOR.id, BUYER.id)
    left = (await mall.pool(COAT)).available
    with pytest.raises(Conflict, match="as the member"):
        await mall.buy({COAT: 1}, key="a", viewer=VISITOR)
    assert (await mall.pool(COAT)).available == left
    assert await mall.database["orders"].count_documents({"buyer_id": VISITOR.id}) == 0
    assert (await mall.buy({COAT: 1}, key="b", viewer=VISITOR)).state is OrderState.PLACED


async def race(uri: str, database: Database) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.racing_keys", uri, database.name),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(output)


async def test_processes_that_use_the_same_keys_for_the_last_units_get_the_same_orders(
    mongodb_uri: str, database: Database
):
    mall = a_mall(database)
    await mall.stock(S1={COAT: 6}, S2={COAT: 6}, S3={COAT: 4})
    answers = await asyncio.gather(*(race(mongodb_uri, database) for _ in range(2)))
    orders = {key: {told[key] for told in answers if key in told} for key in KEYS}
    assert all(len(ids) <= 1 for ids in orders.values())
    placed = [one for ids in orders.values() for one in ids]
    assert len(placed) == 8
    kept = await database["orders"].find({}).to_list(None)
    assert sorted(one["_id"] for one in kept) == sorted(placed)
    assert (await mall.pool(COAT)).available == 0
    assert await mall.wrong() == []
