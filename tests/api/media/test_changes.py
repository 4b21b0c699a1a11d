"""Describing, cropping, withdrawing and deleting assets over HTTP."""

import asyncio
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from domain.kernel.ids import PersonId
from domain.kernel.uses import User, UserKind, asset_use, saving
from domain.media.asset_changes import finish_deletions
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian import composition
from qianmian.foundation import Foundation
from qianmian.wiring.media import media_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from tests.api.media.uploading import EDITOR, MEMBER, UPLOAD, get, uploaded
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.pictures import a_jpeg, a_picture, encoded

pytestmark = pytest.mark.anyio

FIELDS = """id version altText state usable unusableBecause url originalUrl
  focalPoint { x y } rights { source licence expiresAt } usedBy { totalCount nodes { kind id
  label fields } }"""
ASSET = f"query($id: ID!) {{ asset(id: $id) {{ {FIELDS} }} }}"
RENDITION = """query($id: ID!, $preset: RenditionPreset!, $format: RenditionFormat!) {
  asset(id: $id) { rendition(preset: $preset, format: $format) {
    url width height bytes contentType } } }"""


async def act(service: Service, action: str, arguments: str, viewer=EDITOR, **variables):
    """Run a mutation of an asset; `arguments` are written as GraphQL has them."""
    return await service.query(
        f"mutation {{ {action}({arguments}) {{ asset {{ {FIELDS} }} "
        "userErrors { code field message } } }",
        viewer,
        **variables,
    )


async def refused(service: Service, action: str, arguments: str, viewer=EDITOR) -> dict:
    (error,) = (await act(service, action, arguments, viewer)).refused(action)
    return error


async def delete(service: Service, id: str, version: int = 1, viewer=EDITOR):
    return await service.query(
        """mutation($id: ID!, $version: Int!) { assetDelete(id: $id, expectedVersion: $version) {
             deletedId userErrors { code field message } } }""",
        viewer,
        id=id,
        version=version,
    )


async def asset(service: Service, id: str, viewer=EDITOR):
    return (await service.query(ASSET, viewer, id=id)).data["asset"]


async def rendition(service: Service, id: str, preset="MOMENTS", format="JPEG"):
    answer = await service.query(RENDITION, EDITOR, id=id, preset=preset, format=format)
    return answer.data["asset"]["rendition"]


async def records(service: Service, id: str):
    answer = await service.query(
        """query($id: ID!) { recordsOf(kind: "asset", id: $id) { totalCount nodes {
             action actor { id } actorRole before after } } }""",
        EDITOR,
        id=id,
    )
    return answer.data["recordsOf"]["nodes"]


def files_of(service: Service) -> dict[Path, int]:
    """The files that are kept, and when each was written."""
    kept = (path for path in Path(service.settings.files).rglob("*") if path.is_file())
    return {path: path.stat().st_mtime_ns for path in kept}


async def an_asset(service: Service, data: bytes | None = None) -> str:
    return (await uploaded(service, data or a_jpeg(640, 480)))["asset"]["id"]


@one_after_the_other("preset, shape", [("MOMENTS", (1, 1)), ("COVER", (3, 4)), ("BANNER", (5, 2))])
@one_after_the_other("format", ["JPEG", "WEBP"])
async def test_a_rendition_has_its_places_shape(service: Service, preset, shape, format):
    key = await an_asset(service, a_jpeg(2000, 1600))
    made = await rendition(service, key, preset, format)
    assert made["width"] * shape[1] == made["height"] * shape[0]
    response = await get(service, made["url"])
    picture = Image.open(io.BytesIO(response.content))
    assert picture.size == (made["width"], made["height"])
    assert (picture.format, len(response.content)) == (format, made["bytes"])
    assert response.headers["content-type"] == made["contentType"] == f"image/{format.lower()}"


async def test_a_rendition_is_made_once(service: Service):
    key = await an_asset(service)
    first = await rendition(service, key)
    files = files_of(service)
    answers = await asyncio.gather(*(rendition(service, key) for _ in range(4)))
    assert all(answer == first for answer in answers)
    assert files_of(service) == files


async def test_another_focal_point_makes_new_renditions_and_keeps_original_and_old_links(
    service: Service,
):
    left_red = Image.new("RGB", (1200, 400), "blue")
    left_red.paste("red", (0, 0, 400, 400))
    data = encoded(left_red, "PNG")
    key = await an_asset(service, data)
    middle = await rendition(service, key)
    await act(
        service,
        "assetFocus",
        f'id: "{key}", focalPoint: {{x: 0.1, y: 0.5}}, expectedVersion: 1',
    )
    left = await rendition(service, key)
    assert left["url"] != middle["url"]
    colours = []
    for made in (middle, left):
        picture = Image.open(io.BytesIO((await get(service, made["url"])).content))
        colours.append(max(picture.getcolors(1_000_000))[1])
    assert colours[0][2] > 200 > 50 > colours[0][0]
    assert colours[1][0] > 200 > 50 > colours[1][2]
    kept = await asset(service, key)
    assert (await get(service, kept["originalUrl"])).content == data


async def test_a_change_is_recorded_with_before_and_after(service: Service):
    key = await an_asset(service)
    changed = await act(
        service, "assetDescribe", f'id: "{key}", altText: "湖边", expectedVersion: 1'
    )
    assert changed.data["assetDescribe"]["asset"]["altText"] == "湖边"
    await act(
        service,
        "assetLicense",
        f'id: "{key}", expectedVersion: 2, rights: {{licence: "CC0", source: "摄影师阿成"}}',
    )
    licence, describe, upload = await records(service, key)
    assert (upload["action"], upload["before"]) == ("assetUpload", {})
    assert describe == {
        "action": "assetDescribe",
        "actor": {"id": "staff_lin"},
        "actorRole": "EDITOR",
        "before": {"altText": ""},
        "after": {"altText": "湖边"},
    }
    assert licence["after"] == {"licence": "CC0", "source": "摄影师阿成"}


async def test_a_change_to_another_version_is_a_conflict(service: Service):
    key = await an_asset(service)
    change = f'id: "{key}", altText: "{{}}", expectedVersion: 1'
    answers = await asyncio.gather(
        *(act(service, "assetDescribe", change.format(n)) for n in range(4))
    )
    codes = [
        [error["code"] for error in answer.data["assetDescribe"]["userErrors"]]
        for answer in answers
    ]
    assert sorted(codes) == [[], ["CONFLICT"], ["CONFLICT"], ["CONFLICT"]]
    assert len(await records(service, key)) == 2


async def test_a_withdrawn_asset_is_shown_no_more_until_it_is_restored(service: Service):
    key = await an_asset(service)
    url = (await asset(service, key))["url"]
    arguments = f'id: "{key}", because: "模特合同到期", expectedVersion: 1'
    withdrawn = (await act(service, "assetWithdraw", arguments)).data["assetWithdraw"]["asset"]
    assert (withdrawn["usable"], withdrawn["unusableBecause"]) == (False, "WITHDRAWN")
    assert withdrawn["url"] is None
    assert await rendition(service, key) is None
    gone = await get(service, url)
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
    await act(service, "assetRestore", f'id: "{key}", expectedVersion: 2')
    assert (await get(service, url)).status_code == 200


async def test_what_is_not_possible_in_a_state_is_refused(service: Service):
    key = await an_asset(service)
    error = await refused(service, "assetRestore", f'id: "{key}", expectedVersion: 1')
    assert error["code"] == "WRONG_STATE"
    arguments = f'id: "{key}", because: "合同到期", expectedVersion: '
    await act(service, "assetWithdraw", arguments + "1")
    error = await refused(service, "assetWithdraw", arguments + "2")
    assert error["code"] == "WRONG_STATE"
    arguments = f'id: "{key}", because: "  ", expectedVersion: 2'
    error = await refused(service, "assetWithdraw", arguments)
    assert (error["code"], error["field"]) == ("INVALID", ["because"])


async def test_an_asset_whose_rights_have_expired_is_shown_no_more(
    service: Service, database: Database
):
    key = await an_asset(service)
    soon = composition.now() + timedelta(hours=1)
    licensed = await act(
        service,
        "assetLicense",
        f'id: "{key}", expectedVersion: 1, rights: {{expiresAt: "{soon.isoformat()}"}}',
    )
    url = licensed.data["assetLicense"]["asset"]["url"]
    shown = await get(service, url)
    assert shown.status_code == 200
    kept = re.fullmatch(r"public, max-age=([0-9]+), immutable", shown.headers["cache-control"])
    assert int(kept[1]) < 3_600
    over = {"$set": {"rights.expires_at": composition.now()}}
    assert (await database["assets"].update_one({"_id": key}, over)).modified_count == 1
    expired = await asset(service, key)
    assert (expired["usable"], expired["unusableBecause"]) == (False, "EXPIRED")
    assert (await get(service, url)).status_code == 404


async def test_a_deleted_asset_leaves_nothing_behind(service: Service):
    key = await an_asset(service)
    await rendition(service, key, "COVER", "WEBP")
    assert len(files_of(service)) == 3
    answer = await delete(service, key)
    assert answer.data["assetDelete"] == {"deletedId": key, "userErrors": []}
    assert files_of(service) == {}
    assert await asset(service, key) is None
    assert (await records(service, key))[0]["action"] == "assetDelete"
    again = await uploaded(service, a_jpeg(640, 480))
    assert (again["asset"]["id"], again["known"]) == (key, False)


def a_template(id: str, *uses, version: int = 1) -> User:
    return User(kind=UserKind.TEMPLATE, id=id, label="双十一海报", uses=uses, version=version)


async def use(database: Database, user: User) -> None:
    async with saving(MongoUses(database), [user]):
        pass


async def test_an_asset_in_use_is_not_deleted_and_the_refusal_says_where(
    service: Service, database: Database
):
    key = await an_asset(service)
    await use(database, a_template("t1", asset_use(key, "layers.0.asset")))
    answer = await delete(service, key)
    (error,) = answer.refused("assetDelete")
    assert error["code"] == "WRONG_STATE"
    assert "双十一海报 (layers.0.asset)" in error["message"]
    kept = await asset(service, key)
    assert kept["usable"]
    assert kept["usedBy"]["nodes"] == [
        {"kind": "TEMPLATE", "id": "t1", "label": "双十一海报", "fields": ["layers.0.asset"]}
    ]
    await use(database, a_template("t1", version=2))
    assert (await delete(service, key, kept["version"])).data["assetDelete"]["deletedId"] == key


async def test_a_use_and_a_deletion_at_once_never_leave_a_use_of_nothing(
    service: Service, database: Database
):
    for n in range(8):
        key = await an_asset(service, a_jpeg(32, 32, seed=n))
        template = a_template(f"t{n}", asset_use(key, "cover"))
        used, deleted = await asyncio.gather(
            use(database, template), delete(service, key), return_exceptions=True
        )
        gone = deleted.data["assetDelete"]["deletedId"] is not None
        assert isinstance(used, Exception) or not gone
        assert (await asset(service, key) is None) == gone


async def test_renditions_and_a_deletion_at_once_leave_nothing_behind(service: Service):
    for n in range(6):
        key = await an_asset(service, a_jpeg(400, 300, seed=n))
        queries = [
            service.query(RENDITION, EDITOR, id=key, preset=preset, format="WEBP")
            for preset in ("MOMENTS", "COVER", "BANNER")
        ]
        *_, deleted = await asyncio.gather(*queries, delete(service, key))
        assert deleted.data["assetDelete"]["deletedId"] == key
        assert files_of(service) == {}


async def test_uploads_and_a_deletion_at_once_never_leave_an_asset_without_its_files(
    service: Service,
):
    for n in range(6):
        data = a_jpeg(200, 150, seed=n)
        key = await an_asset(service, data)
        uploads = [service.upload(UPLOAD, ("a.jpg", data, "image/jpeg"), EDITOR) for _ in range(3)]
        await asyncio.gather(*uploads, delete(service, key))
        kept = await asset(service, key)
        if kept is not None:
            assert (await get(service, kept["url"])).status_code == 200
            assert (await get(service, kept["originalUrl"])).content == data
            await delete(service, key, kept["version"])


async def test_a_deletion_that_was_cut_short_is_finished_or_undone(
    service: Service, database: Database
):
    free, used = await an_asset(service), await an_asset(service, a_jpeg(seed=2))
    await use(database, a_template("t1", asset_use(used, "cover")))
    begun = composition.now() - timedelta(minutes=2)
    for key in (free, used):
        change = {"$set": {"state": "DELETED", "deleted_at": begun}}
        await database["assets"].update_one({"_id": key}, change)
    bank = media_ports(Foundation(settings=service.settings, database=database))
    assert await finish_deletions(bank, by_the_clock(composition.now(), composition.new_id)) == 2
    assert await database["assets"].find_one({"_id": free}) is None
    assert (await asset(service, used))["usable"]
    assert await finish_deletions(bank, by_the_clock(composition.now(), composition.new_id)) == 0


async def test_only_the_content_team_changes_assets_and_sees_originals_and_rights(
    service: Service,
):
    key = await an_asset(service)
    guide = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
    for viewer in (guide, MEMBER):
        arguments = f'id: "{key}", altText: "x", expectedVersion: 1'
        error = (
            await service.query(
                f"mutation {{ assetDescribe({arguments}) {{ userErrors {{ code }} }} }}", viewer
            )
        ).refused("assetDescribe")[0]
        assert error["code"] == "FORBIDDEN"
        (error,) = (await delete(service, key, viewer=viewer)).refused("assetDelete")
        assert error["code"] == "FORBIDDEN"
        seen = await service.query(
            "query($id: ID!) { asset(id: $id) { url originalUrl rights { source } } }",
            viewer,
            id=key,
        )
        if viewer is MEMBER:  # sees the brand's pictures in what shows them
            assert seen.data["asset"] is None
            continue
        assert seen.data["asset"]["url"]
        assert seen.data["asset"]["originalUrl"] is None
        assert seen.data["asset"]["rights"] is None
        uses = await service.query(
            "query($id: ID!) { asset(id: $id) { usedBy { totalCount } } }", viewer, id=key
        )
        assert uses.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_guide_is_not_told_of_what_may_not_be_shown(service: Service):
    key = await an_asset(service)
    guide = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
    text = "query($id: ID!) { asset(id: $id) { id } }"
    assert (await service.query(text, guide, id=key)).data["asset"] == {"id": key}
    withdrawn = await service.query(
        """mutation($id: ID!) { assetWithdraw(id: $id, because: "旧款", expectedVersion: 1) {
          userErrors { message } } }""",
        Viewer(id=PersonId("office"), role=Role.HEAD_OFFICE),
        id=key,
    )
    assert withdrawn.data["assetWithdraw"]["userErrors"] == []
    assert (await service.query(text, guide, id=key)).data["asset"] is None


async def test_an_asset_that_is_not_there_is_null_or_not_found(service: Service):
    assert await asset(service, "asset_missing") is None
    error = await refused(service, "assetRestore", 'id: "asset_missing", expectedVersion: 1')
    assert error["code"] == "NOT_FOUND"
    assert (await get(service, "/assets/asset_missing/original.jpg")).status_code == 404


async def test_one_reads_ones_own_records_and_head_office_everybodys(service: Service):
    await an_asset(service)
    query = "query($id: ID!) { recordsBy(personId: $id) { totalCount nodes { subjectId } } }"
    own = await service.query(query, EDITOR, id="staff_lin")
    assert own.data["recordsBy"]["totalCount"] == 1
    head_office = Viewer(id=PersonId("staff_wang"), role=Role.HEAD_OFFICE)
    assert (await service.query(query, head_office, id="staff_lin")).data == own.data
    other = await service.query(query, EDITOR, id="staff_wang")
    assert other.errors[0]["extensions"]["code"] == "FORBIDDEN"
    nobody = await service.query(query, id="")
    assert nobody.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_what_a_picture_looks_like_does_not_depend_on_transparency_or_profile(
    service: Service,
):
    see_through = a_picture(200, 200).convert("RGBA")
    see_through.putalpha(0)
    key = await an_asset(service, encoded(see_through, "PNG"))
    shown = await get(service, (await asset(service, key))["url"])
    assert Image.open(io.BytesIO(shown.content)).getpixel((100, 100)) == (255, 255, 255)
    cmyk = encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG")
    key = await an_asset(service, cmyk)
    shown = await get(service, (await asset(service, key))["url"])
    red, green, blue = Image.open(io.BytesIO(shown.content)).getpixel((32, 32))
    assert red > 200
    assert green < 60
    assert blue < 60
