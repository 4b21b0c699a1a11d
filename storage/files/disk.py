"""Files in a folder."""

import asyncio
import os
import secrets
from pathlib import Path


class DiskFiles:
    """Keeps each key as a file below one folder; a file is complete or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes durably; writing a key again changes nothing."""
        await asyncio.to_thread(self._write, self._path(key), data)

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None where there is no such key."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the bytes, shorter at their end; None where there is no such key."""
        try:
            return await asyncio.to_thread(_part, self._path(key), start, length)
        except FileNotFoundError:
            return None

    async def size(self, key: str) -> int | None:
        """How many bytes there are; None where there is no such key."""
        try:
            return (await asyncio.to_thread(self._path(key).stat)).st_size
        except FileNotFoundError:
            return None

    async def exists(self, key: str) -> bool:
        """Tell whether the key is there."""
        return await asyncio.to_thread(self._path(key).is_file)

    async def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise ValueError("a key stays below its folder")
        return path

    def _write(self, path: Path, data: bytes) -> None:
        """Write beside the target, flush to the disk, then rename over it in one step."""
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _part(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)
