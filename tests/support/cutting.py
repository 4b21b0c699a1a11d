"""A way to the database that loses its connection at one write, before or after it is done."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bson import decode

WRITES = frozenset({"insert", "update", "delete"})
# An OP_MSG: 16 bytes of header, 4 of flags, 1 that says that a document follows.
BODY_AT = 21


@dataclass
class Cutter:
    """Carries messages to the server and back, but for the write whose number comes up.

    `after` says whether that write is done: then it is the answer that is lost. Connections that
    are opened later are carried as if nothing had been.
    """

    port: int
    at: int | None = None
    after: bool = False
    writes: list[str] = field(default_factory=list)
    carrying: set[asyncio.Task[None]] = field(default_factory=set)
    ends: list[asyncio.StreamWriter] = field(default_factory=list)

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one more connection."""
        self.ends.append(writer)
        self.carrying.add(asyncio.create_task(self.carry(reader, writer)))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends or its write comes up."""
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self.ends.append(back)
        try:
            while True:
                message = await _message(reader)
                comes_up = self._comes_up(message)
                if comes_up and not self.after:
                    break
                back.write(message)
                answer = await _message(there)
                if comes_up:
                    break
                writer.write(answer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of the two has ended
        finally:
            back.close()
            writer.close()

    def _comes_up(self, message: bytes) -> bool:
        command = _command(message)
        if next(iter(command)) not in WRITES:
            return False
        name, collection = next(iter(command.items()))
        self.writes.append(f"{name} {collection}")
        return len(self.writes) - 1 == self.at


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    (length,) = struct.unpack("<i", head)
    return head + await reader.readexactly(length - 4)


def _command(message: bytes) -> dict[str, object]:
    (length,) = struct.unpack_from("<i", message, BODY_AT)
    return decode(message[BODY_AT : BODY_AT + length]) if message[12:16] == _OP_MSG else {"": ""}


_OP_MSG = struct.pack("<i", 2013)


@contextlib.asynccontextmanager
async def cutting(uri: str) -> AsyncIterator[tuple[Cutter, str]]:
    """A cutter before a server, and the address that leads through it."""
    cutter = Cutter(port=urlsplit(uri).port or 27017)
    server = await asyncio.start_server(cutter.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield cutter, f"mongodb://127.0.0.1:{port}/?retryWrites=false&directConnection=true"
    finally:
        server.close()
        for one in cutter.carrying:
            one.cancel()
        await asyncio.gather(*cutter.carrying, return_exceptions=True)
        # Also those whose carrying was ended before it had begun.
        for one in cutter.ends:
            one.close()
        await asyncio.gather(*(one.wait_closed() for one in cutter.ends), return_exceptions=True)
