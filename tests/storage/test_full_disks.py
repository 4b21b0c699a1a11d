"""A disk that has no room."""

import errno
import os

import pytest

from domain.kernel.refusals import Unavailable
from storage.files.disk import DiskFiles

pytestmark = pytest.mark.anyio


async def test_a_file_that_finds_no_room_is_unavailable_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    files = DiskFiles(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable):
            await files.put("a/b.png", b"1", "image/png")
    assert await files.keys() == []
    assert [one.name for one in (tmp_path / "a").iterdir()] == []
    await files.put("a/b.png", b"1", "image/png")
    assert await files.get("a/b.png") == b"1"
