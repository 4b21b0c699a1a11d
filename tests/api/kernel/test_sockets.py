"""What is no message of the protocol closes the socket with a code, and breaks nothing."""

import asyncio
import json
from typing import Any

import pytest
import websockets

from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.fulfilling import a_manager
from tests.support.sockets import Socket, connected, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def service(standing: Service) -> Service:
    """One for all of these tests, which write nothing."""
    return standing


MANAGER = a_manager("S1")
INIT = '{"type": "connection_init"}'
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { role } }"}}
NO_MESSAGES: dict[str, str | bytes] = {
    "null": "null",
    "a list": "[]",
    "a number": "1",
    "a text": '"x"',
    "no JSON": "{",
    "bytes": b'{"type": "ping"}',
    "nothing": "",
    "deep lists": "[" * 20_000,
    "deep payload": '{"type": "ping", "payload": ' + "[" * 900 + "]" * 900 + "}",
    "a long number": '{"type": "ping", "payload": ' + "9" * 5_000 + "}",
    "no type": "{}",
    "a type that is none": '{"type": 1}',
    "an unknown type": '{"type": "' + "subscribed" * 50 + '"}',
    "a type of the old protocol": '{"type": "start", "id": "1", "payload": {}}',
    "half a character": '{"type": "ping", "payload": {"a": "\\ud83d"}}',
    "no id": json.dumps({**SUBSCRIBE, "id": None}),
    "an id that is none": json.dumps({**SUBSCRIBE, "id": ["1"]}),
    "a long id": json.dumps({**SUBSCRIBE, "id": "千" * 100}),
    "complete without an id": '{"type": "complete"}',
    "complete of a list": '{"type": "complete", "id": []}',
    "no payload": '{"type": "subscribe", "id": "1"}',
    "a payload that is none": '{"type": "subscribe", "id": "1", "payload": []}',
    "no query": '{"type": "subscribe", "id": "1", "payload": {}}',
    "a query that is none": '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    "variables that are none": json.dumps(
        {**SUBSCRIBE, "payload": {"query": "{ a }", "variables": [1]}}
    ),
    "a name that is none": json.dumps(
        {**SUBSCRIBE, "payload": {"query": "{ a }", "operationName": {}}}
    ),
}


async def closed_after(service: Service, *messages: str | bytes) -> websockets.ConnectionClosed:
    """How the socket was closed after messages."""
    async with opened(service) as socket:
        for message in messages:
            await socket.raw(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive_all()
        return closed.value


async def test_what_is_no_message_closes_the_socket(
    service: Service, caplog: pytest.LogCaptureFixture
):
    for name, message in NO_MESSAGES.items():
        closed = await closed_after(service, INIT, message)
        assert closed.rcvd is not None, name
        assert closed.rcvd.code == 4400, (name, closed)
    assert "Traceback" not in caplog.text


async def test_a_huge_message_closes_the_socket(service: Service):
    closed = await closed_after(service, INIT, json.dumps({"type": "ping", "a": "x" * 2_000_000}))
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1009


@one_after_the_other(
    "messages, code",
    [
        ([json.dumps(SUBSCRIBE)], 4401),
        ([INIT, INIT], 4429),
        (['{"type": "connection_init", "payload": []}'], 4400),
        (['{"type": "connection_init", "payload": 1}'], 4400),
        (['{"type": "connection_init", "payload": {"authorization": 1}}'], 4403),
        (['{"type": "connection_init", "payload": {"authorization": {"a": []}}}'], 4403),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer x"}}'], 4403),
    ],
)
async def test_what_comes_at_the_wrong_time_closes_the_socket(
    service: Service, messages: list[str], code: int
):
    closed = await closed_after(service, *messages)
    assert closed.rcvd is not None
    assert closed.rcvd.code == code


async def test_an_id_can_not_be_used_twice_at_once(service: Service):
    following = {"query": 'subscription { fulfilmentOrderChanged(storeId: "S1") { id } }'}
    async with connected(service, MANAGER) as socket:
        for _ in range(2):
            await socket.send(type="subscribe", id="1", payload=following)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd.code == 4409


@one_after_the_other(
    "payload",
    [
        {"query": "query A { viewer { id } }", "operationName": "B"},
        {"query": "query A { viewer { id } } query B { viewer { id } }"},
        {"query": "{"},
        {"query": "{ " + "a" * 500},
        {"query": "{ nothing }"},
        {"query": "query($a: Int!) { viewer { id } }"},
        {"query": "subscription { viewer { id } }"},
        {"query": "fragment f on Query { viewer { id } }"},
    ],
)
async def test_an_operation_that_can_not_run_is_an_error_and_the_socket_goes_on(
    service: Service, payload: dict[str, Any]
):
    async with connected(service) as socket:
        await socket.send(type="subscribe", id="1", payload=payload)
        await bad_request(socket)
        await socket.send(**SUBSCRIBE)
        assert await socket.next() == {"data": {"viewer": {"role": "VISITOR"}}}


async def bad_request(socket: Socket) -> None:
    """Hear that an operation can't run, in the form that the protocol has for that."""
    message = await socket.receive()
    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "BAD_REQUEST", message
    assert errors[0]["extensions"]["requestId"]
    if message["type"] == "next":
        assert (await socket.receive())["type"] == "complete"


async def test_more_operations_at_once_than_there_may_be_are_refused(service: Service):
    following = {"query": 'subscription { fulfilmentOrderChanged(storeId: "S1") { id } }'}
    async with connected(service, MANAGER) as socket:
        for number in range(21):
            await socket.send(type="subscribe", id=str(number), payload=following)
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", "20")


async def test_a_client_that_goes_in_the_middle_breaks_nothing(
    service: Service, caplog: pytest.LogCaptureFixture
):
    async with connected(service) as socket:
        await socket.send(**SUBSCRIBE)
    await asyncio.sleep(0.1)
    assert "Traceback" not in caplog.text
