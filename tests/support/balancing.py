"""One address for several processes: hands each connection to one that says that it is ready."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence

import httpx2

LOOK_EVERY_S = 0.2


class Balancer:
    """Hands each connection to one of those that said last that they are ready, in turn."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._ready = list(urls)
        self._turns = itertools.count()

    async def look(self) -> None:
        """Ask all of them again and again."""
        async with httpx2.AsyncClient(timeout=30) as http:
            while True:
                ready = await asyncio.gather(*(_is_ready(http, url) for url in self._urls))
                self._ready = list(itertools.compress(self._urls, ready))
                await asyncio.sleep(LOOK_EVERY_S)

    async def hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until either side ends."""
        with contextlib.suppress(OSError):
            there = await self._connected()
            await asyncio.gather(_carry(reader, there[1]), _carry(there[0], writer))
        writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to one of them; as proxies do, it waits for one and passes over the dead."""
        while True:
            if self._ready:
                url = self._ready[next(self._turns) % len(self._ready)]
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
            await asyncio.sleep(LOOK_EVERY_S)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def _is_ready(http: httpx2.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/ready")).status_code == 200
    except httpx2.TransportError:
        return False


@contextlib.asynccontextmanager
async def balanced(urls: Sequence[str]) -> AsyncIterator[str]:
    """The one address."""
    balancer = Balancer(urls)
    looking = asyncio.create_task(balancer.look())
    server = await asyncio.start_server(balancer.hand_on, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
