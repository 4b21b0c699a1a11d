"""Where bytes are kept."""

from contextlib import AbstractAsyncContextManager
from typing import BinaryIO, Protocol


class FilesUnreachable(Exception):
    """Nothing can be kept where the files are configured to be; the message says what to do."""


class Files(Protocol):
    """A store of bytes by key: `kind/ab/abcdef….jpg`.

    A key is written once and never changes its bytes, so that whatever is served under it can be
    cached for ever.
    """

    async def check(self) -> None:
        """Raise FilesUnreachable where nothing can be kept."""

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep the bytes durably; writing a key again changes nothing."""

    async def copy(self, key: str, target: str, content_type: str) -> None:
        """Keep the bytes of a key under another one too; NotFound where there is no such key."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None where there is no such key."""

    async def read(self, key: str, start: int, length: int) -> bytes | None:
        """That part of the bytes, shorter at their end; None where there is no such key."""

    def open(self, key: str) -> AbstractAsyncContextManager[BinaryIO]:
        """The bytes as a file that can be read here and there; NotFound if there is no such key."""

    async def size(self, key: str) -> int | None:
        """How many bytes there are; None where there is no such key."""

    async def keys(self) -> list[str]:
        """Every key."""

    async def exists(self, key: str) -> bool:
        """Tell whether the key is there."""

    async def delete(self, key: str) -> None:
        """Forget the key; one that is not there is no error."""

    async def delete_below(self, folder: str) -> None:
        """Forget every key that begins with a folder, such as `kind/ab/`; none is no error."""
