"""Boards over HTTP, as the page tells of them."""

import pytest

from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import save_version
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE, MANAGER
from tests.support.documents import documents_of
from tests.support.insight import a_refund, an_order
from tests.support.sharing import GUIDE, a_shop
from tests.support.sockets import connected
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SHOWN = documents_of("insight.md")


async def said(database: Database, order: str, fact: Fact) -> None:
    """Have the service say a fact, as the document of an order would."""
    fields = {"_id": order, "version": 1, "buyer_id": order, "idempotency_key": order}
    await save_version(database["orders"], fields, expected=0, facts=[fact])


async def test_a_board_follows_what_happens_and_opens_to_its_rows(
    service: Service, database: Database
):
    await a_shop(service, database)
    at = now()
    day = beijing_day(at).isoformat()

    async def total(name: str = "BrandBoard", viewer=HEAD_OFFICE) -> dict:
        [shown] = (await service.query(SHOWN[name], viewer, day=day)).data.values()
        return {one["metric"]: one["value"] for one in shown["total"]["figures"]}

    assert await total() == {}
    async with connected(service, MANAGER) as socket:
        await socket.subscribe(SHOWN["LiveBoard"], day=day)
        first = await socket.next()
        assert first["data"]["boardChanged"]["total"]["figures"] == []
        # More than an Int can tell, as a brand sells in a month.
        await said(database, "o1", an_order("o1", at, 3_000_000_000))
        live: dict = {}
        while live.get("SALES_FEN") != "3000000000":
            shown = (await socket.next())["data"]["boardChanged"]
            live = {one["metric"]: one["value"] for one in shown["total"]["figures"]}
        assert live == {"ORDERS": "1", "UNITS": "2", "SALES_FEN": "3000000000"}
    assert await total() == live
    await said(database, "o2", a_refund("o1", 1, at, 1_000_000_000))
    back = {"REFUNDS": "1", "REFUND_FEN": "1000000000", "ORDER_REFUND_FEN": "1000000000"}
    await comes_to(live | back, total)
    board = (await service.query(SHOWN["BrandBoard"], HEAD_OFFICE, day=day)).data["board"]
    assert board["total"]["netFen"] == board["total"]["netOfOrdersFen"] == "2000000000"
    assert [(one["id"], one["name"]) for one in board["parts"]] == [("320500", "苏州市")]
    assert board["days"][-1] == {"day": day, "total": {"netFen": "2000000000"}}
    assert board["hours"][0]["total"] == {"netFen": "2000000000"}
    assert board["freshness"]["pending"] == 0
    rows = (await service.query(SHOWN["RowsBehind"], MANAGER, day=day)).data["boardRows"]
    assert [(one["kind"], one["about"], one["amount"]) for one in rows["nodes"]] == [
        ("SALE", "o1", "3000000000")
    ]
    file = (await service.query(SHOWN["BoardFile"], HEAD_OFFICE, day=day)).data["boardCsv"]
    assert len(file.splitlines()) == 3
    sellers = """query($day: String!) {
      board(scope: STORE, id: "S1", period: $day) { parts { id name } } }"""
    shown = (await service.query(sellers, MANAGER, day=day)).data["board"]["parts"]
    assert shown == [{"id": "S1/G1", "name": "林小雨"}]
    refused = await service.query(SHOWN["BrandBoard"], GUIDE, day=day)
    assert refused.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with connected(service, GUIDE) as socket:
        await socket.subscribe(SHOWN["LiveBoard"], day=day)
        assert (await socket.next())["errors"][0]["extensions"]["code"] == "FORBIDDEN"
