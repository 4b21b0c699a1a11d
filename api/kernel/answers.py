"""Answers of the endpoint: in which media type, with which status, and written how.

By GraphQL over HTTP, an `application/json` answer to a request that was understood is a 200
whatever came of it, and an `application/graphql-response+json` one is a 400 where nothing ran.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response

from api.kernel.bounds import TooComplex
from api.kernel.errors import formatted
from api.kernel.limits import MAX_ERRORS
from api.kernel.logs import Notes
from api.kernel.requests import JSON, BadRequest

GRAPHQL_JSON = "application/graphql-response+json"
HTML = "text/html"
_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@lru_cache(maxsize=256)
def media_type(accept: str) -> str | None:
    """The media type that suits an Accept header best; None where neither does.

    What was named outright goes before what a wildcard allows; JSON where nothing is preferred.
    """
    offers = [_wanted(accept, GRAPHQL_JSON), _wanted(accept, JSON)]
    if not accept.strip() or (offers[0][1] < 2 and offers[1][0] > 0):
        return JSON
    best = max(offers)
    if best[0] <= 0:
        return None
    return GRAPHQL_JSON if offers[0] == best else JSON


@lru_cache(maxsize=256)
def prefers_html(accept: str) -> bool:
    """Whether a page is wanted more than data, as browsers say when they go somewhere."""
    page = _wanted(accept, HTML)
    return page[1] == 2 and page >= max(_wanted(accept, JSON), _wanted(accept, GRAPHQL_JSON))


def _wanted(accept: str, offer: str) -> tuple[float, int]:
    """How much a media type is wanted, and how closely it is named: 2 outright, 0 by */*."""
    kind = offer.partition("/")[0]
    closeness = {"*/*": 0, f"{kind}/*": 1, offer: 2}
    found = (0.0, -1)
    for part in accept.lower().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        close = closeness.get(name, -1)
        if close > found[1]:
            found = (_quality(parameters), close)
    return found


def _quality(parameters: Sequence[str]) -> float:
    for one in parameters:
        name, _, value = one.partition("=")
        if name.strip() == "q":
            try:
                return max(0.0, min(1.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def answered(
    data: Any, errors: Sequence[GraphQLError], *, kind: str, request_id: str, notes: Notes
) -> Response:
    """The answer to a request that was understood; without `data` where nothing ran."""
    ran = data is not None or not errors or any(one.path for one in errors)
    body: dict[str, Any] = {"data": data} if ran else {}
    status = 200
    if errors:
        shown = [formatted(one, request_id=request_id) for one in errors[:MAX_ERRORS]]
        notes.of_errors(shown)
        body["errors"] = shown
    if not ran and (kind == GRAPHQL_JSON or any(isinstance(one, TooComplex) for one in errors)):
        status = 400
    return written(body, kind, status)


def unreadable(fault: BadRequest, *, kind: str, request_id: str) -> Response:
    """The answer to what is no request."""
    status = fault.status
    if kind == GRAPHQL_JSON and status < 400:
        status = 400
    response = written(error_body(fault.message, fault.code, request_id), kind, status)
    if status == 405:
        response.headers["allow"] = "GET, POST"
    return response


def error_body(message: str, code: str, request_id: str) -> dict[str, Any]:
    """One error as every answer of the service tells it."""
    extensions = {"code": code, "requestId": request_id}
    return {"errors": [{"message": message, "extensions": extensions}]}


def write(body: Any) -> bytes:
    """Write a value as compact JSON, with Chinese as it is."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # such as an integer of more than 64 bits
        return _as_text(body).encode()


def written(body: Any, kind: str, status: int) -> Response:
    """An answer with a body of JSON."""
    headers = {"content-type": f"{kind}; charset=utf-8"}
    return Response(write(body), status_code=status, headers=headers)
