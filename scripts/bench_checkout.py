"""How fast visitors buy over HTTP, from their visit to the payment, in a city of many stores.

The service and an embedded database run beside it in processes of their own. A checkout is four
requests: a visit, an order of two lines, its payment started, and paid at the sandbox. Its floor
is what such an order can't do without, sent to the same database by this process. Members, who are
signed in, do the last three: at full price, and with an offer, a coupon and points.
"""

import asyncio
import contextlib
import secrets
import tempfile
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from domain.catalogue.catalogue import Sku
from qianmian.clock import now
from scripts.bench_orders import Floor, two_of
from scripts.bench_savings import POINTS, coupon_of, give_savings, token_of
from scripts.bench_storefront import import_rows
from scripts.benched_service import Service, serving
from scripts.benching import Figure, Part, arguments, database, measured, report, spend
from storage.mongo.kernel.database import connect

CLIENTS = 8
SKUS = [Sku(f"{number:05}-M") for number in range(40)]
# What the offer and the coupons are for.
CHEAPER = SKUS[20:]
# More than any run has checkouts of members who save.
MEMBERS = 1_500
VISIT = "mutation { visitStart { accessToken userErrors { message } } }"
PLACE = """mutation($input: OrderInput!, $key: String!) {
  orderPlace(input: $input, idempotencyKey: $key) { order { id } userErrors { message } } }"""
PAY = """mutation($id: ID!) { paymentStart(orderId: $id) { sandboxUrl userErrors { message } } }"""
DELIVERY = {
    "name": "梅",
    "phone": "13900000000",
    "district": "320508",
    "address": "人民路1号",
    "position": {"longitude": 120.62, "latitude": 31.33, "datum": "GCJ02"},
}


def take_in(service: Service, stores: int) -> None:
    """One city with so many stores, each of which has every SKU."""
    shops = [
        {
            "store_id": f"S{number}",
            "name": f"店 {number}",
            "owner_code": "brand",
            "district": "320508",
            "address": "人民路1号",
            "longitude": f"{120.62 + number / 1000:.4f}",
            "latitude": "31.33",
            "datum": "GCJ02",
            "kind": "SHOP",
            "state": "OPEN",
            "capacity_a_day": "100000",
        }
        for number in range(stores)
    ]
    products = [
        {
            "product_code": sku.removesuffix("-M"),
            "name": f"长款羽绒服 {sku}",
            "category": "服装/羽绒服",
            "option1_name": "尺码",
            "option1_value": "M",
            "sku": sku,
            "price_fen": 199900,
        }
        for sku in SKUS
    ]
    counts = [
        {"store_id": shop["store_id"], "sku": sku, "on_hand": 9_000, "counted_at": now()}
        for shop in shops
        for sku in SKUS
    ]
    client = service.head_office()
    owner = {"owner_code": "brand", "name": "品牌", "kind": "brand"}
    for what, rows in (
        ("owners", [owner]),
        ("stores", shops),
        ("products", products),
        ("stock", counts),
    ):
        import_rows(client, what, rows)
    client.close()


class Buyers:
    """Visitors who buy two pieces each, at the store that is nearest to them."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def buy(self, number: int) -> None:
        """One checkout."""
        visit = await self._run(None, VISIT)
        await self._bought(visit["visitStart"]["accessToken"], SKUS, number)

    async def _bought(self, token: str, skus: Sequence[Sku], number: int, **savings: Any) -> None:
        lines = [{"sku": sku, "quantity": 1} for sku in two_of(skus, number)]
        wanted = {"storeId": "S0", "lines": lines, "delivery": DELIVERY, **savings}
        placed = (await self._run(token, PLACE, input=wanted, key=secrets.token_hex(8)))[
            "orderPlace"
        ]
        assert placed["order"], placed["userErrors"]
        started = await self._run(token, PAY, id=placed["order"]["id"])
        paid = await self._http.post(f"/pay/sandbox/{placed['order']['id']}")
        assert started["paymentStart"]["sandboxUrl"], started
        assert paid.status_code == 200, paid.text

    async def _run(self, token: str | None, document: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables}
        answer = (await self._http.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


class Members(Buyers):
    """Members who buy the same, each of them once."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        super().__init__(http)
        self._numbers = count()

    async def buy_at_full_price(self, number: int) -> None:
        """One checkout of what no offer is for."""
        await self._bought(token_of(next(self._numbers)), SKUS[:20], number)

    async def buy_for_less(self, number: int) -> None:
        """One checkout with an offer, the member's coupon and their points."""
        me = next(self._numbers)
        saved = {"couponIds": [coupon_of(me)], "points": POINTS}
        await self._bought(token_of(me), CHEAPER, number, **saved)


@contextlib.asynccontextmanager
async def parts_of(service: Service, uri: str, options: Namespace) -> AsyncIterator[list[Part]]:
    """The checkout and its floor."""
    floor = "one insert and two updates, bare"
    brand = connect(uri, "bench_checkout")
    bare = Floor(brand, SKUS)
    await bare.lay_down(brand["pools"])
    seconds, clients = options.seconds, options.clients
    async with httpx2.AsyncClient(base_url=service.url, timeout=60.0) as http:
        buyers, plain, savers = Buyers(http), Members(http), Members(http)
        await give_savings(brand, frozenset(CHEAPER), MEMBERS)
        full_price = "members' checkouts, at full price"
        yield [
            Part(name=floor, run=partial(spend, bare.run, seconds=seconds, clients=clients)),
            Part(
                name=f"checkouts of 2 lines, {options.stores} stores",
                run=partial(spend, buyers.buy, seconds=seconds, clients=clients),
                floor=floor,
            ),
            Part(
                name=full_price,
                run=partial(spend, plain.buy_at_full_price, seconds=seconds, clients=clients),
            ),
            Part(
                name="the same with offer, coupon and points",
                run=partial(spend, savers.buy_for_less, seconds=seconds, clients=clients),
                floor=full_price,
            ),
        ]
    brand.client.close()


async def measure(service: Service, uri: str, pid: int, options: Namespace) -> list[Figure]:
    """Measure by turns."""
    async with parts_of(service, uri, options) as parts:
        return await measured(parts, service.meter(pid), rounds=options.rounds)


def main() -> int:
    """Measure and print."""
    parser = arguments("checkout", __doc__, seconds=4.0)
    parser.add_argument("--stores", type=int, default=72, help="of the city (%(default)s)")
    parser.add_argument(
        "--clients", type=int, default=CLIENTS, help="who buy at once (%(default)s)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            database(folder / "data") as (uri, pid),
            serving(uri, "bench_checkout", folder) as service,
        ):
            take_in(service, options.stores)
            figures = asyncio.run(measure(service, uri, pid, options))
    report(figures, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
