"""What is no request is told so: in JSON, with a code and the request's id, never as our fault."""

import gzip
import json
from typing import Any

import httpx2
import pytest

from api.kernel.requests import BadRequest, of_body, of_query_string, of_value
from api.kernel.strict_json import NotRead, read_json
from domain.people.viewer import Viewer
from tests.api.kernel.test_cache import MEMBER
from tests.conftest import Service

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


QUERY = "{ viewer { role } }"
TYPED = "query($name: String!) { __type(name: $name) { name } }"
JSON = "application/json"
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "a boolean": b"true",
    "a list": b"[]",
    "a list of requests": json.dumps([{"query": QUERY}]).encode(),
    "half of JSON": b'{"query": "',
    "two values": b"{} {}",
    "NaN": b'{"query": "{ a }", "variables": {"a": NaN}}',
    "an infinite number": b'{"query": "{ a }", "variables": {"a": 1e999}}',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "GB18030": '{"query": "{ a(b: \\"羽绒服\\") }"}'.encode("gb18030"),
    "UTF-16": json.dumps({"query": QUERY}).encode("utf-16"),
    "deep lists": b"[" * 20_000 + b"]" * 20_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep variables": b'{"query": "{ a }", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "a long number": b'{"query": "{ a }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    "a number of 100 digits": b'{"query": "{ a }", "variables": {"a": ' + b"9" * 100 + b"}}",
    "half a character in the query": b'{"query": "{ a(b: \\"\\ud83d\\") }"}',
    "half a character in the name": b'{"query": "{ a }", "operationName": "\\udc00"}',
    "half a character in a variable": b'{"query": "{ a }", "variables": {"a": ["x\\ud83d"]}}',
    "half a character in a key": b'{"query": "{ a }", "variables": {"\\ud83d": 1}}',
    "half a character in extensions": b'{"query": "{ a }", "extensions": {"a": "\\ud83d"}}',
    "halves the wrong way round": b'{"query": "{ a }", "variables": {"a": "\\ude00\\ud83d"}}',
    "no character": b'{"query": "{ a }", "variables": {"a": "\\u0000"}}',
    "two queries": b'{"query": "{ viewer { role } }", "query": "{ __typename }"}',
    "a variable twice": b'{"query": "{ a }", "variables": {"a": 1, "a": 1}}',
    "a name twice, one of them escaped": b'{"query": "{ a }", "variables": {"a": 1, "\\u0061": 2}}',
    "no query": b"{}",
    "an empty query": b'{"query": ""}',
    "too many values": b'{"query": "{ a }", "variables": {"a": [' + b"1," * 60_000 + b"1]}}",
}
for name, wrong in (
    ("query", [{"ob": "ject"}, 0, False, ["array"]]),
    ("operationName", [{"ob": "ject"}, 0, False, ["array"]]),
    ("variables", ["text", 0, False, ["array"]]),
    ("extensions", ["text", 0, False, ["array"]]),
):
    for value in wrong:
        body = {"query": QUERY, name: value}
        BODIES[f"{name} {value}"] = json.dumps(body).encode()
PERSISTED: list[Any] = [None, 1, "x", [], {}, {"sha256Hash": 1}, {"sha256Hash": "x" * 9_000}]


def told(answer: httpx2.Response, status: int, what: object = "") -> dict[str, Any]:
    """The error of an answer that refuses a request."""
    assert answer.status_code == status, (what, answer.text[:200])
    assert answer.headers["content-type"].startswith(JSON)
    body = answer.json()
    assert "data" not in body
    [error] = body["errors"]
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    return error


async def post(service: Service, content: bytes, **headers: str) -> httpx2.Response:
    headers = {"Content-Type": JSON, **headers}
    return await service.http.post("/graphql", content=content, headers=headers)


@pytest.mark.parametrize("viewer", [None, MEMBER])
async def test_a_body_that_is_no_request(service: Service, viewer: Viewer | None):
    for name, body in BODIES.items():
        answer = await post(service, body, **service.headers(viewer))
        assert told(answer, 400, name)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_body_of_a_kind_that_is_not_taken(service: Service):
    body = json.dumps({"query": QUERY}).encode()
    for kind, words in {
        "application/json; charset=gbk": "UTF-8",
        "application/json; charset=utf-16": "UTF-8",
        "text/plain": JSON,
        "application/x-www-form-urlencoded": JSON,
        "application/graphql": JSON,
        "": JSON,
        "nonsense": JSON,
    }.items():
        error = told(await post(service, body, **{"Content-Type": kind}), 415, kind)
        assert error["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
        assert words in error["message"]


async def test_a_compressed_body_is_refused_in_words(service: Service):
    body = gzip.compress(json.dumps({"query": QUERY}).encode())
    error = told(await post(service, body, **{"Content-Encoding": "gzip"}), 415)
    assert "compressed" in error["message"]


async def test_utf_8_may_be_declared_in_any_way(service: Service):
    body = json.dumps({"query": QUERY}).encode()
    for kind in (
        "application/json;charset=UTF-8",
        'application/json; charset="utf8"',
        JSON.upper(),
    ):
        answer = await post(service, body, **{"Content-Type": kind})
        assert answer.json() == {"data": {"viewer": {"role": "VISITOR"}}}, kind


async def test_a_fault_names_where_it_is(service: Service):
    body = b'{"query": "{ a }", "variables": {"input": {"titles": ["x", "\\ud83d"]}}}'
    assert "variables.input.titles.1" in told(await post(service, body), 400)["message"]


QUERY_STRINGS = [
    b"query=%ff%fe",
    b"query=%7Ba%7D&query=%7Bb%7D",
    b"query=%7Ba%7D&variables=%7B",
    b"query=%7Ba%7D&variables=1",
    b"query=%7Ba%7D&variables=%5B%5D",
    b"query=%7Ba%7D&extensions=x",
    b"query=%7Ba%7D%00",
    b"variables=%7B%7D",
    b"query=",
    b"",
    b"query=%ED%A0%80",
    b"query=%7Ba%7D&variables=" + b"%5B" * 2_000,
]


async def test_a_query_string_that_is_no_request(service: Service):
    for one in QUERY_STRINGS:
        told(await service.http.get(f"/graphql?{one.decode()}"), 400, one)


async def test_a_query_string_is_bounded(service: Service):
    error = told(await service.http.get("/graphql", params={"query": "x" * 20_000}), 414)
    assert error["extensions"]["code"] == "URL_TOO_LONG"
    assert told(await service.http.get("/health", params={"a": "x" * 20_000}), 414)


async def test_other_methods_are_told_which_ones_are_taken(service: Service):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await service.http.request(method, "/graphql")
        assert told(answer, 405)["extensions"]["code"] == "METHOD_NOT_ALLOWED"
        assert answer.headers["allow"] == "GET, POST"


async def test_a_hash_that_is_none_is_no_fault_of_ours(service: Service):
    for named in PERSISTED:
        body = json.dumps({"query": QUERY, "extensions": {"persistedQuery": named}}).encode()
        answer = await post(service, body)
        assert answer.status_code in {200, 400}
        assert "INTERNAL" not in answer.text


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_operation_that_is_not_there_and_variables_that_do_not_fit(
    service: Service, accept: str
):
    wrong: list[dict[str, Any]] = [
        {"query": "query A { viewer { id } }", "operationName": "B"},
        {"query": "query A { viewer { id } } query B { viewer { id } }"},
        {"query": "fragment f on Query { viewer { id } }"},
        {"query": TYPED, "variables": {"name": {}}},
        {"query": TYPED, "variables": {"name": 10**30}},
        {"query": TYPED},
        {"query": "query($a: Float = 1e400) { viewer { id } }"},
        {"query": "query($a: Int) { stores(first: $a) { totalCount } }", "variables": {"a": 2**40}},
        {"query": "query($a: Int) { stores(first: $a) { totalCount } }", "variables": {"a": "1"}},
        {"query": "type A { b: Int }"},
        {"query": "subscription { fulfilmentOrderChanged(storeId: 1) { id } }"},
    ]
    for body in wrong:
        answer = await post(service, json.dumps(body).encode(), Accept=accept)
        assert "errors" in answer.json(), body
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST", body
        assert "data" not in answer.json(), body
        assert answer.status_code == 400 or accept == JSON, body


async def test_what_a_client_sent_is_not_sent_back_at_length(service: Service):
    body = {"query": TYPED, "variables": {"name": ["x" * 100_000]}}
    answer = await post(service, json.dumps(body).encode())
    assert len(answer.content) < 1_000
    assert answer.json()["errors"]


async def test_a_subscription_over_http_is_shown_the_way(service: Service):
    text = 'subscription { fulfilmentOrderChanged(storeId: "S1") { id } }'
    error = told(await post(service, json.dumps({"query": text}).encode()), 400)
    assert "graphql-transport-ws" in error["message"]


def form(operations: Any, places: Any, *files: str, raw: bool = False) -> dict[str, Any]:
    texts = [operations, places] if raw else [json.dumps(operations), json.dumps(places)]
    parts: list[Any] = [("operations", (None, texts[0])), ("map", (None, texts[1]))]
    parts += [(name, ("a.csv", b"x", "text/csv")) for name in files]
    return {"files": parts}


GOOD = {"query": QUERY, "variables": {"file": None, "files": [None], "a": {"b": None}, "c": 1}}
FORMS: dict[str, dict[str, Any]] = {
    "operations null": form(None, {"0": ["variables.file"]}, "0"),
    "operations a list": form([GOOD], {"0": ["0.variables.file"]}, "0"),
    "operations a number": form(1, {"0": ["variables.file"]}, "0"),
    "operations no JSON": form("{", "{}", raw=True),
    "operations too deep": form("[" * 20_000, "{}", raw=True),
    "map null": form(GOOD, None, "0"),
    "map a list": form(GOOD, ["variables.file"], "0"),
    "map a number": form(GOOD, 1, "0"),
    "map no JSON": form(json.dumps(GOOD), "{", "0", raw=True),
    "map empty": form(GOOD, {}, "0"),
    "map to a text": form(GOOD, {"0": "variables.file"}, "0"),
    "map to null": form(GOOD, {"0": None}, "0"),
    "map to nothing": form(GOOD, {"0": []}, "0"),
    "map to numbers": form(GOOD, {"0": [1]}, "0"),
    "map to an empty path": form(GOOD, {"0": [""]}, "0"),
    "map to variables": form(GOOD, {"0": ["variables"]}, "0"),
    "map to the query": form(GOOD, {"0": ["query"]}, "0"),
    "map to a missing path": form(GOOD, {"0": ["variables.no.file"]}, "0"),
    "map into a list": form(GOOD, {"0": ["variables.files.0"]}, "0"),
    "map beyond a list": form(GOOD, {"0": ["variables.files.7.x"]}, "0"),
    "map to a strange index": form(GOOD, {"0": ["variables.files.²³.x"]}, "0"),
    "map to what is there": form(GOOD, {"0": ["variables.c"]}, "0"),
    "map into a number": form(GOOD, {"0": ["variables.c.x"]}, "0"),
    "no such file": form(GOOD, {"1": ["variables.file"]}, "0"),
    "no file": form(GOOD, {"0": ["variables.file"]}),
    "one file in two places": form(GOOD, {"0": ["variables.file", "variables.a.b"]}, "0"),
    "two files": form(GOOD, {"0": ["variables.file"], "1": ["variables.a.b"]}, "0", "1"),
    "one name twice": form(GOOD, {"0": ["variables.file"]}, "0", "0"),
    "operations a file": {"files": [("operations", ("a", b"{}", JSON)), ("map", (None, "{}"))]},
    "no map": {"files": [("operations", (None, json.dumps(GOOD)))]},
    "half a character": form('{"query": "{ a }", "variables": {"a": "\\ud83d"}}', "{}", raw=True),
    "no boundary": {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    "an unended form": {
        "content": b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{',
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
    },
    "no form": {
        "content": b"\0\1\2",
        "headers": {"Content-Type": "multipart/form-data; boundary=b"},
    },
}


async def test_a_form_that_is_no_request(service: Service):
    for name, sent in FORMS.items():
        answer = await service.http.post("/graphql", **sent)
        assert told(answer, 400, name)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_file_may_stand_in_an_object(service: Service):
    answer = await service.http.post("/graphql", **form(GOOD, {"0": ["variables.a.b"]}, "0"))
    assert answer.json() == {"data": {"viewer": {"role": "VISITOR"}}}


@pytest.mark.parametrize(
    "body",
    ['{"query": "{ a }", "variables": {"a": "😀 \\ud83d\\ude00 \\u00e9"}}', '{"query": "{ a }"}'],
)
def test_whole_characters_are_taken_however_they_are_written(body: str):
    assert of_body(body.encode()).query == "{ a }"


def test_an_empty_operation_name_is_none():
    assert of_value({"query": "{ a }", "operationName": ""}).operation_name is None
    assert of_query_string(b"query=%7Ba%7D&operationName=&variables=").variables is None
    with pytest.raises(BadRequest):
        of_query_string(b"query=\xff")


def test_json_is_read_to_its_bounds_and_no_further():
    deepest = "[" * 32 + "]" * 32
    assert read_json(deepest)
    with pytest.raises(NotRead, match="deep"):
        read_json(f"[{deepest}]")
    assert len(read_json("[" + "1," * 49_998 + "1]")) == 49_999
    with pytest.raises(NotRead, match="values"):
        read_json("[" + "1," * 50_001 + "1]")
    assert read_json("9" * 40) == int("9" * 40)
    with pytest.raises(NotRead, match="digits"):
        read_json("9" * 41)
