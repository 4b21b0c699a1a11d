"""A client of `graphql-transport-ws`."""

import asyncio
import contextlib
import json

import websockets

from tests.conftest import Service


class Socket:
    """A client of the protocol, with at most one subscription."""

    def __init__(self, socket):
        self._socket = socket

    async def raw(self, message):
        await self._socket.send(message)

    async def send(self, **message):
        await self.raw(json.dumps(message))

    async def receive(self, within_s=60.0):
        return json.loads(await asyncio.wait_for(self._socket.recv(), within_s))

    async def receive_all(self):
        while True:
            await self.receive()

    async def subscribe(self, query, **variables):
        payload = {"query": query, "variables": variables}
        await self.send(type="subscribe", id="1", payload=payload)

    async def next(self):
        message = await self.receive()
        assert message["type"] == "next", message
        return message["payload"]


@contextlib.asynccontextmanager
async def opened(service: Service):
    """A socket before its connection_init."""
    url = service.url.replace("http", "ws") + "/graphql"
    async with websockets.connect(url, subprotocols=["graphql-transport-ws"]) as socket:
        yield Socket(socket)


@contextlib.asynccontextmanager
async def connected(service: Service, viewer=None, **payload):
    """A socket of somebody."""
    async with opened(service) as socket:
        if viewer is not None:
            payload["authorization"] = service.headers(viewer)["Authorization"]
        await socket.send(type="connection_init", payload=payload)
        assert (await socket.receive())["type"] == "connection_ack"
        yield socket
