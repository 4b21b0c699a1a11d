"""The one place where requests are read: a GraphQL request of a body, a query string or a message.

Whatever is no request is told so with a code and a status that docs/api.md lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from api.kernel.limits import MAX_BODY_BYTES
from api.kernel.strict_json import NotRead, read_json

JSON = "application/json"
MULTIPART = "multipart/form-data"
# Where whoever read a request before the endpoint leaves it in the scope.
READ = "qianmian.read"
_PARAMETERS = ("query", "variables", "operationName", "extensions")


class BadRequest(Exception):
    """What came is no request; `code` and `status` say so to a program."""

    def __init__(self, message: str, *, code: str = "BAD_REQUEST", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """What somebody asks for; the query may be named by the extensions instead."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_request(request: Request) -> GraphQLRequest:
    """Read a request of any kind that is taken."""
    known = request.scope.get(READ)
    if isinstance(known, GraphQLRequest):
        return known
    if request.method == "GET":
        return of_query_string(request.scope["query_string"])
    kind = content_type(request.headers)
    try:
        return of_body(await request.body()) if kind == JSON else await _of_form(request)
    except ClientDisconnect:
        raise BadRequest("The request ended before its body did.") from None


def content_type(headers: Mapping[str, str]) -> str:
    """The media type of a body, in UTF-8 and not compressed."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("Send the body as it is; compressed ones are not taken.")
    kind, options = parse_options_header(headers.get("content-type", ""))
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in {"utf-8", "utf8"}:
        raise _unsupported("Send the body in UTF-8; other charsets are not taken.")
    found = kind.decode("latin-1").lower()
    if found not in {JSON, MULTIPART}:
        raise _unsupported(f"Send {JSON}, or {MULTIPART} with a file, as the Content-Type.")
    return found


def of_body(body: bytes) -> GraphQLRequest:
    """Read the JSON of a body."""
    return of_value(_json(body, "The body"))


def of_query_string(query_string: bytes) -> GraphQLRequest:
    """Read the parameters of a GET request; variables and extensions are JSON."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequest("The query string is not URL-encoded UTF-8.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and name in _PARAMETERS:
            raise BadRequest(f"{name} is given more than once.")
        found[name] = value
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _json(found[name], name) if found[name] else None
    return of_value(found)


def of_value(value: Any) -> GraphQLRequest:
    """Read a request from a value that came as JSON."""
    if isinstance(value, list):
        raise BadRequest("Send one operation in each request; a list of them is not taken.")
    if not isinstance(value, dict):
        raise BadRequest("A request is a JSON object with a query.")
    return GraphQLRequest(
        query=_text(value, "query"),
        variables=_object(value, "variables"),
        operation_name=_text(value, "operationName") or None,
        extensions=_object(value, "extensions"),
    )


def _text(value: dict[str, Any], name: str) -> str | None:
    found = value.get(name)
    if not isinstance(found, str | None):
        raise BadRequest(f"{name} must be a text.")
    if found and "\0" in found:
        raise BadRequest(f"{name} has U+0000, which is no character of a text.")
    return found


def _object(value: dict[str, Any], name: str) -> dict[str, Any] | None:
    found = value.get(name)
    if not isinstance(found, dict | None):
        raise BadRequest(f"{name} must be an object.")
    return found


async def _of_form(request: Request) -> GraphQLRequest:
    """Read `operations`, `map` and one file, which takes the place of a null variable."""
    try:
        form = await request.form(max_files=1, max_fields=2, max_part_size=MAX_BODY_BYTES)
    except (MultiPartException, HTTPException, KeyError, ValueError):
        raise BadRequest(
            "The form can't be read; send the fields operations and map, and one file after them."
        ) from None
    operations = _json(_field(form, "operations"), "operations")
    if isinstance(operations, dict):
        operations.setdefault("variables", {})
    places = _json(_field(form, "map"), "map")
    if not isinstance(places, dict):
        raise BadRequest("map must be an object of lists of paths.")
    files = {name: one for name, one in form.multi_items() if isinstance(one, UploadFile)}
    if places.keys() != files.keys():
        raise BadRequest("map must name each file of the form once, and no other.")
    found = of_value(operations)
    for name, paths in places.items():
        _put(found.variables, _only_path(paths), files[name])
    return found


def _field(form: FormData, name: str) -> str:
    values: Sequence[Any] = form.getlist(name)
    if len(values) != 1 or not isinstance(values[0], str):
        raise BadRequest(f"The form needs the field {name} once, as text.")
    return values[0]


def _only_path(paths: Any) -> list[str]:
    if not (isinstance(paths, list) and len(paths) == 1 and isinstance(paths[0], str)):
        raise BadRequest("map must give each file one path, such as variables.file.")
    first, *path = paths[0].split(".")
    if first != "variables" or not path:
        raise BadRequest("The path of a file must begin with variables, as in variables.file.")
    return path


def _put(variables: Any, path: list[str], file: UploadFile) -> None:
    """Put a file where nothing is yet; a variable that waits for one may be null or left out."""
    missing = BadRequest("map must name a variable that is null in operations.")
    *above, last = path
    target = variables
    for key in above:
        target = _at(target, key, missing)
    if not isinstance(target, dict) or target.get(last) is not None:
        raise missing
    target[last] = file


def _at(target: Any, key: str, missing: BadRequest) -> Any:
    try:
        return target[int(key)] if isinstance(target, list) and key.isdigit() else target[key]
    except (KeyError, IndexError, TypeError, ValueError):
        raise missing from None


def _json(data: bytes | str, what: str) -> Any:
    try:
        return read_json(data, what)
    except NotRead as fault:
        raise BadRequest(str(fault)) from None


def _unsupported(message: str) -> BadRequest:
    return BadRequest(message, code="UNSUPPORTED_MEDIA_TYPE", status=415)
