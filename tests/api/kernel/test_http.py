"""What every request gets."""

import json
import logging

import pytest

from api.kernel.http import Envelope
from api.kernel.logs import JsonLines
from tests.conftest import Service

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


async def test_the_service_tells_that_it_is_alive_and_ready(service: Service):
    assert (await service.http.get("/health")).json() == {"status": "ok"}
    ready = (await service.http.get("/ready")).json()
    assert ready["ready"]
    assert ready["reference_staleness_s"] < 1


async def test_a_caller_s_request_id_comes_back_and_a_strange_one_does_not(service: Service):
    kept = await service.http.get("/health", headers={"X-Request-Id": "order-7"})
    replaced = await service.http.get("/health", headers={"X-Request-Id": "a b\tc"})
    assert kept.headers["x-request-id"] == "order-7"
    assert replaced.headers["x-request-id"] not in {"", "a b\tc"}


async def test_a_client_s_mistake_is_explained_with_the_request_s_id(service: Service):
    answer = await service.query("{ nonsense }")
    assert "nonsense" in answer.errors[0]["message"]
    assert answer.errors[0]["extensions"] == {
        "code": "BAD_REQUEST",
        "requestId": answer.headers["x-request-id"],
    }


async def test_an_operation_that_is_too_deep_too_wide_or_too_dear_is_refused(service: Service):
    deep = "{ viewer " + "{ viewer " * 20 + "{ id }" + " }" * 20 + " }"
    wide = "{ " + " ".join(f"a{i}: viewer {{ id }}" for i in range(31)) + " }"
    long = "{ viewer { " + "id " * 4_000 + "} }"
    for text in (deep, wide, long):
        assert (await service.query(text)).errors, text[:40]


async def test_a_bug_is_masked_and_logged_with_its_trace(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object) -> None:
        raise KeyError("the secret inside")

    monkeypatch.setattr("api.people.people.Viewer.of", broken)
    answer = await service.query("{ viewer { id } }")
    assert answer.errors[0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(answer.body)
    assert "the secret inside" in caplog.text


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read_whole():
    sent = []

    async def reads_everything(scope, receive, send):
        while (await receive()).get("more_body"):
            pass

    async def receive():
        return {"type": "http.request", "body": b"x" * 600, "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "headers": [], "path": "/graphql", "method": "POST"}
    await Envelope(reads_everything, bound=lambda _: 1_000)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert "smaller file" in sent[1]["body"].decode()


def test_a_log_record_is_one_json_object_on_one_line():
    record = logging.LogRecord("shop", logging.INFO, "", 0, "下单 %s", ("ok",), None)
    record.request_id = "r1"
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) | {"at": ""} == {
        "at": "",
        "level": "info",
        "logger": "shop",
        "message": "下单 ok",
        "request_id": "r1",
    }
