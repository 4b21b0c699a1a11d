"""Every query and mutation that docs/assets.md shows."""

import pytest

from tests.api.media.uploading import EDITOR
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.pictures import a_jpeg
from tests.support.videos import an_mp4

pytestmark = pytest.mark.anyio

DOCUMENTS = documents_of("assets.md")


async def test_all_that_the_page_shows_works_in_its_order(service: Service):
    shown = dict(DOCUMENTS)

    async def run(name: str, **variables):
        answer = await service.query(shown.pop(name), EDITOR, **variables)
        (payload,) = answer.data.values()
        assert payload.get("userErrors", []) == []
        return payload

    file = ("tent.jpg", a_jpeg(1200, 900), "image/jpeg")
    rights = {"licence": "CC0"}
    uploaded = await service.upload(
        shown.pop("Upload"), file, EDITOR, altText="湖边的帐篷", rights=rights
    )
    payload = uploaded.data["assetUpload"]
    assert (payload["known"], payload["userErrors"]) == (False, [])
    asset = {"id": payload["asset"]["id"]}

    film = an_mp4()
    started = await run("StartUpload", fileName="film.mp4", bytes=len(film))
    upload = {"id": started["upload"]["id"]}
    (part,) = (await run("GoOn", **upload))["parts"]
    await service.http.put(part["link"].replace("http://mall.example", ""), content=film)
    assert (await run("CompleteUpload", **upload))["asset"]["durationMs"] == 12_500
    other = await service.query(
        DOCUMENTS["StartUpload"], EDITOR, fileName="other.mp4", bytes=len(film)
    )
    await run("AbortUpload", id=other.data["directUploadStart"]["upload"]["id"])

    renditions = await run("Renditions", **asset)
    assert (renditions["cover"]["width"], renditions["cover"]["height"]) == (675, 900)
    assert (await run("Focus", **asset, version=1))["asset"]["version"] == 2
    assert (await run("License", **asset, version=2))["asset"]["rights"]["licence"] == "品牌买断"
    assert (await run("Withdraw", **asset, version=3))["asset"]["url"] is None
    assert (await run("WhereUsed", **asset))["usedBy"]["totalCount"] == 0
    assert (await run("Delete", **asset, version=4))["deletedId"] == asset["id"]
    assert (await run("ProductUses", id="P1"))["totalCount"] == 0
    history = await run("History", **asset)
    assert [record["action"] for record in history["nodes"]] == [
        "assetDelete",
        "assetWithdraw",
        "assetLicense",
        "assetFocus",
        "assetUpload",
    ]
    assert not shown
