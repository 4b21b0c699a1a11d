"""Outside services played by a server of our own, spoken to over HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

# What is still being answered when a server is stopped is waited for so long.
PATIENCE_S = 5


@contextlib.asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI app on a free port of this machine; the block gets its address.

    It begins and ends as `uvicorn.Server.serve` does, without the tenths of a second that this
    sleeps before it looks whether to stop.
    """
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer is 40 ms late.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="on")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    await server.on_tick(0)  # the headers of every answer
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for one in server.servers:
            one.close()
        state = server.server_state
        for connection in list(state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while state.connections or state.tasks:  # noqa: ASYNC110 - there is no event for it
                    await asyncio.sleep(0.001)
        await server.lifespan.shutdown()
