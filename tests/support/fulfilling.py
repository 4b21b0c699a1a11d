"""What tests of payment and fulfilment over HTTP share."""

from functools import partial
from typing import Any

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.orders.test_orders import MEMBER, L, M, a_count, import_stock, open_mall, place
from tests.conftest import Service
from tests.support.network import a_store_row
from tests.support.waiting import comes_to

KNOWN = 'query($store: ID!) { store(id: $store) { id } product(id: "10001") { id } }'
START = """mutation($order: ID!) { paymentStart(orderId: $order) {
  payment { state amount { fen } } sandboxUrl wechatPay { package }
  userErrors { code message } } }"""
PROGRESS = """query($order: ID!) { orderProgress(orderId: $order) {
  state payment { state refunded { fen } refunds { id amount { fen } state } }
  commission { fen } credit { guideId guideName store { id } shareCode }
  fulfilmentOrders { id state store { id } lines { sku quantity } carrier trackingNumber
    rejectReason replaces candidates { store { id } distanceM verdict } }
  history { kind before after actor reason } } }"""


def a_manager(store_id: str = "S1") -> Viewer:
    return Viewer(id=PersonId(f"manager_{store_id}"), role=Role.STORE_MANAGER, store_id=store_id)


def store_row(store_id: str, km: float) -> dict[str, str]:
    """A store so many kilometres north of the buyer."""
    return a_store_row(
        store_id, longitude="120.62", latitude=str(31.33 + km / 111.195), services="PICKUP"
    )


async def open_stores_with_stock(service: Service, *rows: dict[str, str]) -> None:
    """Two kinds of coat on sale, five of each in every store."""
    await open_mall(service, *(rows or (store_row("S1", 1), store_row("S2", 2))))
    stores = [row["store_id"] for row in rows] or ["S1", "S2"]
    await import_stock(service, *(a_count(store, sku, 5) for store in stores for sku in (M, L)))


async def has_heard_of(service: Service, *store_ids: str) -> None:
    """Wait until a process knows stores and goods that were opened in another one."""

    async def knows(store_id: str) -> bool:
        found = (await service.query(KNOWN, MEMBER, store=store_id)).data
        return found["store"] is not None and found["product"] is not None

    for store_id in store_ids:
        await comes_to(True, partial(knows, store_id))


async def an_order(service: Service, lines: dict[str, int] | None = None, **changes: Any) -> str:
    placed = await place(service, lines or {M: 2, L: 1}, **changes)
    assert placed["userErrors"] == []
    return placed["order"]["id"]


async def pay(service: Service, order: str, viewer: Viewer = MEMBER) -> None:
    """Start the payment and make it in the sandbox."""
    started = (await service.query(START, viewer, order=order)).data["paymentStart"]
    assert started["userErrors"] == []
    path = started["sandboxUrl"].removeprefix(service.settings.public_url)
    paid = await service.http.post(path)
    assert paid.json() == {"orderId": order, "state": "PAID"}


async def a_paid_order(service: Service, **changes: Any) -> str:
    order = await an_order(service, **changes)
    await pay(service, order)
    return order


async def progress(service: Service, order: str, viewer: Viewer = MEMBER) -> dict[str, Any]:
    return (await service.query(PROGRESS, viewer, order=order)).data["orderProgress"]


async def act(
    service: Service, viewer: Viewer, mutation: str, id: str, arguments: str = "", **variables: Any
) -> dict[str, Any]:
    """Do something to a fulfilment order; `arguments` follow the id, as GraphQL."""
    text = f"""mutation($id: ID!) {{ {mutation}(id: $id{arguments}) {{
      fulfilmentOrder {{ id state }} nextFulfilmentOrders {{ id state store {{ id }} }}
      userErrors {{ code field message }} }} }}"""
    return (await service.query(text, viewer, id=id, **variables)).data[mutation]
