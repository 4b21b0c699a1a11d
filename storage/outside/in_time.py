"""The way to outside services, with a bound on how long an answer may take as a whole."""

import asyncio
from typing import Any

import httpx2


class InTime(httpx2.AsyncClient):
    """A client of which each answer is there, whole, within a time, or does not come at all.

    A timeout of the library's bounds each wait for some bytes: who sends one now and then would
    hold a request for ever.
    """

    def __init__(self, within_s: float, **options: Any) -> None:
        super().__init__(timeout=within_s, **options)
        self._within_s = within_s

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request; raises httpx2.ReadTimeout if the answer is not there in time."""
        try:
            async with asyncio.timeout(self._within_s):
                return await super().send(request, **options)
        except TimeoutError:
            raise httpx2.ReadTimeout("The answer took too long.", request=request) from None
