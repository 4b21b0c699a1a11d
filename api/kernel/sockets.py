"""Operations over a web socket: how messages are read, who asks, and what is seen of errors."""

import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState
from strawberry import Schema
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UNSET

from api.kernel.answers import write
from api.kernel.context import Context, context_of, viewer_of
from api.kernel.errors import formatted
from api.kernel.limits import MAX_ERRORS, MAX_SOCKET_MESSAGE
from api.kernel.logs import Notes, operation_of
from api.kernel.requests import BadRequest, of_value
from api.kernel.strict_json import NotRead, read_json
from api.kernel.world import World
from domain.kernel.refusals import Refusal
from domain.people.tokens import ACCESS_LIFETIME
from domain.people.viewer import ANONYMOUS

# What one socket may have running at once; a mini-program has five sockets.
MOST_SUBSCRIPTIONS = 20
BAD_MESSAGE = 4400
TOO_BIG = 1009
_KINDS = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
# What the protocol of web sockets has room for, in bytes.
_LONGEST_REASON = 123
_LONGEST_ID = 64

logger = logging.getLogger("qianmian.requests")


@dataclass
class Socket:
    """A connection; the protocol sets `connection_params` to the payload of connection_init."""

    context: Context
    connection_params: dict[str, Any] | None = field(default=None)

    def identify(self) -> None:
        """Read the viewer from `authorization` in the payload, if it is there."""
        params = self.connection_params or {}
        token = params.get("authorization") or params.get("Authorization")
        if token is not None:
            viewer = viewer_of(
                str(token), secret=self.context.world.secret, now=self.context.world.now()
            )
            self.context = context_of(self.context.world, viewer, self.context.request_id)

    def fresh_context(self) -> Context:
        """The context of one operation, with its own moment and loaders."""
        return context_of(self.context.world, self.context.viewer, self.context.request_id)


class Messages(ASGIWebSocketAdapter):
    """Reads messages strictly: whatever is none of the protocol's closes the socket."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        """The messages that came, until one is none or the client goes."""
        while self.ws.application_state is not WebSocketState.DISCONNECTED:
            event = await self.ws.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                message = _read(event.get("text"))
            except BadRequest as fault:
                await self.close(fault.status, fault.message)
                return
            yield message

    async def close(self, code: int, reason: str) -> None:
        """Close the socket, with as much of the reason as there is room for."""
        room = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with contextlib.suppress(RuntimeError):  # it is closed already
            await self.ws.close(code=code, reason=room)


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
    if not asked.query:
        raise BadRequest("The operation has no query.", status=BAD_MESSAGE)


class Sockets(GraphQL[Context | Socket, None]):
    """The endpoint's web sockets."""

    websocket_adapter_class = Messages

    def __init__(self, schema: Schema, world: World, origins: Sequence[str]) -> None:
        super().__init__(
            schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
            allowed_origins=origins,
        )
        self._world = world

    def encode_json(self, data: object) -> str:
        """Write a message as compact JSON, with Chinese as it is."""
        return write(data).decode()

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context | Socket:
        """Begin a connection, of nobody until it says whose it is."""
        return Socket(context_of(self._world, ANONYMOUS, request.scope.get("request_id", "")))

    async def on_ws_connect(self, context: Context | Socket) -> Any:
        """Learn who opened a socket; one with an unusable token is closed."""
        if isinstance(context, Socket):
            try:
                context.identify()
            except Refusal as refusal:
                raise ConnectionRejectionError from refusal
        return UNSET


def ends_at(context: Context) -> datetime:
    """When a subscription ends, so that nobody follows longer than a token is good for."""
    return context.now + ACCESS_LIFETIME


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
