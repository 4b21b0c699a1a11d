"""Processes that are replaced one after the other while people use the service."""

import asyncio
import contextlib
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2
import pytest
import websockets

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from scripts import embedded
from scripts.serve import start_service
from storage.mongo.kernel.database import Database
from tests.conftest import Service, settings_for
from tests.support.balancing import balanced
from tests.support.fulfilling import has_heard_of, open_stores_with_stock
from tests.support.services import environment_of, is_ready
from tests.support.sockets import connected
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

STOPS_WITHIN_S = 60
USERS = 12
LOOK = '{ storefront(storeId: "S1") { store { name } } }'
REMEMBER = 'mutation { done: favouriteAdd(productId: "10001") { userErrors { code } } }'


class Fleet:
    """Processes on ports of their own."""

    def __init__(self, environment: dict[str, str], log: Path, number: int) -> None:
        self._environment, self._log = environment, log
        self.ports = [embedded.free_port() for _ in range(number)]
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, port: int) -> None:
        self.running[port] = start_service(self._environment, port, self._log)

    async def stop(self, port: int) -> int:
        process = self.running[port]
        process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(process.wait, STOPS_WITHIN_S)


@contextlib.contextmanager
def fleet(environment: dict[str, str], log: Path, number: int) -> Iterator[Fleet]:
    some = Fleet(environment, log, number)
    try:
        for port in some.ports:
            some.start(port)
        yield some
    finally:
        for process in some.running.values():
            embedded.stop(process)


class User:
    """Looks and remembers in turn, on connections that are kept open, until told to stop."""

    def __init__(self, service: Service, number: int) -> None:
        self.service = service
        self.viewer = Viewer(id=PersonId(f"member_{number}"), role=Role.MEMBER)
        self.met: Counter[str] = Counter()

    async def use(self, over: asyncio.Event) -> None:
        while not over.is_set():
            for text in (LOOK, REMEMBER):
                self.met[await self.ask(text)] += 1
            await asyncio.sleep(0.02)

    async def ask(self, text: str) -> str:
        try:
            answer = await self.service.query(text, self.viewer)
        except httpx2.TransportError as fault:
            return repr(fault)
        wrong = answer.status != 200 or "errors" in answer.body
        refused = not wrong and (answer.body["data"].get("done") or {}).get("userErrors")
        return f"{answer.status} {answer.body}" if wrong or refused else "answered"


async def until_closed(service: Service, viewer: Viewer, following: asyncio.Event) -> int:
    """The code with which a socket is closed that only waits; `following` once it was let in."""
    async with connected(service, viewer) as socket:
        following.set()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive(within_s=120)
        return closed.value.rcvd.code


async def followers(database: Database, until: str) -> list[str]:
    """Those that somebody has ($gt), or nobody ($lte)."""
    wanted = {"until": {until: datetime.now(UTC)}}
    return [one["_id"] async for one in database["followers"].find(wanted)]


async def test_no_request_fails_while_every_process_is_replaced_and_sockets_are_told(
    mongodb_uri: str, database: Database, tmp_path: Path
):
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    known = environment_of(settings) | {"QIANMIAN_ADDRESS_LIMITS": "off", "QIANMIAN_DRAIN_S": "2"}
    with fleet(known, tmp_path / "services.log", 2) as both:
        each = [Service(settings, f"http://127.0.0.1:{port}") for port in both.ports]
        for one in each:
            await comes_to(True, partial(is_ready, one), within_s=60)
        await open_stores_with_stock(each[0])
        await has_heard_of(each[1], "S1")
        async with balanced([one.url for one in each]) as url:
            users = [User(Service(settings, url), number) for number in range(USERS)]
            over = asyncio.Event()
            using = [asyncio.create_task(user.use(over)) for user in users]
            following = [asyncio.Event() for _ in each]
            sockets = [
                asyncio.create_task(until_closed(one, users[0].viewer, event))
                for one, event in zip(each, following, strict=True)
            ]
            async with asyncio.timeout(60):
                await asyncio.gather(*(event.wait() for event in following))
            for port, one in zip(both.ports, each, strict=True):
                assert await both.stop(port) in (0, -signal.SIGTERM)
                both.start(port)
                await comes_to(True, partial(is_ready, one), within_s=60)
            over.set()
            await asyncio.gather(*using)
        met = sum((user.met for user in users), Counter[str]())
        assert set(met) == {"answered"}, met
        assert met.total() > 100
        assert await asyncio.gather(*sockets) == [1012, 1012]
        # Who leaves gives back what it had taken, so that nobody waits for a lease to end.
        for port in both.ports:
            await comes_to([], partial(followers, database, "$lte"))
            assert await both.stop(port) in (0, -signal.SIGTERM)
        assert await followers(database, "$gt") == []
        for service in (*each, *(user.service for user in users)):
            await service.http.aclose()


async def test_a_process_ends_in_time_though_its_database_is_silent_and_somebody_still_sends(
    tmp_path: Path,
):
    port = embedded.free_port()
    server = embedded.start(tmp_path / "data", port)
    settings = settings_for(embedded.uri(port), "silent", tmp_path)
    try:
        with fleet(environment_of(settings), tmp_path / "services.log", 1) as one:
            service = Service(settings, f"http://127.0.0.1:{one.ports[0]}")
            await comes_to(True, partial(is_ready, service), within_s=60)
            server.send_signal(signal.SIGSTOP)
            _, writer = await asyncio.open_connection("127.0.0.1", one.ports[0])
            writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")
            await writer.drain()
            await one.stop(one.ports[0])
            writer.close()
            await service.http.aclose()
    finally:
        server.send_signal(signal.SIGCONT)
        embedded.stop(server)
