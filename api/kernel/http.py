"""What every request gets: an id, one line of log, bounds, security headers, an answer in JSON."""

import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from api.kernel.answers import error_body
from api.kernel.clients import NOBODY, Proxies, counted_as
from api.kernel.errors import INTERNAL
from api.kernel.limits import MAX_BODY_BYTES, MAX_QUERY_STRING, MAX_UPLOAD_BYTES
from api.kernel.logs import NOTES, Notes
from api.kernel.metrics import Metrics
from api.kernel.requests import MULTIPART, BadRequest
from api.kernel.stopping import Stopping

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

GRAPHQL = "/graphql"
# Where parts of large files are put, by links that say how long each is.
INCOMING = "/incoming/"
# What a client may go on sending to nobody before it is cut off: as much as an upload may be.
DRAINED_BYTES = MAX_UPLOAD_BYTES
CSP = b"content-security-policy"
_SECURE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (CSP, b"default-src 'none'; frame-ancestors 'none'"),
)

logger = logging.getLogger("qianmian.requests")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class TooLarge(BadRequest):
    """More bytes came than one request may carry."""

    def __init__(self, most_bytes: int) -> None:
        message = f"The request is larger than {most_bytes:,} bytes; send less, or a smaller file."
        super().__init__(message, code="BODY_TOO_LARGE", status=413)


def most_bytes(scope: Scope) -> int:
    """How large a body may be: files are large, all else is not."""
    if scope["path"].startswith(INCOMING):
        return MAX_UPLOAD_BYTES
    kind = dict(scope["headers"]).get(b"content-type", b"").lower()
    uploads = scope["path"] == GRAPHQL and kind.startswith(MULTIPART.encode())
    return MAX_UPLOAD_BYTES if uploads else MAX_BODY_BYTES


class Envelope:
    """Gives each request an id, refuses one that is too large and logs a line when it is answered.

    A caller's own X-Request-Id is kept where it is a plain word of at most 64 characters. Whatever
    goes wrong inside is logged with its trace and the id, and answered in JSON without insides.
    `counts_addresses` is whether limits are by address too.
    """

    def __init__(
        self,
        app: App,
        *,
        proxies: Proxies = NOBODY,
        counts_addresses: bool = True,
        stopping: Stopping | None = None,
        metrics: Metrics | None = None,
        bound: Callable[[Scope], int] = most_bytes,
    ) -> None:
        self._app = app
        self._proxies = proxies
        self._counts_addresses = counts_addresses
        self._stopping = stopping or Stopping()
        self._metrics = metrics or Metrics()
        self._bound = bound

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        client = self._proxies.client_of(scope)
        counted = counted_as(client) if self._counts_addresses else None
        notes = scope[NOTES] = Notes(client=client, address=counted)
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message["headers"], (b"x-request-id", request_id.encode())]
                if self._stopping.begun:
                    headers = [*headers, (b"connection", b"close")]
                message["headers"] = _secured(headers)
            await send(message)

        try:
            await self._serve(scope, receive, send_marked)
        except BadRequest as fault:
            notes.errors = [fault.code]
            if not status:
                await _send_error(scope, send_marked, fault)
        except Exception:
            logger.exception("a request broke", extra={"request_id": request_id})
            notes.errors = ["INTERNAL"]
            if not status:
                ours = BadRequest(INTERNAL, code="INTERNAL", status=500)
                await _send_error(scope, send_marked, ours)
        finally:
            took_s = time.perf_counter() - started
            self._metrics.request(scope["path"], status, took_s, notes.errors)
            extra = {
                "request_id": request_id,
                "client": notes.client,
                "method": scope.get("method", "WEBSOCKET"),
                "path": scope["path"],
                "status": status,
                "duration_ms": round(took_s * 1000, 1),
                "operation": notes.operation,
                "role": notes.role,
                "errors": notes.errors,
            }
            logger.info("request", extra=extra)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered whose size is within its bounds."""
        if len(scope.get("query_string", b"")) > MAX_QUERY_STRING:
            raise BadRequest(
                f"A query string may have {MAX_QUERY_STRING:,} bytes; send the request by POST.",
                code="URL_TOO_LONG",
                status=414,
            )
        bound = self._bound(scope)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and (len(declared) > 12 or int(declared) > bound):
            await _drain(receive)
            raise TooLarge(bound)
        await self._app(scope, _bounded(receive, bound), send)


def _bounded(receive: Receive, bound: int) -> Receive:
    """Receive a body as long as it is within its bound, however it is sent."""
    seen = 0

    async def receive_bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > bound:
                if message.get("more_body"):
                    await _drain(receive)
                raise TooLarge(bound)
        return message

    return receive_bounded


async def _drain(receive: Receive) -> None:
    """Let a client send a little more to nobody; one that is cut off reads no answer."""
    seen = 0
    while seen < DRAINED_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _secured(headers: list[Header]) -> list[Header]:
    """Add the security headers that an answer does not set itself; nothing is ever framed."""
    own = {name.lower() for name, _ in headers}
    added = [one for one in _SECURE if one[0] not in own]
    if CSP in own:
        headers = [_unframed(one) for one in headers]
    return headers + added


def _unframed(header: Header) -> Header:
    name, value = header
    if name.lower() != CSP or b"frame-ancestors" in value:
        return header
    return name, value + b"; frame-ancestors 'none'"


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(8)


async def _send_error(scope: Scope, send: Send, fault: BadRequest) -> None:
    """Tell in JSON what is wrong with a request that nothing else has answered."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1011})
        return
    body = json.dumps(error_body(fault.message, fault.code, scope["request_id"])).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
