"""Every query and mutation that docs/catalogue.md shows."""

from datetime import timedelta

import pytest

from qianmian import composition
from tests.api.catalogue.test_catalogue import DOWN, DOWN_L, HEAD_OFFICE, SHELL, csv_of
from tests.conftest import Service
from tests.support.documents import documents_of

pytestmark = pytest.mark.anyio

DOCUMENTS = documents_of("catalogue.md")


async def test_all_that_the_page_shows_works_in_its_order(service: Service):
    shown = dict(DOCUMENTS)

    async def run(name: str, **variables):
        answer = await service.query(shown.pop(name), HEAD_OFFICE, **variables)
        (payload,) = answer.data.values()
        return payload

    file = ("products.csv", csv_of(DOWN, DOWN_L, SHELL), "text/csv")
    taken = await service.upload(shown.pop("TakeIn"), file, HEAD_OFFICE, mode="ALL_OR_NOTHING")
    assert taken.data["productsImport"]["report"]["created"] == 3
    assert "极寒长款羽绒服" in await run("HandOut")
    assert (await run("Product", id="10001"))["priceFrom"]["text"] == "¥2,399"
    plan = {
        "name": "双十一",
        "effectiveAt": (composition.now() + timedelta(hours=1)).isoformat(),
        "lines": [{"sku": "10001-NVY-M", "priceFen": 199900}],
    }
    scheduled = (await run("Schedule", input=plan))["priceChange"]
    assert scheduled["lines"]["nodes"] == [{"sku": "10001-NVY-M", "price": {"text": "¥1,999"}}]
    cancelled = await run("CallOff", id=scheduled["id"])
    assert cancelled["priceChange"]["state"] == "CANCELLED"
    assert (await run("Changes"))["totalCount"] == 1
    wanted = {"words": "yrf 極寒", "attributes": [{"name": "season", "values": ["冬"]}]}
    found = await run("Find", filter=wanted, order="PRICE_UP")
    assert [node["id"] for node in found["nodes"]] == ["10001"]
    assert {"path": ["服装", "冲锋衣"], "count": 1} in await run("Tree")
    assert not shown
