"""Public answers kept for a second, so that a thousand askers cost one answer.

An answer is public where the request carries no Authorization and every field that it asks of the
query type is marked so (`api.kernel.hints`). It is kept for a second at most, never past the
moment at which a price or an offer changes or a product goes on or off the shelf, and never past a
change of the reference data that this process has heard of. Everything else is sent with
`no-store`. While the database does not answer, the answer of before is better than none.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache

from api.kernel.answers import media_type, prefers_html
from api.kernel.hints import CLEAN, PublicOperations
from api.kernel.http import GRAPHQL, App, Message, Receive, Scope, Send
from api.kernel.logs import noted
from api.kernel.persisted import PersistedQueries
from api.kernel.requests import (
    JSON,
    READ,
    BadRequest,
    GraphQLRequest,
    content_type,
    of_body,
    of_query_string,
)
from api.kernel.world import World
from domain.kernel.refusals import RefusalCode
from domain.mall.reference import Reference
from domain.people.viewer import ANONYMOUS

KEPT_S = 1.0
# The service's clock tells whole milliseconds: it may be that much later than it says.
CLOCK_S = 0.001
# How long an answer is good enough while the database does not answer.
OLDEST_S = 600.0
LONGEST_REQUEST = 32_768
LONGEST_ANSWER = 1_000_000
MOST_BYTES = 64 * 1024 * 1024
# Roughly what an entry takes beside its question and its answer.
OVERHEAD_BYTES = 1_000
# Set in the scope by the endpoint when an answer has no errors.

Header = tuple[bytes, bytes]
Key = tuple[bytes, bytes, bytes]

_NO_STORE: Header = (b"cache-control", b"private, no-store")
_MAY_KEEP: Header = (b"cache-control", b"public, max-age=1")
_MUST_ASK: Header = (b"cache-control", b"public, no-cache")
_VARY: Header = (b"vary", b"Accept, Authorization")
_DEFAULT_ACCEPT = b"*/*"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, since when and until when at most by this process's clock, and made from what."""

    body: bytes
    etag: bytes
    headers: list[Header]
    asked_at: float
    flips_at: float
    made_from: Reference
    operation: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An anonymous request as far as the cache looks at it."""

    key: Key
    etag: bytes | None
    fresh: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """An answer that is being made, and the reference data of when that began."""

    answer: asyncio.Future[Kept | None]
    begun_with: Reference


class PublicAnswers:
    """Stands before the service and answers for its GraphQL endpoint where it can."""

    def __init__(
        self,
        app: App,
        world: World,
        operations: PublicOperations,
        persisted: PersistedQueries,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._app = app
        self._world = world
        self._operations = operations
        self._persisted = persisted
        self._kept: LRUCache[Key, Kept] = LRUCache(most_bytes, getsizeof=lambda kept: kept.size)
        self._coming: dict[Key, Coming] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != GRAPHQL:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not _anonymous_json(scope["method"], headers):
            await self._app(scope, receive, _private(send))
            return
        body, receive = await _read(scope, receive)
        asked = Asked(
            key=(scope["query_string"], body, _kind(headers)),
            etag=headers.get(b"if-none-match"),
            fresh=b"no-cache" in headers.get(b"cache-control", b""),
        )
        kept = None if asked.fresh else self._find(asked.key)
        if kept is None and await self._is_public(scope, body):
            kept = await self._make(asked, scope, receive, send)
            if kept is None:
                return
        if kept is None:
            await self._app(scope, receive, _private(send))
        else:
            await _send(kept, asked, scope, send)

    def _find(self, key: Key, oldest_s: float = KEPT_S) -> Kept | None:
        """An answer that was asked for at most so long ago, and that nothing has overtaken."""
        kept = self._kept.get(key)
        if kept is None or min(kept.asked_at + oldest_s, kept.flips_at) <= time.monotonic():
            return None
        return kept if kept.made_from is self._world.reference.now() else None

    async def _is_public(self, scope: Scope, body: bytes) -> bool:
        """Whether the operation is public; one that can't be read is left to the endpoint."""
        if len(body) > LONGEST_REQUEST:
            return False
        try:
            asked = _request(scope, body)
        except BadRequest:
            return False
        scope[READ] = asked
        text = asked.query or self._persisted.known(asked.extensions)
        return text is not None and await self._operations.includes(text, asked.operation_name)

    async def _make(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> Kept | None:
        """Have the answer made once for all who wait for it; None where it is sent already."""
        view, coming = self._world.reference.now(), self._coming.get(asked.key)
        if coming and coming.begun_with is view and not asked.fresh:
            kept = await asyncio.shield(coming.answer)
            if kept is None:
                await self._app(scope, receive, _private(send))
            return kept
        coming = Coming(asyncio.get_running_loop().create_future(), view)
        self._coming[asked.key] = coming
        kept = None
        try:
            kept = await self._ask(asked.key, scope, receive, send)
        finally:
            coming.answer.set_result(kept)
            if self._coming.get(asked.key) is coming:
                del self._coming[asked.key]
        return kept

    async def _ask(self, key: Key, scope: Scope, receive: Receive, send: Send) -> Kept | None:
        """Ask the endpoint; an answer that can't be kept is passed on at once."""
        made_from, asked_at, now = self._world.reference.now(), time.monotonic(), self._world.now()
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, collect)
        body = b"".join(message.get("body", b"") for message in messages)
        if messages[0]["status"] != 200 or not scope.get(CLEAN) or len(body) > LONGEST_ANSWER:
            silent = RefusalCode.UNAVAILABLE.value in noted(scope).errors
            if silent and (old := self._find(key, OLDEST_S)):
                noted(scope).errors = []
                return old
            for message in messages:
                await _private(send)(message)
            return None
        until_flip = _seconds_until(made_from.next_flip(now), now)
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        # Whoever keeps it may do so a second after this process has, and still before the flip.
        may_keep = _MAY_KEEP if until_flip > 2 * KEPT_S else _MUST_ASK
        kept = Kept(
            body=body,
            etag=etag,
            headers=[*messages[0]["headers"], may_keep, _VARY, (b"etag", etag)],
            asked_at=asked_at,
            flips_at=asked_at + until_flip - CLOCK_S,
            made_from=made_from,
            operation=noted(scope).operation,
            size=sum(map(len, key)) + len(body) + OVERHEAD_BYTES,
        )
        if kept.size <= self._kept.maxsize:
            self._kept[key] = kept
        return kept


def _anonymous_json(method: str, headers: dict[bytes, bytes]) -> bool:
    """Whether a request may be public by its head: no token, JSON asked for and JSON sent."""
    if b"authorization" in headers:
        return False
    accept = headers.get(b"accept", _DEFAULT_ACCEPT).decode("latin-1")
    if media_type(accept) is None or prefers_html(accept):
        return False
    if method == "GET":
        return True
    return method == "POST" and _sends_json(headers)


def _sends_json(headers: dict[bytes, bytes]) -> bool:
    """Whether a body is JSON as the endpoint takes it."""
    if headers.get(b"content-type") == b"application/json" and b"content-encoding" not in headers:
        return True
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
    try:
        return content_type(named) == JSON
    except BadRequest:
        return False


async def _read(scope: Scope, receive: Receive) -> tuple[bytes, Receive]:
    """Read a request's body, and a `receive` that gives it once more."""
    parts: list[bytes] = []
    more = scope["method"] == "POST"
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    replayed = False

    async def replay() -> Message:
        nonlocal replayed
        if replayed:
            return await receive()
        replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, replay


def _request(scope: Scope, body: bytes) -> GraphQLRequest:
    """The GraphQL request in a body or in a query string."""
    return of_body(body) if scope["method"] == "POST" else of_query_string(scope["query_string"])


def _kind(headers: dict[bytes, bytes]) -> bytes:
    """The media type in which an answer is wanted."""
    kind = media_type(headers.get(b"accept", _DEFAULT_ACCEPT).decode("latin-1"))
    return kind.encode() if kind else b""


def _seconds_until(moment: datetime | None, now: datetime) -> float:
    return float("inf") if moment is None else (moment - now).total_seconds()


def _private(send: Send) -> Send:
    """Send what is about one asker, so that nobody keeps it."""

    async def send_private(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], _NO_STORE]
        await send(message)

    return send_private


async def _send(kept: Kept, asked: Asked, scope: Scope, send: Send) -> None:
    notes = noted(scope)
    notes.operation, notes.role = kept.operation, ANONYMOUS.role
    if scope["method"] == "GET" and asked.etag == kept.etag:
        headers = [header for header in kept.headers if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": kept.headers})
    await send({"type": "http.response.body", "body": kept.body})
