"""Phone numbers from WeChat, against a server that speaks its documented protocol."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.kernel.refusals import Unauthenticated, Unavailable
from storage.outside.wechat_phones import WechatPhoneNumbers
from storage.outside.wechat_token import AccessToken, StableToken
from tests.support.builders import NOON
from tests.support.stub import listening


class Platform:
    """WeChat with one code that tells a number, and one access token that is good."""

    def __init__(self) -> None:
        self.good = "token-1"
        self.given_out = 0

    async def token(self, request: Request) -> Response:
        self.given_out += 1
        return JSONResponse({"access_token": f"token-{self.given_out}", "expires_in": 7200})

    async def number(self, request: Request) -> Response:
        if request.query_params["access_token"] != self.good:
            return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
        code = (await request.json())["code"]
        if code == "busy":
            return JSONResponse({"errcode": -1, "errmsg": "system error"})
        if code != "c1":
            return JSONResponse({"errcode": 40029, "errmsg": "invalid code"})
        info = {
            "phoneNumber": "+8613800138000",
            "purePhoneNumber": "13800138000",
            "countryCode": "86",
        }
        return JSONResponse({"errcode": 0, "errmsg": "ok", "phone_info": info})


class OneToken:
    """Keeps a token in memory."""

    def __init__(self) -> None:
        self._token: AccessToken | None = None

    async def get(self, app_id: str) -> AccessToken | None:
        return self._token

    async def put(self, app_id: str, token: AccessToken) -> None:
        self._token = token

    async def claim(self, what, *, now, until):
        return True

    async def let_go(self, what, until):
        pass


@pytest.fixture
async def platform() -> AsyncIterator[tuple[Platform, WechatPhoneNumbers]]:
    platform = Platform()
    app = Starlette(
        routes=[
            Route("/cgi-bin/stable_token", platform.token, methods=["POST"]),
            Route("/wxa/business/getuserphonenumber", platform.number, methods=["POST"]),
        ]
    )
    async with listening(app) as url, httpx2.AsyncClient() as client:
        token = StableToken(client, "wx1", "s1", tokens=OneToken(), now=lambda: NOON, base_url=url)
        yield platform, WechatPhoneNumbers(token)


async def test_the_number_comes_with_its_country_code(platform):
    _, phones = platform
    assert await phones.number("c1") == "+8613800138000"


async def test_a_token_that_is_no_longer_good_is_renewed_once(platform):
    wechat, phones = platform
    wechat.good = "token-2"
    assert await phones.number("c1") == "+8613800138000"
    assert wechat.given_out == 2


async def test_a_bad_code_and_a_busy_platform_are_told_apart(platform):
    _, phones = platform
    with pytest.raises(Unauthenticated):
        await phones.number("c2")
    with pytest.raises(Unavailable):
        await phones.number("busy")
