"""What is answered while the database does not answer."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from scripts import embedded
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.conftest import Answer, Service, serving, settings_for
from tests.support.fulfilling import an_order, open_stores_with_stock
from tests.support.network import as_json_lines, counts, take_in
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("impatient")]

SHELF = {"product_shelf": {"selection": {"by_category": {"category": ["服装"]}}}}
PAGE = """{ storefront(storeId: "S1") { store { name } modules { key
  ... on ProductShelfModule { items { variants { available } } } } } }"""
ORDERS = "{ orders(first: 3) { totalCount } }"


class Down:
    """A database that can be frozen or killed, and what comes after."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "data", embedded.free_port()
        self.server: subprocess.Popen[bytes] = embedded.start(self.folder, self.port)

    def freeze(self) -> None:
        self.server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.server.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.server.kill()
        self.server.wait()

    def start(self) -> None:
        self.server = embedded.start(self.folder, self.port)

    def end(self) -> None:
        self.thaw()
        embedded.stop(self.server)


@pytest.fixture
def down(tmp_path: Path):
    down = Down(tmp_path)
    yield down
    down.end()


@contextlib.asynccontextmanager
async def a_brand(down: Down, folder: Path) -> AsyncIterator[Service]:
    uri = embedded.uri(down.port)
    async with serving(settings_for(uri, "down", folder)) as service:
        await open_stores_with_stock(service)
        layer = {"layer": "brand", "modules": [{"key": "shelf", "content": SHELF}]}
        counts(await take_in(service, "layers", as_json_lines(layer)))
        yield service


def codes(answer: Answer) -> list[str]:
    return [one["extensions"]["code"] for one in answer.body.get("errors", ())]


async def ready(service: Service) -> bool:
    answer = (await service.http.get("/ready")).json()
    return answer["ready"] and answer["reference_staleness_s"] < 5


@pytest.mark.parametrize(
    ("stop", "go_on"), [(Down.freeze, Down.thaw), (Down.kill, Down.start)], ids=["frozen", "killed"]
)
async def test_what_needs_the_database_is_unavailable_at_once_and_all_else_is_answered(
    down: Down, tmp_path: Path, stop: Callable[[Down], None], go_on: Callable[[Down], None]
):
    async with a_brand(down, tmp_path) as service:
        shown = (await service.query(PAGE)).data
        assert shown["storefront"]["modules"][0]["items"]
        await comes_to(True, lambda: ready(service))
        stop(down)
        # Each of these is answered while the database is down; nothing here ends its silence.
        waited = await asyncio.gather(*(service.query(ORDERS, MEMBER) for _ in range(20)))
        assert [codes(one) for one in waited] == [["UNAVAILABLE"]] * 20
        assert (await service.http.get("/health")).status_code == 200
        assert (await service.http.get("/ready")).status_code == 503

        assert (await service.query(PAGE)).body == {"data": shown}
        mixed = await service.query(
            '{ store(id: "S1") { name } mine: cart(storeId: "S1") { store { id } } }', MEMBER
        )
        assert codes(mixed) == ["UNAVAILABLE"]
        refused = await service.query(
            'mutation { favouriteAdd(productId: "10001") { userErrors { code } } }', MEMBER
        )
        assert codes(refused) == ["UNAVAILABLE"]
        link = await service.http.get("/s/UYVicKVjtF")
        assert link.status_code == 503
        assert link.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        go_on(down)
        await comes_to(True, lambda: ready(service))
        assert (await service.query(ORDERS, MEMBER)).data["orders"]["totalCount"] == 0
        order = await an_order(service, {M: 1})
        assert (await service.query(ORDERS, MEMBER)).data["orders"]["totalCount"] == 1
        assert order
