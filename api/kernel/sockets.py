"""Operations over a web socket: how messages are read, who asks, and what is seen of errors."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry import Schema
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET

from api.kernel.answers import error_body, write
from api.kernel.context import Context, asker_of, context_of, require_good
from api.kernel.errors import formatted
from api.kernel.limits import MAX_ERRORS, MAX_SOCKET_MESSAGE
from api.kernel.logs import Notes, noted, operation_of
from api.kernel.persisted import PersistedQueries, PersistedQueryError, names_query
from api.kernel.requests import BadRequest, of_value
from api.kernel.strict_json import NotRead, read_json
from api.kernel.world import World
from domain.kernel.refusals import Refusal
from domain.people.tokens import ACCESS_LIFETIME, AccessToken

# What one socket may have running at once; a mini-program has five sockets.
MOST_SUBSCRIPTIONS = 20
BAD_MESSAGE = 4400
TOKEN_IS_OVER = 4403
TOO_BIG = 1009
# Where in the scope of a connection its Socket is.
SOCKET = "qianmian.socket"
_KINDS = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
# What the protocol of web sockets has room for, in bytes.
_LONGEST_REASON = 123
_LONGEST_ID = 64

T = TypeVar("T")

logger = logging.getLogger("qianmian.requests")


@dataclass(eq=False)
class Socket:
    """A connection; the protocol sets `connection_params` to the payload of connection_init.

    `over` is given the reason why it ends: its token does not count any more.
    """

    world: World
    persisted: PersistedQueries
    request_id: str
    address: str | None
    over: asyncio.Future[str]
    token: AccessToken | None = None
    connection_params: dict[str, Any] | None = field(default=None)

    async def identify(self) -> None:
        """Read the token or the key from `authorization` in the payload, if it is there."""
        params = self.connection_params or {}
        text = params.get("authorization") or params.get("Authorization")
        if text is not None:
            self.token = await asker_of(self.world, str(text))

    def left_s(self) -> float:
        """For how long it may live: as its token, and without one as long as a new one."""
        left = ACCESS_LIFETIME
        if self.token is not None:
            left = self.token.expires_at - self.world.now()
        return left.total_seconds()

    def end(self, reason: str) -> None:
        """Have it closed."""
        if not self.over.done():
            self.over.set_result(reason)

    def check(self) -> None:
        """Have it closed if its token does not count any more."""
        try:
            require_good(self.world, self.token)
        except Refusal as refusal:
            self.end(refusal.message)

    def fresh_context(self) -> Context:
        """The context of one operation, with its own moment and loaders.

        Until a socket is closed whose token does not count any more, it is nobody's.
        """
        self.check()
        token = None if self.over.done() else self.token
        return context_of(self.world, token, self.request_id, self.address)


class Messages(ASGIWebSocketAdapter):
    """Reads messages strictly: whatever is none of the protocol's closes the socket."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        """The messages that came, until one is none or the client goes."""
        socket: Socket = self.ws.scope[SOCKET]
        over = socket.over
        while self.ws.application_state is not WebSocketState.DISCONNECTED:
            event = await _unless(over, self.ws.receive())
            if event is None:
                await self.close(TOKEN_IS_OVER, over.result())
                return
            if event["type"] == "websocket.disconnect":
                return
            try:
                message = _read(event.get("text"))
            except BadRequest as fault:
                await self.close(fault.status, fault.message)
                return
            if message["type"] != "subscribe" or await self._resolve(socket, message):
                yield message

    async def _resolve(self, socket: Socket, message: dict[str, Any]) -> bool:
        """Put the query into a message that names it; where that can't be, tell the client."""
        asked = message["payload"]
        try:
            asked["query"] = socket.persisted.resolve(asked.get("query"), asked.get("extensions"))
        except PersistedQueryError as fault:
            told = error_body(fault.message, fault.code, socket.request_id)["errors"]
            await self.send_json({"id": message["id"], "type": "error", "payload": told})
            return False
        return True

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message, to nobody where the client has gone or the socket is closed."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            return
        with contextlib.suppress(WebSocketDisconnected):
            await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, with as much of the reason as there is room for."""
        room = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with contextlib.suppress(RuntimeError):  # it is closed already
            await self.ws.close(code=code, reason=room)


async def _unless(over: asyncio.Future[str], receiving: Coroutine[Any, Any, T]) -> T | None:
    """What is received, or None as soon as it is over."""
    task = asyncio.ensure_future(receiving)
    try:
        await asyncio.wait((task, over), return_when=asyncio.FIRST_COMPLETED)
        return None if over.done() else task.result()
    finally:
        if not task.done():
            task.cancel()


def _read(text: str | None) -> dict[str, Any]:
    """Read a message; BadRequest with the code to close with where it is none."""
    if text is None:
        raise BadRequest("Messages must be text.", status=BAD_MESSAGE)
    if len(text) > MAX_SOCKET_MESSAGE:
        raise BadRequest(f"Messages may have {MAX_SOCKET_MESSAGE} bytes.", status=TOO_BIG)
    try:
        message = read_json(text, "The message")
    except NotRead as fault:
        raise BadRequest(str(fault), status=BAD_MESSAGE) from None
    if not isinstance(message, dict) or message.get("type") not in _KINDS:
        raise BadRequest("A message is an object of a known type.", status=BAD_MESSAGE)
    if message["type"] in ("subscribe", "complete"):
        _require_id(message.get("id"))
    if message["type"] == "subscribe":
        _require_operation(message.get("payload"))
    return message


def _require_id(id: Any) -> None:
    if not isinstance(id, str) or not 0 < len(id.encode()) <= _LONGEST_ID:
        raise BadRequest(f"An id is a text of 1 to {_LONGEST_ID} bytes.", status=BAD_MESSAGE)


def _require_operation(payload: Any) -> None:
    try:
        asked = of_value(payload)
    except BadRequest as fault:
        raise BadRequest(fault.message, status=BAD_MESSAGE) from None
    if not asked.query and not names_query(asked.extensions):
        raise BadRequest("The operation has no query.", status=BAD_MESSAGE)


class Sockets(GraphQL[Context | Socket, None]):
    """The endpoint's web sockets."""

    websocket_adapter_class = Messages

    def __init__(
        self,
        schema: Schema,
        world: World,
        persisted: PersistedQueries,
        origins: Sequence[str],
    ) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
            allowed_origins=origins,
        )
        self._world = world
        self._persisted = persisted
        self._open: set[Socket] = set()
        world.revocations.listen(self._check_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a socket as long as its token counts."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            socket: Socket | None = scope.get(SOCKET)
            if socket is not None:
                self._open.discard(socket)
                socket.end("The socket is closed.")

    def _check_all(self) -> None:
        for socket in list(self._open):
            socket.check()

    def encode_json(self, data: object) -> str:
        """Write a message as compact JSON, with Chinese as it is."""
        return write(data).decode()

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context | Socket:
        """Begin a connection, of nobody until it says whose it is."""
        loop = asyncio.get_running_loop()
        socket = Socket(
            world=self._world,
            persisted=self._persisted,
            request_id=request.scope.get("request_id", ""),
            address=noted(request.scope).address,
            over=loop.create_future(),
        )
        request.scope[SOCKET] = socket
        return socket

    async def on_ws_connect(self, context: Context | Socket) -> Any:
        """Learn who opened a socket; one with an unusable token is closed."""
        if isinstance(context, Socket):
            try:
                await context.identify()
            except Refusal as refusal:
                raise ConnectionRejectionError from refusal
            self._open.add(context)
            timer = asyncio.get_running_loop().call_later(
                context.left_s(), context.end, "The access token has expired; refresh it."
            )
            context.over.add_done_callback(lambda _: timer.cancel())
        return UNSET


async def masked(
    results: Any, query: str, name: str | None, context: Context
) -> AsyncIterator[Any]:
    """The results of an operation with their errors as clients may see them, and a line of log."""
    notes = Notes(operation=operation_of(query, name), role=context.viewer.role)
    try:
        async with contextlib.aclosing(results):
            async for result in results:
                if getattr(result, "errors", None):
                    result.errors = _masked(result.errors, context.request_id, notes)
                yield result
    except GraphQLError as error:
        # What can't be read is told before anything runs.
        yield PreExecutionError(data=None, errors=_masked([error], context.request_id, notes))
    finally:
        extra = {
            "request_id": context.request_id,
            "operation": notes.operation,
            "role": notes.role,
            "errors": notes.errors,
        }
        logger.info("operation of a socket", extra=extra)


def _masked(errors: Sequence[GraphQLError], request_id: str, notes: Notes) -> list[GraphQLError]:
    shown = [formatted(one, request_id=request_id) for one in errors[:MAX_ERRORS]]
    notes.of_errors(shown)
    return [
        GraphQLError(
            says["message"],
            source=one.source,
            positions=one.positions,
            path=one.path,
            extensions=says["extensions"],
        )
        for one, says in zip(errors, shown, strict=False)
    ]
