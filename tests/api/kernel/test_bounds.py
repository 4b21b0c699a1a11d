"""Documents that ask for too much are refused for little work, over HTTP and over sockets."""

import asyncio
import itertools
from unittest import mock

import pytest
from graphql import GraphQLError, Lexer, Source, TokenKind, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from api.kernel import bounds, documents
from api.kernel.bounds import TooComplex, require_bounded, require_few_tokens
from api.kernel.documents import Document, Documents, parsed
from api.schema import schema
from tests.conftest import Service
from tests.support.sockets import connected

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


def doubling(times: int, leaf: str = "viewer { id }") -> str:
    """Fragments of which each spreads the next one twice."""
    links = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(times)]
    return "\n".join(["{ ...f0 }", *links, f"fragment f{times} on Query {{ {leaf} }}"])


def many(times: int, text: str) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(times))


TOO_MUCH = {
    "doubled 20 times": doubling(20),
    "doubled 48 times": doubling(48),
    "doubled aliases": doubling(6, "a: viewer { id }"),
    "too long": '{ a(b: "' + "x" * 70_000 + '") }',
    "tokens": "{ viewer { " + "id " * 4_000 + "} }",
    "comments": "#\n" * 4_000 + "{ viewer { id } }",
    "one name again and again": "{ viewer { " + "id " * 900 + "} }",
    "one name through objects": "{ " + many(30, "viewer { id id id id }") + " }",
    "one name through fragments": "{ "
    + many(40, "viewer { id ...f# }")
    + " } "
    + many(40, "fragment f# on Viewer { id name }"),
    "fields": "{ " + many(400, "... on Query { viewer { id name } }") + " }",
    "aliases": "{ " + many(31, "a#: viewer { id }") + " }",
    "depth": "{ " + "viewer { " * 20 + "id" + " }" * 20 + " }",
    "selections in selections": "{ " + "... on Query { " * 100 + "viewer { id }" + " }" * 101,
    "pages in pages": "{ stores(first: 100) { nodes { products(first: 100) { nodes { a b } } } } }",
    "a page of any size": "{ stores(first: 2000000000) { nodes { id } } }",
    "directives": "{ viewer " + "@skip(if: false) " * 200 + "{ id } }",
    "operations": many(21, "query a# { viewer { id } }"),
    "fragments": "{ ...f0 } " + many(51, "fragment f# on Query { viewer { id } }"),
    "a number of 5,000 digits": "{ products(first: " + "9" * 5_000 + ") { totalCount } }",
    "a fraction of 5,000 digits": "{ a(b: 0." + "9" * 5_000 + ") }",
    "no character": '{ node(id: "\\u0000") { id } }',
}
TOO_DEEP = {
    "selections": "{a" * 20_000,
    "lists": "{ a(b: " + "[" * 20_000,
    "objects": "{ a(b: " + "{c:" * 20_000,
    "types": "query($a: " + "[" * 20_000,
}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_asks_for_too_much_is_refused_before_it_is_validated(
    text: str, monkeypatch: pytest.MonkeyPatch
):
    def validate(*_: object, **__: object) -> None:
        raise AssertionError("validated")

    monkeypatch.setattr(documents, "validate", validate)
    with pytest.raises(TooComplex):
        Documents().read_now(text, schema._schema)


async def test_it_is_told_as_a_bad_request_over_http(service: Service):
    for name, text in {**TOO_MUCH, **TOO_DEEP}.items():
        answer = await service.http.post(
            "/graphql",
            json={"query": text},
            headers={"Accept": "application/graphql-response+json"},
        )
        assert answer.status_code == 400, name
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] in {"TOO_COMPLEX", "BAD_REQUEST"}
        assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
        assert len(answer.content) < 1_000


@pytest.mark.parametrize("text", [doubling(20), TOO_MUCH["one name again and again"], "{a" * 900])
async def test_it_is_told_over_a_socket_too_which_goes_on(service: Service, text: str):
    async with connected(service) as socket:
        await socket.send(type="subscribe", id="1", payload={"query": text})
        error = await socket.receive()
        assert (error["type"], error["id"]) == ("error", "1")
        assert error["payload"][0]["extensions"]["code"] in {"TOO_COMPLEX", "BAD_REQUEST"}
        await socket.send(type="subscribe", id="1", payload={"query": "{ viewer { role } }"})
        assert (await socket.next())["data"] == {"viewer": {"role": "VISITOR"}}


def steps(text: str) -> int:
    return require_bounded(parse(text))


@pytest.mark.parametrize(
    ("text", "small", "large"),
    [
        (lambda size: "{ " + many(size, "a { b }") + " }", 20, 40),
        (lambda size: "{ ...f0 } " + many(size, "fragment f# on Query { ...f0 }"), 20, 40),
        (lambda size: "{ a(b: [" + "1 " * size + "]) }", 200, 400),
        (lambda size: "{ a" + " @b" * size + " }", 40, 80),
        (lambda size: doubling(size, "__typename"), 4, 8),
    ],
)
def test_a_document_twice_as_long_takes_about_twice_the_steps(text, small: int, large: int):
    assert steps(text(large)) < steps(text(small)) * 3


def test_a_fragment_is_measured_once_however_often_it_is_spread():
    spread = "{ " + "...f " * 200 + "} fragment f on Query { viewer { id name role } }"
    assert steps(spread) < 2_500


def test_what_clients_send_is_within_the_bounds():
    wide = many(10, "... on M# { id title products { id name price { fen } } }")
    text = f"query Page($first: Int) {{ page(first: $first) {{ modules {{ {wide} }} }} }}"
    assert parsed(text)


def test_validation_stops_after_a_few_faults():
    faults = Documents().read_now("{ " + many(500, "nothing#") + " }", schema._schema).faults
    assert len(faults) <= 6


async def test_a_sound_document_is_read_once_and_a_faulty_one_is_not_kept():
    remembering = Documents(most_characters=40)

    async def read(text: str) -> Document:
        return await remembering.read(text, schema._schema)

    first = await read("{ viewer { id } }")
    assert await read("{ viewer { id } }") is first
    assert await read("{ a }") is not await read("{ a }")
    await read("{ viewer { id name role } }")
    assert await read("{ viewer { id } }") is not first


async def test_others_are_served_between_two_documents_that_are_new():
    done: list[str] = []
    reading = Documents()

    async def read(name: str) -> None:
        await reading.read(f"{{ {name}: viewer {{ id }} }}", schema._schema)
        done.append(name)

    async def served(times: int) -> None:
        for number in range(times):
            await asyncio.sleep(0)
            done.append(str(number))

    await asyncio.gather(*(read(name) for name in "abcd"), served(12))
    at = [done.index(name) for name in "abcd"]
    assert all(later > sooner + 1 for sooner, later in itertools.pairwise(at)), done


async def test_who_goes_while_it_is_their_turn_keeps_nobody_waiting():
    reading = Documents()

    async def read(name: str) -> None:
        await reading.read(f"{{ {name}: viewer {{ id }} }}", schema._schema)

    leaving = [asyncio.create_task(read(name)) for name in "abc"]
    await asyncio.sleep(0)
    for one in leaving:
        one.cancel()
    await asyncio.wait(leaving)
    await asyncio.wait_for(read("d"), 10)


def test_documents_are_read_in_one_event_loop_after_another():
    reading = Documents()

    async def read_all(prefix: str) -> None:
        texts = [f"{{ {prefix}{number}: viewer {{ id }} }}" for number in range(4)]
        await asyncio.gather(*(reading.read(text, schema._schema) for text in texts))

    for prefix in "ab":
        asyncio.run(read_all(prefix))


PIECES = [*'a1 ,\n"\\#{}', "_b1", '""', '"""', '\\"', '\\"""', "..."]


@settings(max_examples=500)
@given(st.lists(st.sampled_from([*PIECES, "-1.5e3", "&", "é", "@", "[", ":", ".", "x y"])))
def test_no_text_is_refused_for_more_tokens_than_it_has(pieces: list[str]):
    text = "".join(pieces)
    lexer, tokens = Lexer(Source(text)), 0
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            tokens += 1
    except GraphQLError:
        return
    with mock.patch.object(bounds, "MAX_TOKENS", tokens):
        require_few_tokens(text)
    if tokens and not set(text) & set('#"1.'):
        with (
            mock.patch.object(bounds, "MAX_TOKENS", tokens - 1),
            pytest.raises(TooComplex),
        ):
            require_few_tokens(text)


@pytest.mark.parametrize(
    "text", ["", "{", "}", "{ a", "query", "{ a(b: 1e) }", '{ a(b: "\\ud800") }', "\0", "{ a }}"]
)
def test_what_is_no_document_is_a_fault_of_the_client_s(text: str):
    with pytest.raises(GraphQLError):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a viewer { id } }",
        "{ ...missing viewer { id } }",
        "{ viewer { ...a } } fragment a on Viewer { ...a }",
    ],
)
def test_fragments_that_lead_nowhere_end(text: str):
    assert Documents().read_now(text, schema._schema).faults
