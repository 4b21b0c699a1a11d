"""The embedded database: a MongoDB-compatible server as a child process on a data folder."""

import contextlib
import itertools
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from scripts import children

SERVER = Path(sys.executable).with_name("secantusd-py")
START_S = 180.0
STOP_S = 10.0


class EmbeddedFailure(Exception):
    """The server did not start; the message says what to do."""


# Below those from which systems lend ports to whoever connects to somewhere.
_PORTS = range(10_000, 30_000)
_next = itertools.count(random.SystemRandom().choice(_PORTS))


def free_port() -> int:
    """A TCP port of this machine that nothing listens on.

    One process is told none twice, and two hardly the same: what is to listen there starts later.
    """
    for number in _next:
        port = _PORTS[number % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is always a next one")


def start(folder: Path, port: int, *more: str, sync: bool = True) -> subprocess.Popen[bytes]:
    """Start the server on a folder and wait until it answers.

    With `sync`, acknowledged writes survive `kill -9`; `more` are further options.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(SERVER), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--storage-path", str(folder), "--cache-size", "256M", "--log-level", "ERROR"]
    command += [*(["--sync-on-commit"] if sync else []), *more]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        server = children.start(command, log)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise EmbeddedFailure(
                f"the data folder {folder} can't be opened; another run may be using it. "
                "Stop that one, or choose another with --data."
            )
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return server
        time.sleep(0.05)
    stop(server)
    raise EmbeddedFailure(f"the database did not start within {START_S:.0f} seconds; try again.")


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to stop, and end it if it does not."""
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def uri(port: int) -> str:
    """The server's address; its bookkeeping of retryable writes is slow, so they are off."""
    return f"mongodb://127.0.0.1:{port}/?retryWrites=false"


@contextlib.contextmanager
def running(folder: Path, *, sync: bool = True) -> Iterator[str]:
    """Run the server for the length of a block, which gets its address; `sync` as `start`."""
    port = free_port()
    server = start(folder, port, sync=sync)
    try:
        yield uri(port)
    finally:
        stop(server)
