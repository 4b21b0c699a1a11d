"""Files in a folder."""

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

from domain.kernel.files import FilesUnreachable
from domain.kernel.refusals import NotFound, Unavailable

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

Write = Callable[[BinaryIO], object]


class DiskFiles:
    """Keeps each key as a file below one folder; a file is complete or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def check(self) -> None:
        """Raise FilesUnreachable where nothing can be kept."""
        try:
            await asyncio.to_thread(_probe, self._folder)
        except OSError as fault:
            raise FilesUnreachable(
                f"No files can be kept in {self._folder} ({fault.strerror}); "
                "set QIANMIAN_FILES to a folder that can be written to."
            ) from None

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes durably; writing a key again changes nothing."""
        await asyncio.to_thread(_write_once, self.path(key), lambda file: file.write(data))

    async def copy(self, key: str, target: str, content_type: str) -> None:
        """Keep the bytes of a key under another one too; NotFound where there is no such key."""
        async with self.open(key) as source:
            await asyncio.to_thread(
                _write_once, self.path(target), lambda file: shutil.copyfileobj(source, file)
            )

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None where there is no such key."""
        try:
            return await asyncio.to_thread(self.path(key).read_bytes)
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the bytes, shorter at their end; None where there is no such key."""
        try:
            return await asyncio.to_thread(_part, self.path(key), start, length)
        except FileNotFoundError:
            return None

    @contextlib.asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[BinaryIO]:
        """The bytes as a file that can be read here and there; NotFound if there is no such key."""
        try:
            file = await asyncio.to_thread(self.path(key).open, "rb")
        except FileNotFoundError:
            raise NotFound(f"There is no file {key}.") from None
        with file:
            yield file

    async def size(self, key: str) -> int | None:
        """How many bytes there are; None where there is no such key."""
        try:
            return (await asyncio.to_thread(self.path(key).stat)).st_size
        except FileNotFoundError:
            return None

    async def exists(self, key: str) -> bool:
        """Tell whether the key is there."""
        return await asyncio.to_thread(self.path(key).is_file)

    async def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    async def delete_below(self, folder: str) -> None:
        """Forget every key that begins with a folder, such as `kind/ab/`; none is no error."""
        await asyncio.to_thread(_delete_below, self.path(folder))

    async def keys(self) -> list[str]:
        """Every key."""
        return await asyncio.to_thread(_keys, self._folder)

    def path(self, key: str) -> Path:
        """Where a key's file is; ValueError for a key that leads out of the folder."""
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise ValueError("a key stays below its folder")
        return path


def _probe(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".{secrets.token_hex(4)}"
    probe.touch()
    probe.unlink()


def write_whole(path: Path, write: Write) -> None:
    """Write beside the target, flush to the disk, then rename over it in one step.

    The target's folder must be there. Raises Unavailable where the disk is full.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        if fault.errno not in FULL:
            raise
        raise Unavailable("There is no room for more files just now; try again later.") from fault
    finally:
        part.unlink(missing_ok=True)


def _write_once(path: Path, write: Write) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, write)


def _delete_below(folder: Path) -> None:
    """Delete whole files alone: the folder, and a file being written in it, are somebody else's."""
    for path in folder.rglob("[!.]*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def _keys(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("[!.]*") if path.is_file())
    return sorted(str(path.relative_to(folder)) for path in found)


def _part(path: Path, start: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(length)
