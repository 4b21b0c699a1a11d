"""What may be held without being paid, on a real database and over two services."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid, OutOfStock, TooMany
from domain.kernel.request_keys import request_key
from domain.mall.orders import placing
from domain.mall.orders.requests import OrderRequest, RequestedLine
from domain.mall.orders.settling import cancel_unpaid, settle
from domain.mall.orders.unpaid import MEMBERS, VISITORS
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import M, a_count, import_stock, open_mall, place
from tests.conftest import Service
from tests.support.selling import (
    AT_S1,
    BUYER,
    COAT,
    RECIPIENT,
    VEST,
    SmallMall,
    a_reference,
    stores_in_a_row,
)
from tests.support.services import service_processes
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

CARRIER = "203.0.113.7"
PLENTY = 10_000


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    # The database forgets in time what was entered, by its own clock.
    mall = SmallMall(database, a_reference(stores_in_a_row(3)), now=now())
    await mall.stock(S1={COAT: PLENTY, VEST: PLENTY})
    return mall


def a_visitor(number: int = 1) -> Viewer:
    return Viewer(id=PersonId(f"visitor_{number}"), role=Role.VISITOR)


def a_member(number: int) -> Viewer:
    return Viewer(id=PersonId(f"member_{number}"), role=Role.MEMBER)


async def buy(mall: SmallMall, viewer: Viewer, *, key: str, coats: int = 1, vests: int = 0):
    """Order from the address of a carrier."""
    act = replace(mall.act(viewer), address=CARRIER)
    wanted = {COAT: coats, VEST: vests}
    request = OrderRequest(
        store_id="S1",
        lines=tuple(RequestedLine(sku=sku, quantity=n) for sku, n in wanted.items() if n),
        recipient=RECIPIENT,
        destination=AT_S1,
    )
    return await placing.place(mall.ordering, act, request, idempotency_key=key)


async def held(mall: SmallMall) -> int:
    pool = await mall.pool(COAT)
    return PLENTY - pool.available


async def outcome(placing) -> str:
    try:
        await placing
    except (TooMany, Invalid) as refusal:
        return refusal.code.value
    return "PLACED"


@pytest.mark.parametrize(("viewer", "most"), [(BUYER, MEMBERS), (a_visitor(), VISITORS)])
async def test_twenty_orders_at_once_are_as_many_as_may_be(mall: SmallMall, viewer, most):
    codes = await asyncio.gather(
        *(outcome(buy(mall, viewer, key=f"k{number}")) for number in range(20))
    )
    assert codes.count("PLACED") == most.own.orders
    assert await held(mall) == most.own.orders
    assert await mall.database["orders"].count_documents({}) == most.own.orders


async def test_a_buyer_holds_so_many_units_in_all(mall: SmallMall):
    codes = [
        await outcome(buy(mall, a_visitor(), key=f"k{number}", coats=n, vests=vests))
        for number, (n, vests) in enumerate([(11, 0), (10, 10), (10, 5), (6, 0), (5, 0)])
    ]
    assert codes == ["INVALID", "PLACED", "TOO_MANY", "TOO_MANY", "TOO_MANY"]
    with pytest.raises(Invalid) as refused:
        await buy(mall, a_visitor(2), key="k", coats=11)
    assert refused.value.field == ("input", "lines", "0", "quantity")
    assert "sign in" in refused.value.message


async def test_whoever_pays_or_cancels_or_lets_one_lapse_may_order_again(mall: SmallMall):
    orders = [await buy(mall, a_visitor(), key=f"k{number}") for number in range(2)]
    with pytest.raises(TooMany) as refused:
        await buy(mall, a_visitor(), key="k2")
    assert "pay or cancel" in refused.value.message
    await settle(mall.ordering, mall.act(), orders[0].id)
    third = await buy(mall, a_visitor(), key="k3")
    assert await outcome(buy(mall, a_visitor(), key="k4")) == "TOO_MANY"
    await cancel_unpaid(mall.ordering, mall.act(), third.id, request_key("c", third.id), "")
    assert await outcome(buy(mall, a_visitor(), key="k5")) == "PLACED"


async def test_a_repeated_key_and_an_order_that_was_short_take_no_room(mall: SmallMall):
    for _ in range(3):
        first = await buy(mall, a_visitor(), key="k0")
    await mall.stock(S1={VEST: 0})
    for number in range(5):
        with pytest.raises(OutOfStock):
            await buy(mall, a_visitor(), key=f"s{number}", vests=1)
    assert (await buy(mall, a_visitor(), key="k1")).id != first.id
    assert (await buy(mall, a_visitor(), key="k0")).id == first.id


async def test_visitors_of_one_address_share_an_allowance_and_members_have_another(
    mall: SmallMall,
):
    codes = await asyncio.gather(
        *(outcome(buy(mall, a_visitor(number), key="k")) for number in range(20))
    )
    assert codes.count("PLACED") == VISITORS.address.orders
    assert await held(mall) == VISITORS.address.orders
    assert await outcome(buy(mall, a_member(1), key="k")) == "PLACED"
    assert await outcome(mall.buy({COAT: 1}, viewer=a_visitor(30))) == "PLACED"


async def test_what_a_crash_left_in_the_book_is_struck_out(mall: SmallMall):
    lost = [await buy(mall, a_visitor(), key=f"k{number}") for number in range(2)]
    await mall.database["orders"].delete_many({"_id": {"$in": [one.id for one in lost]}})
    assert await outcome(buy(mall, a_visitor(), key="k3")) == "PLACED"


async def test_the_book_is_forgotten_some_time_after_the_last_order(mall: SmallMall):
    order = await buy(mall, a_visitor(), key="k")
    for one in await mall.database["unpaid"].find({}).to_list(None):
        assert one["forget_at"] > order.expires_at


async def test_the_bounds_hold_in_a_race_of_two_services(
    mongodb_uri: str, database: Database, tmp_path: Path
):
    async with service_processes(2, mongodb_uri, database.name, tmp_path) as services:
        await open_mall(services[0])
        await import_stock(services[0], a_count("S1", M, 1_000))
        await comes_to("PLACED", partial(placed_by, services[1], a_member(1), "k0"))
        visitor = [placed_by(services[n % 2], a_visitor(), f"k{n}") for n in range(20)]
        codes = await asyncio.gather(*visitor)
        assert codes.count("PLACED") == VISITORS.own.orders, codes
        others = [placed_by(services[n % 2], a_visitor(n), "k") for n in range(2, 22)]
        codes = await asyncio.gather(*others)
        assert codes.count("PLACED") == VISITORS.address.orders - VISITORS.own.orders, codes
        assert await placed_by(services[0], a_member(2), "k") == "PLACED"
    pool = await database["pools"].find_one({"_id": f"320500/{M}"})
    assert pool["available"] == 1_000 - VISITORS.address.orders - 2


async def placed_by(service: Service, viewer: Viewer, key: str) -> str:
    answer = await place(service, {M: 1}, key=key, viewer=viewer)
    return answer["userErrors"][0]["code"] if answer["userErrors"] else "PLACED"
