"""What orders say of themselves, in the writes that make it so."""

from datetime import timedelta

import pytest

from domain.kernel.request_keys import RequestKey
from domain.mall.orders import sweeping
from domain.mall.orders.order import PAY_WITHIN
from domain.mall.orders.settling import cancel_unpaid, settle
from domain.people.act import by_the_clock
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes
from tests.support.selling import BUYER, COAT, VEST, SmallMall, a_reference, new_id, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(1)))
    await mall.stock(S1={COAT: 5, VEST: 5})
    return mall


async def said(mall: SmallMall) -> dict[str, list]:
    """The facts that wait in each order, in the order of their numbers."""
    outboxes = await MongoOutboxes(mall.database, ["orders"]).waiting(100)
    return {one.key: list(one.facts) for one in outboxes}


def later(mall: SmallMall, after: timedelta = timedelta(0)):
    return by_the_clock(mall.now + after, new_id)


async def test_an_order_says_who_ordered_what_and_where_when_it_is_placed(mall: SmallMall):
    order = await mall.buy({COAT: 2, VEST: 1})
    [fact] = (await said(mall))[order.id]
    assert (fact.id, fact.kind, fact.subject) == (
        f"order:{order.id}:1",
        "order.placed",
        f"order:{order.id}",
    )
    assert (fact.data["buyerId"], fact.data["storeId"]) == (BUYER.id, "S1")
    assert (fact.data["regionId"], fact.data["totalFen"]) == (order.region_id, order.total)
    lines = [(one["sku"], one["quantity"], one["priceFen"]) for one in fact.data["lines"]]
    assert lines == [(one.sku, one.quantity, one.price) for one in order.lines]


async def test_each_end_of_an_order_is_said_once(mall: SmallMall):
    paid = await mall.buy({COAT: 1}, key="paid")
    called_off = await mall.buy({COAT: 1}, key="called off")
    expired = await mall.buy({COAT: 1}, key="expired")
    key = RequestKey(key="k", fingerprint="f")
    for _ in range(2):
        await settle(mall.ordering, later(mall), paid.id)
        await cancel_unpaid(mall.ordering, mall.act(), called_off.id, key, "不要了")
        await sweeping.sweep_orders(mall.sweeping, later(mall, PAY_WITHIN))
    kinds = {one: [fact.kind for fact in facts] for one, facts in (await said(mall)).items()}
    assert kinds == {
        paid.id: ["order.placed", "order.paid"],
        called_off.id: ["order.placed", "order.cancelled"],
        expired.id: ["order.placed", "order.expired"],
    }
    [_, fact] = (await said(mall))[called_off.id]
    assert fact.data["reason"] == "不要了"


async def test_a_late_payment_is_said_after_the_expiry(mall: SmallMall):
    order = await mall.buy({COAT: 1})
    await sweeping.sweep_orders(mall.sweeping, later(mall, PAY_WITHIN))
    await settle(mall.ordering, later(mall, PAY_WITHIN), order.id)
    facts = (await said(mall))[order.id]
    assert [fact.kind for fact in facts] == ["order.placed", "order.expired", "order.paid"]
    assert [fact.id for fact in facts] == [f"order:{order.id}:{n}" for n in (1, 2, 3)]
