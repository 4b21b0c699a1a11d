"""Messages to other systems over HTTP."""

from collections.abc import Mapping

import httpx2


class HttpSender:
    """See `Sender` in the domain; what does not answer in time has not taken the message."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the address has taken it."""
        try:
            response = await self._http.post(url, content=body, headers=dict(headers))
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return False
        return response.is_success
