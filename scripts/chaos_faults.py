"""Faults of what a service stands on, each made for a while and then taken away."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scripts.chaos_processes import Cluster
from storage.mongo.kernel.database import PyMongoError, connect

# Of the server: it is not the primary; see "Error Codes" in MongoDB's manual.
NOT_PRIMARY = 10107
# What a client loads before anything of the service: faults are read from a file at each call.
HOOK = """import errno, os, time, datetime
from pathlib import Path
FAULTS = Path(os.environ["CHAOS_FAULTS"])

def of(kind):
    try:
        return float((FAULTS / kind).read_text())
    except (OSError, ValueError):
        return 0

real_fsync, real_ns = os.fsync, time.time_ns

def fsync(handle):
    if of("full"):
        raise OSError(errno.ENOSPC, "No space left on device")
    return real_fsync(handle)

os.fsync = fsync
time.time_ns = lambda: real_ns() + int(of("clock_s") * 1e9)
import qianmian.clock as clock
real_now = clock.now
clock.now = lambda: real_now() + datetime.timedelta(seconds=of("clock_s"))
"""


class Between:
    """A way between a client and a server on this machine that can be slow or broken."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.delay_s = 0.0
        self.broken = False

    @contextlib.asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[int]:
        """Listen for the length of a block, which gets the port."""
        server = await asyncio.start_server(self._carry_both, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    async def _carry_both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if not self.broken:
                there = await asyncio.open_connection("127.0.0.1", self._port)
                await asyncio.gather(self._carry(reader, there[1]), self._carry(there[0], writer))
        writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await asyncio.sleep(self.delay_s)
                if self.broken:
                    return
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()


class Faults:
    """What can go wrong in a cluster; `folder` has the faults that processes read."""

    def __init__(self, cluster: Cluster, way: Between, folder: Path, direct_uri: str) -> None:
        self._cluster, self._way, self._folder = cluster, way, folder
        self._direct_uri = direct_uri

    @contextlib.asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """The database is killed, and started again afterwards."""
        await asyncio.to_thread(self._cluster.end_database)
        yield
        await asyncio.to_thread(self._cluster.start_database)

    @contextlib.asynccontextmanager
    async def frozen(self) -> AsyncIterator[None]:
        """The database is there and says nothing."""
        self._cluster.database.send_signal(signal.SIGSTOP)
        yield
        self._cluster.database.send_signal(signal.SIGCONT)

    @contextlib.asynccontextmanager
    async def slow(self) -> AsyncIterator[None]:
        """Each piece takes 300 ms from and to the database."""
        self._way.delay_s = 0.3
        yield
        self._way.delay_s = 0.0

    @contextlib.asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """Connections to the database break as soon as they are made."""
        self._way.broken = True
        yield
        self._way.broken = False

    @contextlib.asynccontextmanager
    async def no_primary(self) -> AsyncIterator[None]:
        """The server says to whatever is asked that it is not the primary."""
        wanted = ["insert", "update", "delete", "find", "aggregate", "getMore", "count"]
        data = {"failCommands": wanted, "errorCode": NOT_PRIMARY}
        await self._admin(configureFailPoint="failCommand", mode="alwaysOn", data=data)
        yield
        await self._admin(configureFailPoint="failCommand", mode="off")

    @contextlib.asynccontextmanager
    async def stepped_down(self) -> AsyncIterator[None]:
        """The primary steps down and takes no writes for ten seconds."""
        await self._admin(replSetStepDown=10, force=True)
        yield

    @contextlib.asynccontextmanager
    async def killed(self) -> AsyncIterator[None]:
        """A service is killed, and started again afterwards."""
        await asyncio.to_thread(self._cluster.end_service, 0)
        yield
        await asyncio.to_thread(self._cluster.start_services)

    @contextlib.asynccontextmanager
    async def all_killed(self) -> AsyncIterator[None]:
        """Database and all services are killed at once."""
        for number in range(len(self._cluster.urls)):
            await asyncio.to_thread(self._cluster.end_service, number)
        await asyncio.to_thread(self._cluster.end_database)
        yield
        await asyncio.to_thread(self._cluster.start_database)
        await asyncio.to_thread(self._cluster.start_services)

    @contextlib.asynccontextmanager
    async def told(self, kind: str, value: float) -> AsyncIterator[None]:
        """A fault that the processes make themselves, at the call that would meet it."""
        path = self._folder / kind
        await asyncio.to_thread(path.write_text, str(value))
        yield
        await asyncio.to_thread(path.unlink)

    async def _admin(self, **command: Any) -> None:
        database = connect(self._direct_uri, "admin")
        with contextlib.suppress(PyMongoError):
            await database.command(command)
        database.client.close()


def installed(folder: Path) -> dict[str, str]:
    """What processes are told so that they load the hook before anything else."""
    hooks = folder / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(HOOK)
    (folder / "faults").mkdir()
    return {"CHAOS_FAULTS": str(folder / "faults"), "HOOKS": str(hooks)}


__all__ = ["Between", "Faults", "installed"]
