"""What every store of files promises, on disk and over HTTP against an S3-compatible server."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from domain.kernel.files import Files, FilesUnreachable
from domain.kernel.refusals import NotFound, Unavailable
from qianmian import composition
from storage.files.disk import DiskFiles
from storage.files.s3 import S3Files, s3_client
from storage.files.s3_staging import S3Staging
from tests.support.s3 import BUCKET, an_s3_server, empty_bucket

pytestmark = pytest.mark.anyio

KEY = "originals/ab/abcdef.jpg"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with an_s3_server() as url:
        yield url


@pytest.fixture(params=["disk", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "disk":
        return DiskFiles(tmp_path)
    url = request.getfixturevalue("s3_url")
    empty_bucket(url)
    return S3Files(s3_client(url), BUCKET)


async def test_what_is_put_comes_back_byte_for_byte(files: Files):
    data = bytes(range(256)) * 100
    await files.put(KEY, data, "image/jpeg")
    assert await files.get(KEY) == data
    assert await files.size(KEY) == len(data)
    assert await files.exists(KEY)
    async with files.open(KEY) as file:
        file.seek(250)
        assert file.read(10) == data[250:260]


async def test_a_key_never_changes_its_bytes(files: Files):
    await files.put(KEY, b"first", "image/jpeg")
    await files.put(KEY, b"second", "image/jpeg")
    await files.put("other", b"third", "image/jpeg")
    await files.copy("other", KEY, "image/jpeg")
    assert await files.get(KEY) == b"first"


async def test_what_is_not_there_is_nothing(files: Files):
    assert await files.get(KEY) is None
    assert await files.read(KEY, 0, 5) is None
    assert await files.read(KEY, 0, 0) is None
    assert await files.size(KEY) is None
    assert not await files.exists(KEY)
    await files.delete(KEY)
    with pytest.raises(NotFound):
        await files.copy(KEY, "copy", "image/jpeg")
    with pytest.raises(NotFound):
        async with files.open(KEY):
            pass
    assert not await files.exists("copy")


async def test_a_part_of_a_file_is_read_shorter_at_its_end(files: Files):
    await files.put(KEY, b"0123456789", "image/jpeg")
    assert await files.read(KEY, 2, 3) == b"234"
    assert await files.read(KEY, 8, 99) == b"89"
    assert await files.read(KEY, 10, 5) == b""
    assert await files.read(KEY, 4, 0) == b""


async def test_a_copy_stays_when_its_source_goes(files: Files):
    await files.put("incoming/1", b"film", "")
    await files.copy("incoming/1", KEY, "video/mp4")
    await files.delete("incoming/1")
    assert await files.get(KEY) == b"film"
    assert not await files.exists("incoming/1")


async def test_what_is_below_a_folder_goes_and_nothing_beside_it(files: Files):
    for key in ("a/b/1", "a/b/c/2", "a/bb/3"):
        await files.put(key, b"x", "image/jpeg")
    await files.delete_below("a/b/")
    await files.delete_below("nothing/")
    assert [await files.exists(key) for key in ("a/b/1", "a/b/c/2", "a/bb/3")] == [
        False,
        False,
        True,
    ]


async def test_an_empty_file_is_a_file(files: Files):
    await files.put(KEY, b"", "image/jpeg")
    assert (await files.get(KEY), await files.size(KEY)) == (b"", 0)


async def test_a_store_that_can_be_written_to_passes_its_check(files: Files):
    await files.check()


async def test_a_bucket_that_is_not_there_is_told_by_name(s3_url: str):
    with pytest.raises(FilesUnreachable, match="bucket nowhere of QIANMIAN_FILES"):
        await S3Files(s3_client(s3_url), "nowhere").check()


async def test_a_folder_that_can_not_be_made_is_told_by_name(tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    with pytest.raises(FilesUnreachable, match="QIANMIAN_FILES"):
        await DiskFiles(in_the_way / "files").check()


async def test_a_key_stays_below_its_folder(tmp_path: Path):
    files = DiskFiles(tmp_path / "files")
    with pytest.raises(ValueError, match="below its folder"):
        await files.put("../outside", b"x", "image/jpeg")
    assert not (tmp_path / "outside").exists()


async def test_a_write_to_a_full_disk_is_unavailable_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="no room"):
        await DiskFiles(tmp_path).put(KEY, b"x", "image/jpeg")
    assert kept_below(tmp_path) == []


def kept_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_objects_say_how_long_they_may_be_kept(s3_url: str):
    client = s3_client(s3_url)
    files = S3Files(client, BUCKET)
    await files.put("put", b"x", "image/webp")
    await files.copy("put", "copied", "image/jpeg")
    for key, content_type in (("put", "image/webp"), ("copied", "image/jpeg")):
        head = client.head_object(Bucket=BUCKET, Key=key)
        assert head["ContentType"] == content_type
        assert head["CacheControl"] == "public, max-age=31536000, immutable"


async def test_a_link_to_a_part_is_bound_to_its_size_its_number_and_its_hour(s3_url: str):
    staging = S3Staging(s3_client(s3_url), BUCKET)
    token = await staging.begin("incoming/1")
    link = await staging.part_link(
        "incoming/1", token, 3, 500, lifetime=timedelta(hours=1), now=composition.now()
    )
    signed = httpx2.URL(link).params
    assert signed["partNumber"] == "3"
    assert signed["uploadId"] == token
    assert signed["X-Amz-Expires"] == "3600"
    assert "content-length" in signed["X-Amz-SignedHeaders"].split(";")
    await staging.discard("incoming/1", token)
