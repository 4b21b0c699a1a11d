"""WeChat's messages as its server answers them, over HTTP."""

from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.kernel.refusals import Unavailable
from domain.messaging.carriers import Carried
from domain.messaging.sends import SendId
from domain.messaging.templates import MessageContent, SubscribeForm
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat_messages import (
    WechatOfficialAccount,
    WechatServiceMessages,
    WechatSubscribeMessages,
)
from storage.outside.wechat_token import StableToken
from tests.support.stub import listening

pytestmark = pytest.mark.anyio

ID = SendId("s1")
FORM = SubscribeForm(wechat_template="T", fields={"thing1": "长" * 30, "time2": "10:00"})
CONTENT = MessageContent(text="你好 <b>", title="看 & 买", url="https://a/?b=1&c=2", form=FORM)


class WechatStub:
    """It answers what it is told to, once each, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.asked: list[dict[str, Any]] = []
        self.gives_tokens = True

    def app(self) -> Starlette:
        paths = ("message/subscribe/send", "message/custom/send")
        return Starlette(
            routes=[
                Route("/cgi-bin/stable_token", self._token, methods=["POST"]),
                Route("/cgi-bin/user/info", self._info, methods=["GET"]),
                *(Route(f"/cgi-bin/{one}", self._send, methods=["POST"]) for one in paths),
            ]
        )

    async def _token(self, request: Request) -> Response:
        if not self.gives_tokens:
            return JSONResponse({"errcode": -1})
        return JSONResponse({"access_token": "t", "expires_in": 7200})

    async def _send(self, request: Request) -> Response:
        self.asked.append(await request.json())
        answer = self.answers.pop(0)
        if answer is None:
            return Response(status_code=502)
        return JSONResponse({"errcode": answer})

    async def _info(self, request: Request) -> Response:
        openid = request.query_params["openid"]
        told = {"o1": {"unionid": "u1"}, "o2": {"subscribe": 0}}.get(openid, {"errcode": 40003})
        return JSONResponse(told)


@pytest.fixture
def stub() -> WechatStub:
    return WechatStub()


@pytest.fixture
async def token(database: Database, stub: WechatStub):
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        tokens = MongoTokens(database)
        yield StableToken(client, "wx", "secret", tokens=tokens, now=now, base_url=gateway)


@pytest.mark.parametrize(
    ("code", "carried"),
    [
        (0, Carried.SENT),
        (43101, Carried.USED_UP),
        (45015, Carried.USED_UP),
        (45047, Carried.USED_UP),
        (-1, Carried.BUSY),
        (45009, Carried.BUSY),
        (47003, Carried.REFUSED),
        (40003, Carried.REFUSED),
    ],
)
async def test_what_wechat_answers_is_told_apart(token, stub: WechatStub, code, carried):
    for carrier in (WechatSubscribeMessages(token), WechatServiceMessages(token)):
        stub.answers = [code]
        assert (await carrier.carry(ID, "o1", CONTENT)).carried is carried


async def test_fields_are_cut_to_what_wechat_takes_and_links_are_written_safely(
    token, stub: WechatStub
):
    stub.answers = [0, 0]
    await WechatSubscribeMessages(token).carry(ID, "o1", CONTENT)
    await WechatServiceMessages(token).carry(ID, "o1", CONTENT)
    subscribed, served = stub.asked
    assert subscribed["data"] == {
        "thing1": {"value": "长" * 19 + "…"},
        "time2": {"value": "10:00"},
    }
    assert (subscribed["touser"], subscribed["template_id"]) == ("o1", "T")
    assert served["text"]["content"].endswith('<a href="https://a/?b=1&amp;c=2">看 &amp; 买</a>')


async def test_without_an_answer_nobody_knows_and_without_a_token_nothing_was_asked(
    token, stub: WechatStub
):
    stub.gives_tokens = False
    carrier = WechatSubscribeMessages(token)
    assert (await carrier.carry(ID, "o1", CONTENT)).carried is Carried.BUSY
    assert stub.asked == []
    stub.gives_tokens, stub.answers = True, [None]
    with pytest.raises(Unavailable):
        await carrier.carry(ID, "o1", CONTENT)
    assert await carrier.look_up(ID) is None


async def test_a_follower_is_who_wechat_says_or_nobody_any_more(token):
    account = WechatOfficialAccount(token)
    found = [await account.unionid(one) for one in ("o1", "o2", "gone")]
    assert found == ["u1", None, None]
