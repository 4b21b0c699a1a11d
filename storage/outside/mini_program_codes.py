"""Mini-program codes from WeChat: wxa/getwxacodeunlimit in its server API."""

from collections.abc import Awaitable, Callable

import httpx2

from domain.kernel.files import Files
from domain.kernel.refusals import Unavailable
from domain.posters.codes import CodePicture
from domain.sharing.share_links import SHARE_PAGE, ShareCode, scene_string
from storage.outside.wechat_token import BAD_TOKEN, WECHAT, StableToken, json_of, post

WIDTH_PX = 430
# So begin a JPEG and a PNG.
PICTURES = (b"\xff\xd8", b"\x89PNG")

# The system is busy; more than 5,000 codes in a minute.
BUSY = frozenset({-1, 45009})
PAUSES_S = (1.0, 4.0, 15.0)


class MiniProgramCodes:
    """Codes that open the mini-program with a link's scene; each picture is kept for ever."""

    kind = "mini-program"

    def __init__(
        self,
        client: httpx2.AsyncClient,
        token: StableToken,
        files: Files,
        *,
        pause: Callable[[float], Awaitable[None]],
        base_url: str = WECHAT,
    ) -> None:
        self._client = client
        self._token = token
        self._files = files
        self._pause = pause
        self._url = f"{base_url}/wxa/getwxacodeunlimit"

    async def code_of(self, code: ShareCode) -> CodePicture:
        """The code of a link, asked for only once."""
        key = f"codes/{code[:2]}/{code}.jpg"
        data = await self._files.get(key)
        if data is None:
            data = await self._fetch(scene_string(code))
            await self._files.put(key, data, "image/jpeg")
        return CodePicture(data=data)

    async def _fetch(self, scene: str) -> bytes:
        token = await self._token.current()
        pauses = iter(PAUSES_S)
        renewed = False
        while True:
            response = await post(
                self._client,
                f"{self._url}?access_token={token}",
                {"scene": scene, "page": SHARE_PAGE, "check_path": False, "width": WIDTH_PX},
            )
            if response.content.startswith(PICTURES):
                return response.content
            problem = json_of(response).get("errcode")
            if problem in BAD_TOKEN and not renewed:
                token, renewed = await self._token.instead_of(token), True
                continue
            wait_s = next(pauses, None)
            if problem not in BUSY or wait_s is None:
                raise Unavailable(f"WeChat draws no code just now (code {problem}); try again.")
            await self._pause(wait_s)
