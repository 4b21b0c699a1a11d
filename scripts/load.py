"""Sending the same HTTP request over and over, as fast as one process can."""

import asyncio
import re
import time

from scripts.benching import Spent

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class _Connection(asyncio.Protocol):
    """One kept-alive connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._seen = b""
        self._whole = 0
        self.latencies_s: list[float] = []
        self._asked_at = 0.0
        self.failure: str | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Take in a part of an answer; ask again when it is whole."""
        assert self._transport
        self._seen += data
        if not self._whole:
            self._whole = self._size()
        if not self._whole or len(self._seen) < self._whole:
            return
        if not self._seen.startswith(b"HTTP/1.1 200 "):
            self.failure = self._seen[:300].decode(errors="replace")
            self._transport.close()
            return
        self.latencies_s.append(time.perf_counter() - self._asked_at)
        self._seen, self._whole = b"", 0
        self._ask()

    def close(self) -> None:
        """Ask no more."""
        assert self._transport
        self._transport.close()

    def _ask(self) -> None:
        assert self._transport
        self._asked_at = time.perf_counter()
        self._transport.write(self._request)

    def _size(self) -> int:
        """The bytes of the whole answer, head and body; 0 until its head is there."""
        head = self._seen.find(b"\r\n\r\n")
        found = _LENGTH.search(self._seen, 0, head + 2) if head >= 0 else None
        return head + 4 + int(found[1]) if found else 0


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def repeated(port: int, asked: bytes, *, connections: int, seconds: float) -> Spent:
    """Send a request over so many connections at once; RuntimeError if one answer was not a 200."""
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    opened = [
        (await loop.create_connection(lambda: _Connection(asked), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    latencies = [one for connection in opened for one in connection.latencies_s]
    took_s = time.perf_counter() - started
    for connection in opened:
        connection.close()
    failures = [connection.failure for connection in opened if connection.failure]
    if failures:
        raise RuntimeError(f"the service answered: {failures[0]}")
    return Spent(done=len(latencies), seconds=took_s, latencies_s=latencies)
