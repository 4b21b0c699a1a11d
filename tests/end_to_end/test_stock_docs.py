"""The page on stock and orders: each of its examples, sent as it is."""

import re

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, M, a_count, import_stock, open_mall
from tests.conftest import Service
from tests.support.paths import DOCS

pytestmark = pytest.mark.anyio

PAGE = DOCS / "stock-and-orders.md"
EXAMPLES = {
    re.search(r"(?:query|mutation) (\w+)", text).group(1): text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE.read_text(), re.DOTALL)
}
LINES = [{"sku": M, "quantity": 1}]
TILL = Viewer(id=PersonId("till"), role=Role.FEED)
HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
OTHER = Viewer(id=PersonId("staff_2"), role=Role.STORE_MANAGER, store_id="S2")
MANAGER = Viewer(id=PersonId("staff_1"), role=Role.STORE_MANAGER, store_id="S1")
SENT = {
    "OrderPlace": (
        MEMBER,
        {"input": {"storeId": "S1", "lines": LINES, "delivery": DELIVERY}, "key": "k"},
    ),
    "CartLineSet": (MEMBER, {"input": {"storeId": "S1", "sku": M, "quantity": 1}}),
    "Cart": (MEMBER, {}),
    "OrderQuote": (MEMBER, {"input": {"storeId": "S1", "lines": LINES}}),
    "StockAdjust": (TILL, {"id": "r1", "input": {"storeId": "S1", "sku": M, "units": -1}}),
    "StockTransferSend": (
        MANAGER,
        {
            "id": "T1",
            "input": {
                "fromStoreId": "S1",
                "toStoreId": "S2",
                "lines": [{"sku": M, "quantity": 2}],
            },
        },
    ),
    "StockTransferReceive": (OTHER, {"id": "T1", "lines": LINES, "key": "k"}),
    "StockTransferDecide": (HEAD_OFFICE, {"id": "T1", "key": "d"}),
    "StockExplain": (MANAGER, {"store": "S1", "sku": M}),
}


def test_every_example_is_sent():
    assert set(EXAMPLES) == set(SENT)


async def test_every_example_of_the_page_works(service: Service):
    await open_mall(service)
    await import_stock(service, a_count("S1", M, 5))
    for name, (viewer, variables) in SENT.items():
        (answer,) = (await service.query(EXAMPLES[name], viewer, **variables)).data.values()
        assert answer is not None or name == "Cart"
        assert not (answer or {}).get("userErrors"), (name, answer)
