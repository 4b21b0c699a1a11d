"""A service that answers registered operations alone, and one that does not tell its schema."""

import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from api.kernel.registered import NotRegistered, Registered
from api.pages.files import WEB
from qianmian.registering import registered_in
from qianmian.settings import SettingsError
from scripts.bootstrap import ROOT
from tests.conftest import DATABASE, Service, serving, settings_for
from tests.support.sockets import connected

pytestmark = pytest.mark.anyio

WHO = "query Who { viewer { ...Person } }\n\nfragment Person on Viewer { id role }\n"
SHOWN = "query Products($first: Int) { products(first: $first) { nodes { id } } }"
SAME = (
    "fragment Person on Viewer {id,role} # whoever it is\nquery Who{viewer{...Person}}",
    f"{WHO} query Other {{ products {{ totalCount }} }}",
)
OTHERS = (
    "query Who { viewer { ...Person } } fragment Person on Viewer { id role name }",
    "query Who { viewer { id role } }",
    "query Me { viewer { ...Person } } fragment Person on Viewer { id role }",
    "{ viewer { id role } }",
    "query Who { who: viewer { ...Person } } fragment Person on Viewer { id role }",
    "{ __typename }",
    "{ __schema { types { name } } }",
)


@pytest.fixture(scope="module")
async def strict(
    mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """A service with two registered operations, which tells nobody its schema."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "client").mkdir()
    (folder / "client" / "both.graphql").write_text(f"{WHO}\n{SHOWN}")
    settings = settings_for(mongodb_uri, DATABASE, folder)
    async with serving(replace(settings, operations=folder, introspection=False)) as service:
        yield service


def codes(body: dict[str, Any]) -> list[str]:
    return [one["extensions"]["code"] for one in body.get("errors", ())]


async def sent(service: Service, **body: Any) -> dict[str, Any]:
    answer = await service.http.post("/graphql", json=body)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("text", [WHO, *SAME])
async def test_what_is_registered_is_answered_however_it_is_spaced(strict: Service, text: str):
    assert (await sent(strict, query=text, operationName="Who"))["data"]["viewer"]


@pytest.mark.parametrize("text", OTHERS)
async def test_what_is_not_registered_is_not_answered(strict: Service, text: str):
    answer = await sent(strict, query=text)
    assert codes(answer) == ["OPERATION_NOT_REGISTERED"]
    assert "data" not in answer


async def test_of_a_document_only_the_operation_that_is_asked_for_counts(strict: Service):
    both = f"{WHO} query Other {{ products {{ totalCount }} }}"
    assert codes(await sent(strict, query=both, operationName="Other")) == [
        "OPERATION_NOT_REGISTERED"
    ]
    assert codes(await sent(strict, query=both, operationName="None"))


async def test_a_hash_needs_no_sending_before_and_sending_registers_nothing(strict: Service):
    registered = strict_texts()
    [digest] = [one for one, text in registered.items() if text.startswith("query Products")]
    named = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    answer = await sent(strict, extensions=named, variables={"first": 1})
    assert answer["data"]["products"] == {"nodes": []}
    by_get = await strict.http.get("/graphql", params={"extensions": json.dumps(named)})
    assert by_get.json()["data"]["products"] == {"nodes": []}

    text = OTHERS[0]
    own = {"persistedQuery": {"sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    for body in ({"extensions": own, "query": text}, {"extensions": own}):
        assert codes(await sent(strict, **body)) == ["OPERATION_NOT_REGISTERED"]


def strict_texts() -> dict[str, str]:
    return Registered([f"{WHO}\n{SHOWN}"]).texts


async def test_over_a_socket_it_is_the_same(strict: Service):
    [digest] = [one for one, text in strict_texts().items() if text.startswith("query Who")]
    async with connected(strict) as socket:
        await socket.subscribe(OTHERS[1])
        refused = await socket.receive()
        assert (refused["type"], codes({"errors": refused["payload"]})) == (
            "error",
            ["OPERATION_NOT_REGISTERED"],
        )
        for named, told in (("0" * 64, "PERSISTED_QUERY_NOT_FOUND"), (digest, None)):
            extensions = {"persistedQuery": {"sha256Hash": named}}
            await socket.send(type="subscribe", id="2", payload={"extensions": extensions})
            message = await socket.receive()
            if told:
                assert codes({"errors": message["payload"]}) == [told]
            else:
                assert message["payload"]["data"]["viewer"]["role"] == "VISITOR"


async def test_the_pages_ask_only_for_what_is_registered(tmp_path: Path):
    registered = registered_in(tmp_path)
    assert registered
    files = sorted(WEB.rglob("*.graphql"))
    assert len(files) > 10
    for file in files:
        # As the pages do: each with the fragments of its file, in whatever order.
        document = parse(file.read_text())
        for one in document.definitions:
            if one.kind == "operation_definition":
                registered.require(f"{file} {one.name.value}", document, one.name.value)
    with pytest.raises(NotRegistered):
        registered.require(WHO, parse(WHO), None)
    # None of their modules has a document of its own.
    for module in WEB.rglob("*.js"):
        text = module.read_text()
        for word in ("`query ", "`mutation ", "`subscription ", '"query ', '"mutation '):
            assert word not in text, module


def test_a_folder_with_what_is_no_operation_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "broken.graphql").write_text("query {")
    with pytest.raises(SettingsError, match=r"broken\.graphql"):
        registered_in(tmp_path)


async def test_a_schema_is_told_where_it_may_be(standing: Service, mongodb_uri, tmp_path):
    asked = "query A { __schema { queryType { name } } } query B { viewer { __typename role } }"
    assert "data" in await sent(standing, query=asked, operationName="A")
    settings = replace(settings_for(mongodb_uri, DATABASE, tmp_path), introspection=False)
    async with serving(settings) as service:
        for text in (
            "{ __schema { queryType { name } } }",
            'query { products { totalCount } a: __type(name: "Query") { name } }',
            "{ ...F } fragment F on Query { __schema { types { name } } }",
        ):
            answer = await sent(service, query=text)
            assert codes(answer) == ["BAD_REQUEST"]
            assert "does not tell its schema" in answer["errors"][0]["message"]
        answer = await sent(service, query="{ viewer { __typename role } }")
        assert answer["data"]["viewer"]["__typename"] == "Viewer"


def test_the_command_lists_operations_and_says_which_do_not_fit(tmp_path: Path):
    (tmp_path / "one.graphql").write_text("query Fits { viewer { id } } query Not { qqqqqqqq }")
    command = [sys.executable, "-m", "scripts.operations", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "query Not: Cannot query field 'qqqqqqqq' on type 'Query'.\n"
    texts = json.loads(done.stdout)
    assert "query Fits {\n  viewer {\n    id\n  }\n}" in texts.values()
    assert all(hashlib.sha256(text.encode()).hexdigest() == one for one, text in texts.items())
