"""Uploading assets over HTTP, and getting them back."""

import asyncio
import hashlib
import io
import threading

import pytest
from PIL import Image

from domain.kernel.ids import PersonId
from domain.media import asset_deposit
from domain.people.viewer import Role, Viewer
from qianmian import composition
from storage.mongo.kernel.database import Database
from storage.mongo.media.assets import MongoAssets
from tests.api.media.uploading import EDITOR, MEMBER, UPLOAD, get, refusal, uploaded
from tests.conftest import Service
from tests.storage.media.test_assets import an_asset
from tests.support.pictures import a_jpeg, a_picture, encoded
from tests.support.videos import an_mp4

pytestmark = pytest.mark.anyio


async def test_an_upload_becomes_an_asset_named_after_its_bytes(service: Service):
    data = a_jpeg(320, 240)
    asset = (await uploaded(service, data, "夏季.jpg", alt="湖边的帐篷"))["asset"]
    assert asset["id"] == "asset_" + hashlib.sha256(data).hexdigest()[:32]
    assert (asset["width"], asset["height"], asset["kind"]) == (320, 240, "IMAGE")
    assert (asset["fileName"], asset["altText"]) == ("夏季.jpg", "湖边的帐篷")


async def test_nothing_that_can_not_be_seen_is_in_a_files_name(service: Service):
    data = a_jpeg(321, 240)
    asset = (await uploaded(service, data, "\ufeff夏\u202e季\u200b.jpg\u00a0"))["asset"]
    assert asset["fileName"] == "夏季.jpg"
    unnamed = ("\u200b\u202e", a_jpeg(322, 240), "image/jpeg")
    [error] = (await service.upload(UPLOAD, unnamed, EDITOR)).refused("assetUpload")
    assert (error["code"], error["field"]) == ("INVALID", ["file"])


async def test_the_original_is_kept_byte_for_byte_for_the_content_team(service: Service):
    data = a_jpeg(comment=b"kept as it is")
    asset = (await uploaded(service, data))["asset"]
    original = await get(service, asset["originalUrl"])
    assert original.content == data
    assert original.headers["cache-control"] == "private, no-store"


async def test_a_link_to_an_original_works_only_as_it_was_signed(service: Service):
    asset = (await uploaded(service, a_jpeg()))["asset"]
    bare = asset["originalUrl"].split("?")[0]
    assert (await get(service, bare)).status_code == 404
    assert (
        await get(service, asset["originalUrl"].replace("expires=", "expires=9"))
    ).status_code == 404
    for ending in ("z", "é"):
        changed = asset["originalUrl"][:-1] + ending
        assert (await get(service, changed)).status_code == 404


async def test_a_public_picture_may_be_cached_for_ever_and_is_not_sent_twice(service: Service):
    asset = (await uploaded(service, a_jpeg()))["asset"]
    first = await get(service, asset["url"])
    assert first.headers["content-type"] == "image/jpeg"
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert hashlib.sha256(first.content).hexdigest()[:32] in asset["url"]
    again = await get(service, asset["url"], **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_part_of_a_file_can_be_asked_for(service: Service):
    asset = (await uploaded(service, a_jpeg()))["asset"]
    whole = (await get(service, asset["url"])).content
    for header, expected in (
        ("bytes=0-9", whole[:10]),
        ("bytes=10-", whole[10:]),
        ("bytes=-7", whole[-7:]),
        (f"bytes=5-{len(whole) + 99}", whole[5:]),
    ):
        part = await get(service, asset["url"], Range=header)
        assert (part.status_code, part.content) == (206, expected)
    beyond = await get(service, asset["url"], Range=f"bytes={len(whole)}-")
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"


async def test_the_same_bytes_twice_are_one_asset(service: Service):
    first = await uploaded(service, a_jpeg(), "first.jpg", alt="first")
    second = await uploaded(service, a_jpeg(), "second.jpg", alt="second")
    assert (first["known"], second["known"]) == (False, True)
    assert first["asset"]["id"] == second["asset"]["id"]
    assert second["asset"]["altText"] == "first"


async def test_the_same_bytes_at_the_same_moment_are_one_asset(service: Service):
    answers = await asyncio.gather(*(uploaded(service, a_jpeg(), f"{n}.jpg") for n in range(6)))
    assert len({answer["asset"]["id"] for answer in answers}) == 1
    assert [answer["known"] for answer in answers].count(False) == 1


async def test_a_picture_that_looks_like_another_is_taken_and_reported(service: Service):
    picture = a_picture(640, 480)
    first = await uploaded(service, encoded(picture, "PNG"))
    smaller = encoded(picture.resize((320, 240)), "JPEG", quality=60)
    second = await uploaded(service, smaller)
    (near,) = second["nearDuplicates"]
    assert near["asset"]["id"] == first["asset"]["id"] != second["asset"]["id"]
    other = await uploaded(service, a_jpeg(seed=2))
    assert other["nearDuplicates"] == []


async def test_a_consumer_is_not_told_what_else_there_is(service: Service):
    picture = a_picture(640, 480)
    await uploaded(service, encoded(picture, "PNG"))
    taken = await uploaded(service, encoded(picture, "JPEG"), viewer=MEMBER)
    assert taken["nearDuplicates"] == []


async def test_a_picture_is_turned_as_the_camera_was_held_and_gps_stays_with_the_original(
    service: Service,
):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90° clockwise to see it upright
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 18.0, 0.0)
    data = a_jpeg(320, 240, exif=exif)
    asset = (await uploaded(service, data))["asset"]
    assert (asset["width"], asset["height"]) == (240, 320)
    shown = Image.open(io.BytesIO((await get(service, asset["url"])).content))
    assert shown.size == (240, 320)
    assert not shown.getexif()
    original = Image.open(io.BytesIO((await get(service, asset["originalUrl"])).content))
    assert original.getexif().get_ifd(0x8825)


async def test_what_the_gate_refuses_is_no_asset(service: Service, database: Database):
    error = await refusal(service, a_jpeg()[:-900])
    assert (error["code"], error["field"]) == ("INVALID", ["file"])
    assert "truncated" in error["message"]
    assert await database["assets"].count_documents({}) == 0


async def test_a_file_is_taken_for_what_it_is_not_for_its_name(service: Service):
    asset = (await uploaded(service, encoded(a_picture(), "PNG"), "really.jpg"))["asset"]
    assert asset["contentType"] == "image/png"


async def test_only_people_of_the_brand_and_members_may_upload(service: Service):
    assert (await refusal(service, a_jpeg(), None))["code"] == "UNAUTHENTICATED"
    feed = Viewer(id=PersonId("feed"), role=Role.FEED)
    assert (await refusal(service, a_jpeg(), feed))["code"] == "FORBIDDEN"


async def test_a_consumer_can_not_upload_without_end(service: Service, database: Database):
    for n in range(44):
        asset = an_asset(f"{n:02x}" * 32, uploaded_by=MEMBER.id, uploaded_at=composition.now())
        await MongoAssets(database).add(asset)
    await uploaded(service, a_jpeg(), viewer=MEMBER)
    assert (await refusal(service, a_jpeg(seed=2), MEMBER))["code"] == "TOO_MANY"


async def test_texts_and_points_out_of_bounds_are_refused_by_field(service: Service):
    error = await refusal(service, a_jpeg(), alt="长" * 301)
    assert error["field"] == ["altText"]
    error = await refusal(service, a_jpeg(), focal={"x": 0.5, "y": 1.5})
    assert error["field"] == ["focalPoint", "y"]
    error = await refusal(service, a_jpeg(), rights={"licence": "长" * 201})
    assert error["field"] == ["rights", "licence"]


async def test_a_video_is_uploaded_like_a_picture_but_not_by_a_consumer(service: Service):
    asset = (await uploaded(service, an_mp4(1280, 720), "film.mp4"))["asset"]
    assert (asset["kind"], asset["width"], asset["height"]) == ("VIDEO", 1280, 720)
    shown = await get(service, asset["url"])
    assert (shown.headers["content-type"], shown.content) == ("video/mp4", an_mp4(1280, 720))
    answer = await service.query(
        "query($id: ID!) { asset(id: $id) { rendition(preset: COVER) { url } } }",
        EDITOR,
        id=asset["id"],
    )
    assert answer.data["asset"]["rendition"] is None
    assert (await refusal(service, an_mp4(), MEMBER))["code"] == "INVALID"


async def test_the_head_of_a_file_can_be_asked_for(service: Service):
    asset = (await uploaded(service, a_jpeg()))["asset"]
    url = asset["url"].replace("http://mall.example", "")
    head, whole = await service.http.head(url), await service.http.get(url)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))


async def test_imports_find_a_file_by_the_name_that_the_content_team_gave_it(
    service: Service, database: Database
):
    assets = MongoAssets(database)
    first = (await uploaded(service, a_jpeg(seed=1), "tent.jpg"))["asset"]["id"]
    assert await assets.by_file_names(["tent.jpg"]) == {"tent.jpg": first}
    second = (await uploaded(service, a_jpeg(seed=2), "tent.jpg"))["asset"]["id"]
    assert await assets.by_file_names(["tent.jpg"]) == {"tent.jpg": second}
    await uploaded(service, a_jpeg(seed=1), "tent.jpg")
    assert await assets.by_file_names(["tent.jpg"]) == {"tent.jpg": first}
    await uploaded(service, a_jpeg(seed=3), "tent.jpg", MEMBER)
    assert await assets.by_file_names(["tent.jpg"]) == {"tent.jpg": first}


async def test_others_are_answered_while_a_picture_is_worked_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    begun, answered, inspect = threading.Event(), threading.Event(), asset_deposit.inspect

    def slowly(file):
        begun.set()
        assert answered.wait(60)
        return inspect(file)

    monkeypatch.setattr(asset_deposit, "inspect", slowly)
    uploading = asyncio.create_task(uploaded(service, a_jpeg()))
    assert await asyncio.to_thread(begun.wait, 60)
    assert (await service.http.get("/health")).status_code == 200
    answered.set()
    assert (await uploading)["asset"]
