"""A service of its own process for benchmarks, whose round trips can be asked for.

Beside the service stand `/bench/trips`, the commands that were sent to the database for requests so
far, and the bytes of `page.json` in the benchmark's folder, served in static ways: `/file` reads
them each time, as Starlette's StaticFiles does; `/memory` sends them from memory under the
service's envelope of request id, bounds and log; `/bare` does so without.
"""

import contextlib
import functools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from api.kernel.http import App, Envelope, Receive, Scope, Send
from domain.kernel.ids import PersonId
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from qianmian.composition import from_environment
from scripts import children, embedded
from scripts.benching import APART, Meter, counted_trips
from scripts.client import Client

SECRET = "only for a server that a benchmark starts and stops"  # noqa: S105 - it guards nothing
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """Processes that serve one database: their ports and process ids."""

    ports: Sequence[int]
    pids: Sequence[int]

    @property
    def port(self) -> int:
        """The first one's."""
        return self.ports[0]

    @property
    def url(self) -> str:
        """The first one's address."""
        return f"http://127.0.0.1:{self.port}"

    def head_office(self) -> Client:
        """A client that may import whatever it likes."""
        viewer = Viewer(id=PersonId("bench"), role=Role.HEAD_OFFICE)
        return Client(self.url, issue_access_token(viewer, secret=SECRET, now=now()))

    def trips(self) -> int:
        """The commands that all of them have sent to the database for requests so far."""
        asked = (httpx2.get(f"http://127.0.0.1:{port}/bench/trips") for port in self.ports)
        return sum(int(answer.text) for answer in asked)

    def meter(self, *databases: int) -> Meter:
        """What reads their counters."""
        return Meter(trips=self.trips, services=self.pids, databases=databases)


@contextlib.contextmanager
def serving(uri: str, name: str, folder: Path, *, processes: int = 1) -> Iterator[Service]:
    """Serve one database by so many processes for the length of a block."""
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(_process(uri, name, folder, number)) for number in range(processes)
        ]
        yield Service([port for port, _ in started], [pid for _, pid in started])


@contextlib.contextmanager
def _process(uri: str, name: str, folder: Path, number: int) -> Iterator[tuple[int, int]]:
    port = embedded.free_port()
    settings = {
        "MONGODB_URI": uri,
        "MONGODB_DATABASE": name,
        "QIANMIAN_MODE": "demo",
        "QIANMIAN_SECRET": SECRET,
        "QIANMIAN_PERSONAL_KEYS": f"bench:{SECRET}",
        "QIANMIAN_FILES": str(folder / "files"),
        "QIANMIAN_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "QIANMIAN_ADDRESS_LIMITS": "off",
        "BENCH_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "scripts.benched_service:app"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    with (folder / f"{name}-{number}.log").open("wb") as log:
        server = children.start(command, log, env={**os.environ, **settings})
        try:
            _wait_until_ready(port)
            yield port, server.pid
        finally:
            embedded.stop(server)


def _wait_until_ready(port: int) -> None:
    client = Client(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(Exception):
            if client.get("/ready").status_code == 200:
                client.close()
                return
        time.sleep(0.1)
    raise RuntimeError(f"the service did not start within {START_S:.0f} s")


def app() -> App:
    """The service, with what benchmarks need beside it."""
    trips = counted_trips()
    service = from_environment()
    folder = Path(os.environ["BENCH_FOLDER"])
    files = StaticFiles(directory=folder)

    @functools.cache
    def page() -> Response:
        return Response((folder / "page.json").read_bytes(), media_type="application/json")

    async def from_file(scope: Scope, receive: Receive, send: Send) -> None:
        await files({**scope, "path": "/page.json"}, receive, send)

    async def from_memory(scope: Scope, receive: Receive, send: Send) -> None:
        await page()(scope, receive, send)

    async def how_many(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(str(trips.sent))(scope, receive, send)

    static: dict[str, App] = {
        "/file": from_file,
        "/memory": Envelope(from_memory),
        "/bare": from_memory,
        "/bench/trips": how_many,
    }

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            APART.set(True)
        path = scope["path"] if scope["type"] == "http" else ""
        await static.get(path, service)(scope, receive, send)

    return choose
