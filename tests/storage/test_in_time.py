"""What is outside answers in time, or not at all."""

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from storage.outside.in_time import InTime
from tests.support.stub import listening

pytestmark = pytest.mark.anyio


async def drips(request: Request) -> Response:
    """An answer that goes on for ever, a byte now and then."""

    async def bytes_now_and_then():
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    return StreamingResponse(bytes_now_and_then())


async def answers(request: Request) -> Response:
    return PlainTextResponse("ok")


async def test_an_answer_that_never_ends_is_no_answer():
    app = Starlette(routes=[Route("/drips", drips), Route("/", answers)])
    async with listening(app) as url:
        async with InTime(0.5) as impatient:
            with pytest.raises(httpx2.TimeoutException):
                await impatient.get(f"{url}/drips")
        async with InTime(60) as http:
            assert (await http.get(url)).text == "ok"
