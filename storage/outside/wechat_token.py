"""WeChat's and WeCom's access tokens of an app, and how their server APIs are asked with them.

WeChat's comes from cgi-bin/stable_token, WeCom's from cgi-bin/gettoken.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx2

from domain.kernel.refusals import Unavailable

WECHAT = "https://api.weixin.qq.com"
WECOM = "https://qyapi.weixin.qq.com"

RENEW_EARLY = timedelta(minutes=5)
"""WeChat lets the old token live for five minutes beside the new one."""

# How long a process has the renewal to itself, and how long the others wait for it: a token comes
# within the time of one call, or not at all.
RENEWAL = timedelta(seconds=10)
LOOK_EVERY_S = 0.1
MOST_LOOKS = 100
# WeChat wants half a minute between two tokens by force.
FORCED_APART = timedelta(minutes=1)

BAD_TOKEN = frozenset({40001, 40014, 42001})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token and when it expires."""

    token: str
    expires_at: datetime


class Tokens(Protocol):
    """Where processes share an access token."""

    async def get(self, app_id: str) -> AccessToken | None:
        """The token of an app, fresh or not."""

    async def put(self, app_id: str, token: AccessToken) -> None:
        """Keep a newer token."""

    async def claim(self, what: str, *, now: datetime, until: datetime) -> bool:
        """Have something to oneself until a moment, unless somebody else has."""

    async def let_go(self, what: str, until: datetime) -> None:
        """Give back what was claimed until then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that is sent as a form, under the name `media`."""

    name: str
    data: bytes
    content_type: str


class StableToken:
    """WeChat's stable access token, fetched once for all processes and renewed early.

    Whoever finds it lapsed renews it, and the others wait: in a process by its lock, among
    processes by a claim that ends by itself.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        app_id: str,
        secret: str,
        *,
        tokens: Tokens,
        now: Callable[[], datetime],
        base_url: str = WECHAT,
    ) -> None:
        self._client = client
        self._app_id = app_id
        self._secret = secret
        self._tokens = tokens
        self._now = now
        self._base_url = base_url
        self._turn = asyncio.Lock()

    async def ask(
        self, path: str, body: dict[str, Any] | Attachment | None = None, **query: str
    ) -> dict[str, Any]:
        """What is answered to a call that takes the token; asked again where that is refused.

        It is a POST of the body or of a file, or a GET where there is none.
        """
        token = await self.current()
        answer = await self._asked(path, body, query, token)
        if answer.get("errcode") in BAD_TOKEN:
            answer = await self._asked(path, body, query, await self.instead_of(token))
        return answer

    async def current(self) -> str:
        """A token that is good for five minutes, or at least while another is being fetched."""
        known = await self._tokens.get(self._app_id)
        if known is not None and self._is_fresh(known):
            return known.token
        async with self._turn:
            for _ in range(MOST_LOOKS):
                known = await self._tokens.get(self._app_id)
                if known is not None and self._is_fresh(known):
                    return known.token
                until = self._now() + RENEWAL
                if await self._tokens.claim(self._app_id, now=self._now(), until=until):
                    return await self._renewed(until)
                if known is not None and known.expires_at > self._now():
                    return known.token
                await asyncio.sleep(LOOK_EVERY_S)
        raise Unavailable("WeChat gives out no access token just now; try again in a moment.")

    async def instead_of(self, refused: str) -> str:
        """Another token than one that WeChat has refused.

        Somebody else may have renewed it already. WeChat makes a new one by force 20 times a day,
        so that all processes together ask for one a minute at most.
        """
        async with self._turn:
            known = await self._tokens.get(self._app_id)
            if known is not None and known.token != refused:
                return known.token
            token = await self._fetch(force=False)
            if token != refused:
                return token
            until = self._now() + FORCED_APART
            if await self._tokens.claim(f"{self._app_id}/force", now=self._now(), until=until):
                return await self._fetch(force=True)
        raise Unavailable(
            "WeChat refuses its own access token (code 40001); try again in a minute."
        )

    async def _asked(
        self,
        path: str,
        body: dict[str, Any] | Attachment | None,
        query: dict[str, str],
        token: str,
    ) -> dict[str, Any]:
        url = f"{self._base_url}{path}?{urlencode({'access_token': token, **query})}"
        if body is None:
            return json_of(await _get(self._client, url))
        return json_of(await post(self._client, url, body))

    def _is_fresh(self, token: AccessToken) -> bool:
        return token.expires_at - RENEW_EARLY > self._now()

    async def _renewed(self, until: datetime) -> str:
        """Fetch a token in the name of all processes, unless the last to do so has just put one."""
        try:
            known = await self._tokens.get(self._app_id)
            if known is not None and self._is_fresh(known):
                return known.token
            return await self._fetch(force=False)
        finally:
            await self._tokens.let_go(self._app_id, until)

    async def _fetch(self, *, force: bool) -> str:
        return await self._kept(await self._given_out(force=force))

    async def _given_out(self, *, force: bool) -> dict[str, Any]:
        """What WeChat answers to who asks for a token."""
        wanted = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        url = f"{self._base_url}/cgi-bin/stable_token"
        return json_of(await post(self._client, url, wanted))

    async def _kept(self, answer: dict[str, Any]) -> str:
        if "access_token" not in answer:
            raise Unavailable(
                f"WeChat gives out no access token (code {answer.get('errcode')}); "
                "check the id and the secret of the app."
            )
        expires_at = self._now() + timedelta(seconds=answer["expires_in"])
        token = AccessToken(token=answer["access_token"], expires_at=expires_at)
        await self._tokens.put(self._app_id, token)
        return token.token


class WecomToken(StableToken):
    """WeCom's access token of a company's app, which is the same until it has lapsed."""

    async def _given_out(self, *, force: bool) -> dict[str, Any]:
        query = urlencode({"corpid": self._app_id, "corpsecret": self._secret})
        return json_of(await _get(self._client, f"{self._base_url}/cgi-bin/gettoken?{query}"))

    async def ticket(self, path: str, **query: str) -> str:
        """A ticket that signs pages, shared by all processes as the token is.

        A company may ask for 400 an hour.
        """
        key = f"{self._app_id}/{path}"
        known = await self._tokens.get(key)
        if known is not None and self._is_fresh(known):
            return known.token
        answer = await self.ask(path, None, **query)
        if "ticket" not in answer:
            raise Unavailable(f"WeCom gives out no ticket (code {answer.get('errcode')}).")
        expires_at = self._now() + timedelta(seconds=answer["expires_in"])
        ticket = AccessToken(token=answer["ticket"], expires_at=expires_at)
        await self._tokens.put(key, ticket)
        return ticket.token


async def _get(client: httpx2.AsyncClient, url: str) -> httpx2.Response:
    try:
        return (await client.get(url)).raise_for_status()
    except httpx2.HTTPError:
        raise Unavailable("WeCom does not answer just now; try again in a moment.") from None


async def post(
    client: httpx2.AsyncClient, url: str, body: dict[str, Any] | Attachment
) -> httpx2.Response:
    """Send JSON to WeChat, Chinese as it is, or a file; Unavailable where it does not answer."""
    if isinstance(body, Attachment):
        sent: dict[str, Any] = {"files": {"media": (body.name, body.data, body.content_type)}}
    else:
        sent = {"json": body}
    try:
        return (await client.post(url, **sent)).raise_for_status()
    except httpx2.HTTPError:
        raise Unavailable("WeChat does not answer just now; try again in a moment.") from None


def json_of(response: httpx2.Response) -> dict[str, Any]:
    """The object that WeChat answers; Unavailable where it is none."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unavailable("WeChat's answer makes no sense just now; try again in a moment.")
    return answer
