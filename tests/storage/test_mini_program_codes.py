"""Mini-program codes, against a server that speaks WeChat's documented protocol."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.kernel.refusals import Unavailable
from domain.posters.codes import CodePicture
from domain.sharing.share_links import ShareCode
from storage.files.disk import DiskFiles
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.mini_program_codes import MiniProgramCodes
from storage.outside.wechat_token import AccessToken, StableToken
from tests.support.builders import NOON
from tests.support.stub import listening

pytestmark = pytest.mark.anyio

CODE = ShareCode("aB3dE5fG7h")
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


@dataclass
class Wechat:
    """The platform: one stable token at a time, and what it answers before it draws."""

    token: str = "token-0"
    forced: int = 0
    asked: int = 0
    drawn: int = 0
    secret: str = "s1"
    refuses_all: bool = False
    troubles: list[Response] = field(default_factory=list)

    def app(self) -> Starlette:
        """The platform as a server."""
        return Starlette(
            routes=[
                Route("/cgi-bin/stable_token", self.stable_token, methods=["POST"]),
                Route("/wxa/getwxacodeunlimit", self.code, methods=["POST"]),
            ]
        )

    async def stable_token(self, request: Request) -> Response:
        """The same token as long as nobody forces another."""
        self.asked += 1
        body = await request.json()
        assert body["grant_type"] == "client_credential"
        if (body["appid"], body["secret"]) != ("wx1", self.secret):
            return JSONResponse({"errcode": 40125, "errmsg": "invalid appsecret"})
        if body["force_refresh"]:
            self.forced += 1
            self.token = f"token-{self.forced}"
        return JSONResponse({"access_token": self.token, "expires_in": 7200})

    async def code(self, request: Request) -> Response:
        """A picture, or an error in JSON with status 200."""
        if self.refuses_all:
            return trouble(40001)
        if self.troubles:
            return self.troubles.pop(0)
        if request.query_params["access_token"] != self.token:
            return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
        body = json.loads(await request.body())
        if not SCENE.fullmatch(body["scene"]):
            return JSONResponse({"errcode": 40129, "errmsg": "invalid scene"})
        assert not body["page"].startswith("/")
        assert 280 <= body["width"] <= 1280
        self.drawn += 1
        return Response(b"\xff\xd8 a code of " + body["scene"].encode(), media_type="image/jpeg")


@dataclass
class Processes:
    """Some processes that ask for codes at once."""

    wechat: Wechat
    codes: list[MiniProgramCodes]

    async def all_codes(self) -> list[bytes | BaseException]:
        """The codes of 200 guides, or why they can't be had."""
        asked = (
            self.codes[n % len(self.codes)].code_of(ShareCode(f"aB3dE5f{n:03}"))
            for n in range(100, 300)
        )
        found = await asyncio.gather(*asked, return_exceptions=True)
        return [one.data if isinstance(one, CodePicture) else one for one in found]


@dataclass
class Client:
    """What a test works with."""

    wechat: Wechat
    codes: MiniProgramCodes
    tokens: MongoTokens
    pauses: list[float]
    later: timedelta = timedelta()


def trouble(errcode: int) -> Response:
    return JSONResponse({"errcode": errcode, "errmsg": "no"})


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    wechat = Wechat()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with listening(wechat.app()) as url, httpx2.AsyncClient(timeout=5) as http:
        tokens = MongoTokens(database)
        made = Client(wechat, None, tokens, pauses)  # type: ignore[arg-type]
        token = StableToken(
            http, "wx1", "s1", tokens=tokens, now=lambda: NOON + made.later, base_url=url
        )
        made.codes = MiniProgramCodes(http, token, DiskFiles(tmp_path), pause=pause, base_url=url)
        yield made


async def test_a_code_carries_the_links_scene_and_is_asked_for_once(client: Client):
    first = await client.codes.code_of(CODE)
    assert first.data.endswith(b"s=aB3dE5fG7h")
    assert await client.codes.code_of(CODE) == first
    assert client.wechat.drawn == 1


async def test_the_token_is_shared_and_renewed_five_minutes_early(client: Client):
    await client.codes.code_of(CODE)
    await client.codes.code_of(ShareCode("aB3dE5fG7i"))
    assert client.wechat.asked == 1
    client.later = timedelta(hours=2) - timedelta(minutes=5)
    await client.codes.code_of(ShareCode("aB3dE5fG7j"))
    assert client.wechat.asked == 2


@pytest.fixture
async def processes(database: Database, tmp_path: Path) -> AsyncIterator[Processes]:
    """Eight processes with one database; the stored token has lapsed."""
    wechat = Wechat()
    await MongoTokens(database).put("wx1", AccessToken(token="lapsed", expires_at=NOON))
    async with listening(wechat.app()) as url, contextlib.AsyncExitStack() as stack:
        codes = []
        for _ in range(8):
            http = await stack.enter_async_context(httpx2.AsyncClient(timeout=20))
            tokens = MongoTokens(database)
            token = StableToken(http, "wx1", "s1", tokens=tokens, now=lambda: NOON, base_url=url)
            files = DiskFiles(tmp_path)
            codes.append(MiniProgramCodes(http, token, files, pause=asyncio.sleep, base_url=url))
        yield Processes(wechat, codes)


async def test_processes_that_find_the_token_lapsed_renew_it_once(processes: Processes):
    pictures = await processes.all_codes()
    assert len(set(pictures)) == 200
    assert (processes.wechat.asked, processes.wechat.drawn) == (1, 200)


async def test_processes_whose_token_is_refused_replace_it_once_and_recover(processes: Processes):
    await processes.codes[0].code_of(CODE)
    processes.wechat.asked, processes.wechat.refuses_all = 0, True
    results = await processes.all_codes()
    assert all(isinstance(one, Unavailable) for one in results)
    assert processes.wechat.forced <= 1
    assert processes.wechat.asked < 450
    processes.wechat.refuses_all = False
    assert len(set(await processes.all_codes())) == 200
    assert processes.wechat.forced <= 1


async def test_who_can_not_fetch_a_token_lets_the_next_one_try(client: Client):
    client.wechat.secret = "another"
    for _ in range(2):
        with pytest.raises(Unavailable, match="40125"):
            await client.codes.code_of(CODE)
    client.wechat.secret = "s1"
    await client.codes.code_of(CODE)


async def test_while_one_renews_the_token_others_use_the_old_one(client: Client):
    await client.codes.code_of(CODE)
    client.later = timedelta(hours=2) - timedelta(minutes=4)
    soon = NOON + client.later + timedelta(seconds=10)
    assert await client.tokens.claim("wx1", now=NOON + client.later, until=soon)
    await client.codes.code_of(ShareCode("aB3dE5fG7i"))
    assert client.wechat.asked == 1


async def test_a_token_that_another_process_renewed_is_taken_over(client: Client):
    await client.codes.code_of(CODE)
    client.wechat.token = "token-of-another-process"
    await client.codes.code_of(ShareCode("aB3dE5fG7i"))
    assert client.wechat.forced == 0


async def test_a_token_that_wechat_refuses_is_replaced_by_force_once(client: Client):
    client.wechat.troubles = [trouble(40001)]
    await client.codes.code_of(CODE)
    assert client.wechat.forced == 1
    client.wechat.troubles = [trouble(40001), trouble(40001)]
    with pytest.raises(Unavailable, match="40001"):
        await client.codes.code_of(ShareCode("aB3dE5fG7i"))


async def test_a_busy_wechat_is_asked_again_after_longer_and_longer(client: Client):
    client.wechat.troubles = [trouble(45009), trouble(-1)]
    await client.codes.code_of(CODE)
    assert client.pauses == [1.0, 4.0]


@pytest.mark.parametrize(
    "answers",
    [
        [trouble(45009)] * 4,
        [trouble(41030)],
        [PlainTextResponse("bad gateway", status_code=502)],
        [PlainTextResponse("nonsense")],
        [JSONResponse({"errcode": 41030}, headers={"content-type": "image/jpeg"})],
    ],
    ids=["always busy", "no such page", "down", "nonsense", "JSON that says it is a picture"],
)
async def test_what_can_not_be_had_is_unavailable_and_is_not_kept(client: Client, answers):
    client.wechat.troubles = list(answers)
    with pytest.raises(Unavailable):
        await client.codes.code_of(CODE)
    client.wechat.troubles = []
    assert (await client.codes.code_of(CODE)).data.startswith(b"\xff\xd8")
