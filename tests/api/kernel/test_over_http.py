"""What GraphQL over HTTP asks of a server, point by point; the source is the draft specification,
https://graphql.github.io/graphql-over-http/draft/, with what its public audit suite looks at.
"""

import json
from typing import Any

import pytest

from api.kernel.answers import media_type, prefers_html
from tests.conftest import Service
from tests.support.cases import one_after_the_other

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
ANY = "{ __typename }"
TYPED = "query Type($name: String!) { __type(name: $name) { name } }"
NEEDS = "query CoerceFailure($id: ID!){ __typename }"


async def post(service: Service, body: Any, accept: str | None = JSON, **headers: str) -> Any:
    content = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    headers = {"Content-Type": JSON, **headers}
    request = service.http.build_request(
        "POST", "/graphql", content=content.encode(), headers=headers
    )
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    return await service.http.send(request)


@one_after_the_other(
    "accept, kind",
    [
        (None, JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
    ],
)
async def test_the_media_type_that_is_asked_for_is_answered_in_utf_8(
    service: Service, accept: str | None, kind: str
):
    answer = await post(service, {"query": ANY}, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert json.loads(answer.content.decode()) == {"data": {"__typename": "Query"}}


async def test_what_suits_no_media_type_of_ours_is_not_acceptable(service: Service):
    for accept in ("image/png", "text/event-stream", "application/json;q=0", "text/html"):
        answer = await post(service, {"query": ANY}, accept)
        assert answer.status_code == 406
        assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


async def test_requests_are_in_utf_8_whether_they_say_so_or_not(service: Service):
    body = {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}
    for kind in (JSON, f"{JSON}; charset=utf-8"):
        answer = await post(service, body, **{"Content-Type": kind})
        assert answer.json() == {"data": {"__type": None}}


async def test_queries_go_by_get_too_and_mutations_do_not(service: Service):
    variables = json.dumps({"name": "Query"})
    for accept in (JSON, GRAPHQL):
        answer = await service.http.get(
            "/graphql",
            params={"query": TYPED, "variables": variables, "operationName": "Type"},
            headers={"Accept": accept},
        )
        assert answer.json() == {"data": {"__type": {"name": "Query"}}}
        refused = await service.http.get(
            "/graphql", params={"query": "mutation { __typename }"}, headers={"Accept": accept}
        )
        assert refused.status_code == 405
        assert refused.headers["allow"] == "GET, POST"


async def test_a_post_needs_a_body_and_its_kind(service: Service):
    assert (await post(service, "", **{"Content-Type": ""})).status_code == 415
    assert (await post(service, "")).status_code == 400


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, None])
async def test_parameters_of_a_wrong_kind_are_a_400(service: Service, accept: str | None):
    wrong: list[dict[str, Any]] = [{}, {"notquery": ANY}, {"qeury": ANY}]
    for name in ("query", "operationName", "variables", "extensions"):
        for value in ({"obj": "ect"}, "text", 0, False, ["array"]):
            fits = isinstance(value, str if name in ("query", "operationName") else dict)
            wrong += [] if fits else [{"query": ANY, name: value}]
    for body in wrong:
        answer = await post(service, body, accept)
        assert answer.status_code == 400, body
        assert "data" not in answer.json()


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_parameters_that_fit_are_taken_and_so_are_nulls(service: Service, accept: str):
    good: list[dict[str, Any]] = [
        {"query": ANY},
        {"query": "query Query { __typename }", "operationName": "Query"},
        {"query": TYPED, "variables": {"name": "sometype"}},
        {"query": ANY, "extensions": {"some": "value"}},
        *({"query": ANY, name: None} for name in ("variables", "operationName", "extensions")),
    ]
    for body in good:
        answer = await post(service, body, accept)
        assert answer.status_code == 200, body
        assert "errors" not in answer.json(), body


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_what_is_no_json_is_a_400(service: Service, accept: str):
    assert (await post(service, '{ "not a JSON', accept)).status_code == 400


@one_after_the_other(
    "body",
    [
        {"query": "{"},
        {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"},
        {"query": "{ nonsense }"},
        {"query": NEEDS, "variables": {"id": None}},
        {"query": NEEDS},
        {"query": "query A { __typename }", "operationName": "B"},
        {"query": "query A { __typename } query B { __typename }"},
    ],
)
async def test_where_nothing_ran_there_is_no_data_and_the_status_is_by_the_media_type(
    service: Service, body: dict[str, Any]
):
    for accept, status in ((JSON, 200), (GRAPHQL, 400)):
        answer = await post(service, body, accept)
        assert answer.status_code == status
        assert "data" not in answer.json()
        assert answer.json()["errors"]


async def test_where_something_ran_the_status_is_200_whatever_came_of_it(service: Service):
    for text in ("{ __typename orders { totalCount } }", "{ orders { totalCount } }"):
        answer = await post(service, {"query": text}, GRAPHQL)
        assert answer.status_code == 200, answer.text
        assert "data" in answer.json()
        assert answer.json()["errors"][0]["path"]


async def test_a_token_that_is_none_is_a_401(service: Service):
    for accept in (JSON, GRAPHQL):
        answer = await post(service, {"query": ANY}, accept, Authorization="Bearer nonsense")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*;q=0.1", JSON),
        ("application/*", JSON),
        (f"{GRAPHQL};q=0.5, {JSON}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, */*", GRAPHQL),
        (f"{GRAPHQL}, */*;q=0.1", GRAPHQL),
        ("application/graphql+json, application/json", JSON),
        ("text/html", None),
        (f"{JSON};q=nonsense", None),
        (",;,", None),
    ],
)
def test_media_types_are_weighed(accept: str, kind: str | None):
    assert media_type(accept) == kind


def test_browsers_want_a_page_and_programs_do_not():
    assert prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
    assert not prefers_html("*/*")
    assert not prefers_html(JSON)
    assert not prefers_html(f"{JSON}, text/html;q=0.5")
