"""Parts of large files, put to this service through links of its own, on their way to a folder."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from domain.kernel.refusals import Invalid, NotFound
from domain.media.links import sign
from storage.files.disk import DiskFiles, write_whole


class DiskStaging:
    """Keeps the parts of a key as numbered files in a folder beside it."""

    def __init__(self, files: DiskFiles, *, public_url: str, secret: str) -> None:
        self._files = files
        self._public_url = public_url
        self._secret = secret

    async def begin(self, key: str) -> str:
        """Make ready for the parts of a key; a folder needs no token."""
        await asyncio.to_thread(self._parts(key).mkdir, parents=True)
        return ""

    async def part_link(
        self, key: str, token: str, number: int, size: int, *, lifetime: timedelta, now: datetime
    ) -> str:
        """A link that takes this one part by PUT, once or again, for a while."""
        path = f"/{key}/{number}"
        signature = sign(self._secret, f"PUT {path} {size}", now + lifetime)
        expires = int(signature.expires_at.timestamp())
        query = f"bytes={size}&expires={expires}&signature={signature.code}"
        return f"{self._public_url}{path}?{query}"

    async def receive(self, key: str, number: int, size: int, body: AsyncIterator[bytes]) -> None:
        """Take a part as it comes; Invalid, and nothing kept, if it is not of its size.

        NotFound where the upload has ended meanwhile.
        """
        data = bytearray()
        async for chunk in body:
            data += chunk
            if len(data) > size:
                break
        if len(data) != size:
            raise Invalid(f"Part {number} has {size} bytes, not {len(data)}; put it again.")
        target = self._parts(key) / str(number)
        try:
            await asyncio.to_thread(write_whole, target, lambda file: file.write(data))
        except FileNotFoundError:
            raise NotFound("This upload has ended; start a new one.") from None

    async def arrived(self, key: str, token: str) -> Mapping[int, int]:
        """The size of each part that is there."""
        return await asyncio.to_thread(_sizes, self._parts(key))

    async def assemble(self, key: str, token: str) -> None:
        """Make one file of the parts, under the key in Files."""
        await asyncio.to_thread(_assemble, self._parts(key), self._files.path(key))

    async def discard(self, key: str, token: str) -> None:
        """Forget the parts and the file; nothing of either is no error."""
        await asyncio.to_thread(shutil.rmtree, self._parts(key), ignore_errors=True)
        await self._files.delete(key)

    def _parts(self, key: str) -> Path:
        return self._files.path(f"{key}.parts")


def _sizes(folder: Path) -> dict[int, int]:
    if not folder.is_dir():
        return {}
    return {int(p.name): p.stat().st_size for p in folder.iterdir() if p.name.isdecimal()}


def _assemble(folder: Path, target: Path) -> None:
    def write(file: BinaryIO) -> None:
        for number in sorted(_sizes(folder)):
            with (folder / str(number)).open("rb") as part:
                shutil.copyfileobj(part, file)

    write_whole(target, write)
