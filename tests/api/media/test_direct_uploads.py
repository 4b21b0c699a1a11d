"""Large files over HTTP, to a folder and to an S3-compatible server."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.kernel.ids import PersonId
from domain.media import direct_uploads
from domain.media.asset_deposit import Particulars
from domain.media.direct_uploads import UploadPorts
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian import composition
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.media import media_ports, upload_ports
from storage.files.s3 import s3_client
from storage.mongo.kernel.database import Database
from tests.api.media.uploading import EDITOR, MEMBER, get, uploaded
from tests.conftest import Service, serving
from tests.support.pictures import a_jpeg
from tests.support.s3 import BUCKET, an_s3_server, empty_bucket
from tests.support.videos import a_place, an_mp4

pytestmark = pytest.mark.anyio

PART = 8 * 1024 * 1024
START = """mutation($name: String!, $bytes: Int!, $alt: String! = "") {
  directUploadStart(fileName: $name, bytes: $bytes, altText: $alt) {
    upload { id bytes expiresAt parts { number bytes link arrived } }
    userErrors { code field message } } }"""
COMPLETE = """mutation($id: ID!) { directUploadComplete(id: $id) {
    asset { id kind width height durationMs bytes fileName altText url originalUrl contentType }
    userErrors { code field message } } }"""
ABORT = """mutation($id: ID!) {
  directUploadAbort(id: $id) { abortedId userErrors { code message } } }"""
STATUS = "query($id: ID!) { directUpload(id: $id) { parts { number link arrived } } }"


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with an_s3_server() as url:
        yield url


class Kept:
    """What a store holds, parts of unfinished uploads and all."""

    def __init__(self, settings) -> None:
        self._settings = settings

    def __call__(self) -> list[str]:
        if self._settings.s3_endpoint is None:
            folder = Path(self._settings.files)
            return sorted(
                str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
            )
        client = s3_client(self._settings.s3_endpoint)
        objects = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        unfinished = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return sorted(one["Key"] for one in [*objects, *unfinished])


@pytest.fixture(scope="module", params=["disk", "s3"])
def store(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings of a service that keeps its files in a folder, or in a bucket."""
    if request.param == "disk":
        return settings
    url = request.getfixturevalue("s3_url")
    return replace(settings, files=f"s3://{BUCKET}", s3_endpoint=url)


@pytest.fixture(scope="module")
async def running(store: Settings) -> AsyncIterator[Service]:
    async with serving(store) as service:
        yield service


@pytest.fixture
def kept(service: Service) -> Kept:
    if service.settings.s3_endpoint is not None:
        empty_bucket(service.settings.s3_endpoint)
    return Kept(service.settings)


async def started(service: Service, data: bytes, name: str = "film.mp4", viewer=EDITOR, **told):
    answer = await service.query(START, viewer, name=name, bytes=len(data), **told)
    payload = answer.data["directUploadStart"]
    assert payload["userErrors"] == []
    return payload["upload"]


async def put(service: Service, link: str, data: bytes):
    return await service.http.put(link.replace("http://mall.example", ""), content=data)


async def put_all(service: Service, upload, data: bytes) -> None:
    for part in upload["parts"]:
        start = (part["number"] - 1) * PART
        response = await put(service, part["link"], data[start : start + PART])
        assert response.status_code in (200, 204), response.text


async def complete(service: Service, id: str, viewer=EDITOR):
    return await service.query(COMPLETE, viewer, id=id)


def arrivals_of(service: Service, database: Database) -> UploadPorts:
    base = Foundation(settings=service.settings, database=database)
    return upload_ports(base, media_ports(base))


async def test_a_video_in_parts_becomes_an_asset_byte_for_byte(service: Service, kept: Kept):
    data = an_mp4(1280, 720, data=bytes(range(256)) * 65_536)
    upload = await started(service, data, alt="雪山")
    assert [part["bytes"] for part in upload["parts"]] == [PART, PART, len(data) - 2 * PART]
    await put_all(service, upload, data)
    asset = (await complete(service, upload["id"])).data["directUploadComplete"]["asset"]
    assert (asset["kind"], asset["contentType"]) == ("VIDEO", "video/mp4")
    assert (asset["width"], asset["height"], asset["durationMs"]) == (1280, 720, 12_500)
    assert (asset["fileName"], asset["altText"], asset["bytes"]) == ("film.mp4", "雪山", len(data))
    assert (await get(service, asset["originalUrl"])).content == data
    assert [key.split("/")[0] for key in kept()] == ["originals"]
    part = await get(service, asset["url"], Range="bytes=9000000-9000009")
    assert (part.status_code, part.content) == (206, data[9_000_000:9_000_010])


async def test_where_a_video_was_taken_stays_with_the_original(service: Service):
    data = an_mp4(inside=a_place())
    upload = await started(service, data)
    await put_all(service, upload, data)
    asset = (await complete(service, upload["id"])).data["directUploadComplete"]["asset"]
    shown = await get(service, asset["url"])
    assert b"+31.2989" not in shown.content
    assert len(shown.content) == len(data)
    assert (await get(service, asset["originalUrl"])).content == data


async def test_a_completion_that_is_repeated_is_answered_alike(service: Service):
    data = an_mp4()
    upload = await started(service, data)
    await put_all(service, upload, data)
    first = (await complete(service, upload["id"])).data
    assert (await complete(service, upload["id"])).data["directUploadComplete"]["asset"][
        "id"
    ] == first["directUploadComplete"]["asset"]["id"]


async def test_completions_at_once_make_one_asset(service: Service, kept: Kept):
    data = an_mp4()
    upload = await started(service, data)
    await put_all(service, upload, data)
    answers = await asyncio.gather(*(complete(service, upload["id"]) for _ in range(5)))
    payloads = [answer.data["directUploadComplete"] for answer in answers]
    assert len({one["asset"]["id"] for one in payloads if one["asset"]}) == 1
    codes = {error["code"] for one in payloads for error in one["userErrors"]}
    assert codes <= {"CONFLICT"}
    assert len(kept()) == 1


async def test_a_part_that_failed_is_named_and_can_be_put_again(service: Service):
    data = an_mp4(data=b"\x07" * (PART + 1000))
    upload = await started(service, data)
    first, second = upload["parts"]
    await put(service, first["link"], data[:PART])
    with pytest.raises(Exception, match=r".*"):
        # The connection breaks in the middle of the part.
        await service.http.put(
            second["link"].replace("http://mall.example", ""),
            content=broken_off(data[PART : PART + 500]),
            headers={"Content-Length": str(second["bytes"])},
        )
    (error,) = (await complete(service, upload["id"])).refused("directUploadComplete")
    assert error["code"] == "WRONG_STATE"
    assert "put part 2 again" in error["message"]
    status = (await service.query(STATUS, EDITOR, id=upload["id"])).data["directUpload"]
    assert [part["arrived"] for part in status["parts"]] == [True, False]
    await put(service, status["parts"][1]["link"], data[PART:])
    done = await complete(service, upload["id"])
    assert done.data["directUploadComplete"]["asset"]["kind"] == "VIDEO"


async def broken_off(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise ConnectionError("the line is cut")


async def test_a_part_of_the_wrong_size_does_not_count(service: Service):
    data = an_mp4(data=b"\x07" * 3000)
    upload = await started(service, data)
    await put(service, upload["parts"][0]["link"], data + b"more")
    await put(service, upload["parts"][0]["link"], data[:-1])
    (error,) = (await complete(service, upload["id"])).refused("directUploadComplete")
    assert error["code"] == "WRONG_STATE"


async def test_an_aborted_upload_leaves_nothing_behind(service: Service, kept: Kept):
    data = an_mp4(data=b"\x07" * (PART + 1000))
    upload = await started(service, data)
    await put(service, upload["parts"][0]["link"], data[:PART])
    assert kept() != []
    answer = await service.query(ABORT, EDITOR, id=upload["id"])
    assert answer.data["directUploadAbort"]["abortedId"] == upload["id"]
    assert kept() == []
    late = await put(service, upload["parts"][1]["link"], data[PART:])
    assert late.status_code >= 400
    assert kept() == []
    (error,) = (await complete(service, upload["id"])).refused("directUploadComplete")
    assert error["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(an_mp4()[:-50], "truncated", id="a video cut off"),
        pytest.param(an_mp4(brand=b"qt  "), "QuickTime", id="a QuickTime film"),
        pytest.param(b"MZ" + bytes(500), "Only JPEG", id="no video at all"),
    ],
)
async def test_what_the_gate_refuses_is_gone(service: Service, kept: Kept, data: bytes, says: str):
    upload = await started(service, data)
    await put_all(service, upload, data)
    (error,) = (await complete(service, upload["id"])).refused("directUploadComplete")
    assert (error["code"], error["field"]) == ("INVALID", ["file"])
    assert says in error["message"]
    assert kept() == []


async def test_a_picture_may_come_this_way_too(service: Service):
    data = a_jpeg()
    upload = await started(service, data, "a.jpg")
    await put_all(service, upload, data)
    asset = (await complete(service, upload["id"])).data["directUploadComplete"]["asset"]
    assert asset["kind"] == "IMAGE"
    assert (await get(service, asset["url"])).status_code == 200


async def test_a_picture_of_one_request_goes_the_same_way_and_leaves_nothing_when_deleted(
    service: Service, kept: Kept
):
    data = a_jpeg(300, 200)
    asset = (await uploaded(service, data))["asset"]
    cover = "query($id: ID!) { asset(id: $id) { rendition(preset: COVER) { url } } }"
    made = (await service.query(cover, EDITOR, id=asset["id"])).data["asset"]["rendition"]
    assert (await get(service, made["url"])).status_code == 200
    assert (await get(service, asset["originalUrl"])).content == data
    assert [key.split("/")[0] for key in kept()] == ["originals", "renditions", "renditions"]
    delete = "mutation($id: ID!) { assetDelete(id: $id, expectedVersion: 1) { deletedId } }"
    assert (await service.query(delete, EDITOR, id=asset["id"])).data["assetDelete"]["deletedId"]
    assert kept() == []


async def test_an_upload_that_is_forgotten_is_cleared_away(
    service: Service, kept: Kept, database: Database
):
    data = an_mp4(data=b"\x07" * (PART + 1000))
    upload = await started(service, data)
    await put(service, upload["parts"][0]["link"], data[:PART])
    arrivals = arrivals_of(service, database)

    async def forgotten_after(hours: int) -> int:
        act = by_the_clock(composition.now() + timedelta(hours=hours), composition.new_id)
        return await direct_uploads.forget_expired(arrivals, act)

    assert [await forgotten_after(23), await forgotten_after(25)] == [0, 1]
    assert kept() == []
    assert (await service.query(STATUS, EDITOR, id=upload["id"])).data["directUpload"] is None


async def test_an_upload_is_its_senders_alone(service: Service):
    data = an_mp4()
    upload = await started(service, data)
    other = Viewer(id=PersonId("staff_other"), role=Role.EDITOR)
    for answer in (
        (await complete(service, upload["id"], other)).refused("directUploadComplete"),
        (await service.query(ABORT, other, id=upload["id"])).refused("directUploadAbort"),
    ):
        assert answer[0]["code"] == "NOT_FOUND"
    assert (await service.query(STATUS, other, id=upload["id"])).data["directUpload"] is None
    consumer = await service.query(START, MEMBER, name="a.mp4", bytes=5)
    assert consumer.refused("directUploadStart")[0]["code"] == "FORBIDDEN"


async def test_sizes_and_numbers_of_uploads_are_bounded(service: Service):
    for size in (0, 512 * 1024 * 1024 + 1):
        answer = await service.query(START, EDITOR, name="a.mp4", bytes=size)
        assert answer.refused("directUploadStart")[0]["field"] == ["bytes"]
    for _ in range(10):
        await started(service, b"12345")
    answer = await service.query(START, EDITOR, name="a.mp4", bytes=5)
    assert answer.refused("directUploadStart")[0]["code"] == "TOO_MANY"


@pytest.mark.parametrize("store", ["disk"], indirect=True)
@pytest.mark.parametrize(
    ("change", "by"),
    [
        (r"signature=(.)", r"signature=\1\1"),
        (r"bytes=\d+", "bytes=99"),
        (r"expires=\d+", "expires=99999999999"),
        (r"/1\?", "/2?"),
        (r"\?.*", ""),
    ],
)
async def test_a_link_that_was_changed_takes_nothing(
    service: Service, kept: Kept, change: str, by: str
):
    upload = await started(service, b"12345")
    link = upload["parts"][0]["link"]
    response = await put(service, re.sub(change, by, link), b"12345")
    assert response.status_code == 403
    assert kept() == []


@pytest.mark.parametrize("store", ["disk"], indirect=True)
async def test_a_link_takes_its_part_for_an_hour(service: Service, database: Database):
    arrivals = arrivals_of(service, database)
    long_ago = composition.now() - timedelta(minutes=61)
    act = Act(viewer=EDITOR, at=long_ago, new_id=composition.new_id)
    upload = await direct_uploads.start(arrivals, act, Particulars(file_name="a.mp4"), 5)
    (part,) = await direct_uploads.parts(arrivals, act, upload)
    response = await put(service, part.link, b"12345")
    assert (response.status_code, "expired" in response.text) == (403, True)


@pytest.mark.parametrize("store", ["s3"], indirect=True)
async def test_with_s3_this_service_takes_no_parts(service: Service):
    upload = await started(service, b"12345")
    assert upload["parts"][0]["link"].startswith(service.settings.s3_endpoint)
    assert (await put(service, "/incoming/upload_1/1?bytes=5", b"12345")).status_code == 403
