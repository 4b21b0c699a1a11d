"""Start everything: the database, the demo brand, the service; Ctrl-C stops it all.

With MONGODB_URI set, that database is used in place of the embedded one.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType

from api.kernel.limits import MAX_SOCKET_MESSAGE
from qianmian.settings import PERSONAL_KEYS, SHORTEST_SECRET, Mode, Settings, SettingsError
from scripts import children, demo_brand, embedded, later
from scripts.bootstrap import ROOT, say, stop
from scripts.client import Client, Refused, Unreachable
from storage.mongo.kernel.database import DatabaseUnreachable

START_S = 180.0
LOOK_S = 0.5
# Starts one more process of the service for the length of a block, which gets its address; its
# clock may be `ahead` by a timedelta.
Another = Callable[..., AbstractContextManager[str]]
DEFAULT_STORES = 400
FACTORY = "qianmian.composition:from_environment"
# Longer than proxies keep connections that nothing goes through, so that they end them first.
IDLE_S = 75
# What is being answered when a process stops may take so long.
FINISH_S = 4


class ServiceFailure(Exception):
    """The service did not start; the message says what to do."""


# Whatever a person can put right; each says how.
FAILURES = (
    SettingsError,
    DatabaseUnreachable,
    embedded.EmbeddedFailure,
    ServiceFailure,
    Refused,
    Unreachable,
)


def main() -> int:
    """Run until Ctrl-C."""
    options = read_options()
    if options.setup_only:
        say("everything is installed")
        return 0
    asked = threading.Event()

    def leave(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.default_int_handler(number, frame)

    # A shell that starts this in the background has it ignore Ctrl-C.
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, leave)
    started = time.monotonic()
    try:
        with serving(options.data, options.port, fresh=options.fresh) as (url, service, _):
            demo_brand.load(url, options.stores, say)
            say(f"ready after {time.monotonic() - started:.0f} seconds")
            print(demo_brand.welcome(url), flush=True)
            wait_for(service, asked)
            stop(f"the service ended by itself; see {options.data}/service.log.")
    except KeyboardInterrupt:
        say("stopped; the data stays as it is")
    except FAILURES as fault:
        stop(str(fault))
    return 0


def wait_for(service: subprocess.Popen[bytes], asked: threading.Event) -> None:
    """Wait until the service ends or somebody asks to leave.

    An interrupt that falls into a finalizer is swallowed by Python; so it is looked for again.
    """
    while service.poll() is None:
        if asked.is_set():
            raise KeyboardInterrupt
        with contextlib.suppress(subprocess.TimeoutExpired):
            service.wait(LOOK_S)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where to listen (8000)")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".data", help="the folder of all data (.data)"
    )
    parser.add_argument(
        "--stores",
        type=int,
        default=DEFAULT_STORES,
        help="stores of the demo brand, 4 to 4000 (400)",
    )
    parser.add_argument("--fresh", action="store_true", help="forget the data and begin anew")
    parser.add_argument("--setup-only", action="store_true", help="install, then leave")
    options = parser.parse_args()
    if not 4 <= options.stores <= 4000:
        parser.error("--stores takes a number from 4 to 4000")
    return options


@contextlib.contextmanager
def serving(
    data: Path, port: int, *, fresh: bool = False
) -> Iterator[tuple[str, subprocess.Popen[bytes], Another]]:
    """Run the database and the service for the length of a block, which gets the address.

    The block can have more processes of the service beside the first one.
    """
    require_free(port)
    url = f"http://127.0.0.1:{port}"
    environment = {
        "QIANMIAN_MODE": Mode.DEMO.value,
        "QIANMIAN_PUBLIC_URL": url,
        "QIANMIAN_FILES": str(data / "files"),
        "QIANMIAN_DRAIN_S": "0",  # nobody else would take what comes
        **os.environ,
    }
    require_settings(environment)
    with database(data, fresh=fresh) as uri:
        environment["MONGODB_URI"] = uri
        environment.setdefault("QIANMIAN_SECRET", kept_secret(data, "secret"))
        environment.setdefault(PERSONAL_KEYS, f"kept:{kept_secret(data, 'personal-key')}")
        if environment["QIANMIAN_MODE"] == Mode.DEMO.value:
            environment.setdefault("QIANMIAN_DEMO_PEOPLE", json.dumps(demo_brand.people()))
        settings = Settings.from_environment(environment)
        asyncio.run(demo_brand.prepare(settings))
        with _served(environment, port, data / "service.log") as service:
            yield url, service, partial(_another, environment, data)


@contextlib.contextmanager
def _another(
    environment: Mapping[str, str], data: Path, *, ahead: timedelta = timedelta()
) -> Iterator[str]:
    """One more process of the service for the length of a block, which gets its address."""
    port = embedded.free_port()
    clock = {later.AHEAD_S: str(int(ahead.total_seconds()))}
    with _served({**environment, **clock}, port, data / f"service-{port}.log", later.FACTORY):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def _served(
    environment: Mapping[str, str], port: int, log: Path, factory: str = FACTORY
) -> Iterator[subprocess.Popen[bytes]]:
    service = start_service(environment, port, log, factory)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", service, log)
        yield service
    finally:
        embedded.stop(service)


def require_settings(environment: Mapping[str, str]) -> None:
    """Refuse settings that can't work before anything is started or written.

    What is made where it is missing stands in for itself; the embedded database is for the demo.
    """
    made = {
        "QIANMIAN_SECRET": "-" * SHORTEST_SECRET,
        PERSONAL_KEYS: f"kept:{'-' * SHORTEST_SECRET}",
    }
    if environment["QIANMIAN_MODE"] == Mode.DEMO.value:
        made["MONGODB_URI"] = "mongodb://127.0.0.1"
    Settings.from_environment({**made, **environment})


@contextlib.contextmanager
def database(data: Path, *, fresh: bool) -> Iterator[str]:
    """The configured database, or the embedded one on the data folder."""
    configured = os.environ.get("MONGODB_URI")
    if configured:
        if fresh:
            raise SettingsError("--fresh clears the data folder only; drop MONGODB_URI's yourself.")
        data.mkdir(parents=True, exist_ok=True)
        yield configured
        return
    if fresh and data.exists():
        forget(data)
    say("starting the embedded database")
    with embedded.running(data / "database") as uri:
        yield uri


def forget(data: Path) -> None:
    """Delete what an earlier run left in the data folder, and nothing else."""
    if not (data / "database").is_dir():
        raise SettingsError(
            f"{data} is not a data folder of this service; --fresh leaves it alone."
        )
    for part in ("database", "files"):
        shutil.rmtree(data / part, ignore_errors=True)


def require_free(port: int) -> None:
    """Refuse a port that something listens on already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise ServiceFailure(
                f"port {port} is taken or not allowed; choose another with --port."
            ) from None


def kept_secret(data: Path, name: str) -> str:
    """A secret of this data folder, made at random the first time."""
    file = data / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


def start_service(
    environment: Mapping[str, str], port: int, log: Path, factory: str = FACTORY
) -> subprocess.Popen[bytes]:
    """Start the HTTP service as a process that logs to a file."""
    command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--no-access-log"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--no-proxy-headers", "--ws-max-size", str(MAX_SOCKET_MESSAGE)]
    command += ["--timeout-keep-alive", str(IDLE_S), "--timeout-graceful-shutdown", str(FINISH_S)]
    say("starting the service")
    with log.open("ab") as output:
        return children.start(command, output, cwd=ROOT, env=environment)


def wait_until_ready(url: str, service: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the service says that it is ready."""
    client = Client(url)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and service.poll() is None:
        with contextlib.suppress(Unreachable):
            if client.get("/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise ServiceFailure(f"the service did not start; the end of {log} says why.")


if __name__ == "__main__":
    raise SystemExit(main())
