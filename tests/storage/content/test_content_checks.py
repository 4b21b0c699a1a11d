"""The checks of what consumers write: WeChat's protocol, and the word list."""

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.content.seeding.content_check import ContentVerdict
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat_content import WechatContentCheck
from storage.outside.wechat_token import StableToken
from storage.outside.word_list_check import WordListCheck
from tests.support.builders import NOON
from tests.support.stub import listening

pytestmark = pytest.mark.anyio


class Platform:
    """WeChat's `msg_sec_check`, judging by the text, and the tokens that it has given out."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.asked: list[dict] = []

    async def stable_token(self, request: Request) -> Response:
        """Give out a new access token."""
        body = await request.json()
        wanted = {"grant_type": "client_credential", "appid": "wx1", "secret": "s1"}
        assert body == {**wanted, "force_refresh": False}
        self.tokens.append(f"token-{len(self.tokens)}")
        return JSONResponse({"access_token": self.tokens[-1], "expires_in": 7200})

    async def msg_sec_check(self, request: Request) -> Response:
        """Suggest what the text says; only the newest token is good."""
        if request.query_params["access_token"] != self.tokens[-1]:
            return JSONResponse({"errcode": 42001, "errmsg": "access_token expired"})
        body = await request.json()
        self.asked.append(body)
        if body["content"] == "down":
            return PlainTextResponse("bad gateway", status_code=502)
        if body["content"] == "inactive":
            return JSONResponse({"errcode": 61010, "errmsg": "user access_record expired"})
        result = {"suggest": body["content"], "label": 100}
        return JSONResponse({"errcode": 0, "errmsg": "ok", "result": result})


@pytest.fixture
async def platform(database: Database):
    platform = Platform()
    app = Starlette(
        routes=[
            Route("/cgi-bin/stable_token", platform.stable_token, methods=["POST"]),
            Route("/wxa/msg_sec_check", platform.msg_sec_check, methods=["POST"]),
        ]
    )
    async with listening(app) as url, httpx2.AsyncClient() as client:
        token = StableToken(
            client, "wx1", "s1", tokens=MongoTokens(database), now=lambda: NOON, base_url=url
        )
        yield platform, WechatContentCheck(token)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("pass", ContentVerdict.PASS),
        ("review", ContentVerdict.REVIEW),
        ("risky", ContentVerdict.RISKY),
        ("something new", ContentVerdict.REVIEW),
        ("inactive", ContentVerdict.REVIEW),
        ("down", ContentVerdict.REVIEW),
    ],
)
async def test_wechats_suggestion_counts_and_its_silence_leaves_it_to_people(
    platform, text, verdict
):
    stub, check = platform
    assert await check.judge(text, openid="o-1") is verdict
    assert stub.asked[0] == {"version": 2, "openid": "o-1", "scene": 4, "content": text}


async def test_one_token_serves_many_checks_and_a_stale_one_is_renewed(platform):
    stub, check = platform
    for _ in range(2):
        assert await check.judge("pass", openid="o-1") is ContentVerdict.PASS
    assert len(stub.tokens) == 1
    stub.tokens.append("given-to-another-process")
    assert await check.judge("pass", openid="o-1") is ContentVerdict.PASS
    assert len(stub.tokens) == 3


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("很暖和", ContentVerdict.PASS),
        ("網 賭 平台", ContentVerdict.RISKY),
        ("加 V X 聊", ContentVerdict.REVIEW),
        ("加微信代开发票", ContentVerdict.RISKY),
    ],
)
async def test_the_word_list_judges_by_the_worst_word_however_it_is_written(text, verdict):
    assert await WordListCheck().judge(text, openid="o-1") is verdict
