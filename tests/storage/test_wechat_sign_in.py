"""Sign-in at WeChat and WeCom, against a server that speaks their documented protocol."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.kernel.refusals import Unauthenticated, Unavailable
from domain.people.sign_in import WechatUser
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat import WechatCode2Session, WecomCode2Session
from storage.outside.wechat_token import WecomToken
from tests.support.builders import NOON
from tests.support.stub import listening

pytestmark = pytest.mark.anyio


class Platform:
    """WeChat and WeCom, with the tokens that WeCom has given out."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.used: set[str] = set()

    async def code2session(self, request: Request) -> Response:
        """WeChat's answers, by the login code that is asked about."""
        query = request.query_params
        assert query["grant_type"] == "authorization_code"
        if (query["appid"], query["secret"]) != ("wx1", "s1"):
            return JSONResponse({"errcode": 40013, "errmsg": "invalid appid"})
        code = query["js_code"]
        if code == "down":
            return PlainTextResponse("bad gateway", status_code=502)
        if code == "busy":
            return JSONResponse({"errcode": -1, "errmsg": "system error"})
        if code in self.used:
            return JSONResponse({"errcode": 40163, "errmsg": "code been used"})
        self.used.add(code)
        return JSONResponse({"openid": f"o-{code}", "session_key": "k", "unionid": f"u-{code}"})

    async def gettoken(self, request: Request) -> Response:
        """Give out a new access token."""
        self.tokens.append(f"token-{len(self.tokens)}")
        return JSONResponse({"errcode": 0, "access_token": self.tokens[-1], "expires_in": 7200})

    async def wecom_session(self, request: Request) -> Response:
        """Name the user; only the newest token is good."""
        if request.query_params["access_token"] != self.tokens[-1]:
            return JSONResponse({"errcode": 42001, "errmsg": "access_token expired"})
        return JSONResponse({"errcode": 0, "userid": "xue", "corpid": "ww1"})


@pytest.fixture
async def platform() -> AsyncIterator[tuple[Platform, str, httpx2.AsyncClient]]:
    platform = Platform()
    app = Starlette(
        routes=[
            Route("/sns/jscode2session", platform.code2session),
            Route("/cgi-bin/gettoken", platform.gettoken),
            Route("/cgi-bin/miniprogram/jscode2session", platform.wecom_session),
        ]
    )
    async with listening(app) as url, httpx2.AsyncClient(timeout=5) as client:
        yield platform, url, client


async def test_a_code_names_its_user_once(platform):
    _, url, client = platform
    wechat = WechatCode2Session(client, "wx1", "s1", base_url=url)
    assert await wechat.user("abc") == WechatUser(openid="o-abc", unionid="u-abc")
    with pytest.raises(Unauthenticated, match=r"wx\.login"):
        await wechat.user("abc")


@pytest.mark.parametrize("code", ["busy", "down"])
async def test_a_platform_that_is_busy_or_down_is_unavailable(platform, code):
    _, url, client = platform
    with pytest.raises(Unavailable, match="try again"):
        await WechatCode2Session(client, "wx1", "s1", base_url=url).user(code)


async def test_a_wrong_secret_is_our_fault_and_is_not_shown(platform):
    _, url, client = platform
    with pytest.raises(Unavailable) as refusal:
        await WechatCode2Session(client, "wx1", "wrong-secret", base_url=url).user("abc")
    assert "wrong-secret" not in str(refusal.value)


async def test_nobody_listening_is_unavailable_and_shows_no_secret():
    async with httpx2.AsyncClient(timeout=5) as client:
        wechat = WechatCode2Session(client, "wx1", "s1", base_url="http://127.0.0.1:9")
        with pytest.raises(Unavailable):
            await wechat.user("abc")


async def test_a_wecom_token_is_kept_and_renewed_when_it_was_replaced(platform, database):
    played, url, client = platform
    tokens = MongoTokens(database)
    token = WecomToken(client, "ww1", "s1", tokens=tokens, now=lambda: NOON, base_url=url)
    wecom = WecomCode2Session(token)
    assert await wecom.user_id("a") == "xue"
    assert await wecom.user_id("b") == "xue"
    assert played.tokens == ["token-0"]
    played.tokens.append("replaced elsewhere")
    assert await wecom.user_id("c") == "xue"
