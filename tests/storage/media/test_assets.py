"""Assets in the database: names, neighbours, renditions."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict
from domain.media.assets import (
    Asset,
    AssetFilter,
    AssetState,
    Kind,
    NameGiven,
    Rendition,
    Rights,
    asset_id,
)
from domain.media.likeness import Likeness
from storage.mongo.kernel.database import Database
from storage.mongo.media.assets import MongoAssets

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def an_asset(sha256: str = "ab" * 32, **changes) -> Asset:
    fields = {
        "id": asset_id(sha256),
        "sha256": sha256,
        "kind": Kind.IMAGE,
        "content_type": "image/jpeg",
        "bytes": 1000,
        "width": 640,
        "height": 480,
        "duration_ms": None,
        "file_name": "a.jpg",
        "uploaded_by": PersonId("staff_lin"),
        "uploaded_at": NOON,
    }
    return Asset(**{**fields, **changes})


async def test_an_asset_comes_back_as_it_was_kept(database: Database):
    assets = MongoAssets(database)
    asset = an_asset(likeness=Likeness("00ff00ff00ff00ff"), names=(NameGiven(name="x", at=NOON),))
    assert await assets.add(asset)
    assert await assets.by_ids([asset.id, "asset_missing"]) == {asset.id: asset}
    assert not await assets.add(an_asset(alt_text="another"))


async def test_a_name_leads_to_the_asset_that_got_it_last(database: Database):
    assets = MongoAssets(database)
    old, new = an_asset("aa" * 32), an_asset("bb" * 32)
    for asset in (old, new):
        await assets.add(asset)
    await assets.name(new.id, NameGiven(name="jacket.jpg", at=NOON))
    await assets.name(old.id, NameGiven(name="jacket.jpg", at=NOON - timedelta(days=1)))
    assert await assets.by_file_names(["jacket.jpg", "none.jpg"]) == {"jacket.jpg": new.id}
    await assets.name(old.id, NameGiven(name="jacket.jpg", at=NOON + timedelta(days=1)))
    assert await assets.by_file_names(["jacket.jpg"]) == {"jacket.jpg": old.id}
    assert len((await assets.by_ids([old.id]))[old.id].names) == 1


@pytest.mark.parametrize("flipped", [(), (3,), (0, 17, 34, 51), (0, 1, 17, 18, 34, 35, 51)])
async def test_every_near_duplicate_is_found_by_its_keys(database: Database, flipped):
    assets = MongoAssets(database)
    value = 0x0123456789ABCDEF
    near = value
    for bit in flipped:
        near ^= 1 << bit
    await assets.add(an_asset(likeness=Likeness(f"{near:016x}")))
    await assets.add(an_asset("cd" * 32, likeness=Likeness(f"{value ^ 2**64 - 1:016x}")))
    found = await assets.alike(Likeness(f"{value:016x}"))
    assert [asset.id for asset in found] == [asset_id("ab" * 32)]


async def test_among_many_assets_few_are_looked_at_for_their_likeness(database: Database):
    dice = random.Random(7)
    assets = MongoAssets(database)
    values = [dice.getrandbits(64) for _ in range(400)]
    for n, value in enumerate(values):
        await assets.add(an_asset(f"{n:032x}" * 2, likeness=Likeness(f"{value:016x}")))
    found = await assets.alike(Likeness(f"{values[300] ^ 0b1011:016x}"))
    assert asset_id(f"{300:032x}" * 2) in {asset.id for asset in found}
    assert len(found) < 10


async def test_a_rendition_of_a_recipe_is_kept_once(database: Database):
    assets = MongoAssets(database)
    asset = an_asset()
    await assets.add(asset)
    made = Rendition(
        recipe="COVER", digest="d1", content_type="image/webp", width=3, height=4, bytes=5
    )
    await assets.add_rendition(asset.id, made)
    await assets.add_rendition(asset.id, made)
    assert (await assets.by_ids([asset.id]))[asset.id].renditions == (made,)


async def test_an_edit_of_an_older_version_is_refused_and_keeps_renditions(database: Database):
    assets = MongoAssets(database)
    await assets.add(an_asset())
    made = Rendition(
        recipe="FULL", digest="d", content_type="image/jpeg", width=3, height=4, bytes=5
    )
    await assets.add_rendition(an_asset().id, made)
    edited = an_asset(alt_text="帐篷", version=2)
    await assets.save(edited, expected=1)
    with pytest.raises(Conflict):
        await assets.save(an_asset(alt_text="别的", version=2), expected=1)
    (kept,) = (await assets.by_ids([edited.id])).values()
    assert (kept.alt_text, kept.renditions) == ("帐篷", (made,))


async def test_assets_are_listed_the_newest_first_page_by_page(database: Database):
    assets = MongoAssets(database)
    for n in range(5):
        await assets.add(an_asset(f"{n:02x}" * 32, uploaded_at=NOON + timedelta(minutes=n)))
    await assets.add(an_asset("ff" * 32, state=AssetState.WITHDRAWN))
    first = await assets.page(AssetFilter(), PageRequest(first=3))
    rest = PageRequest(first=3, after=first.cursors[-1])
    second = await assets.page(AssetFilter(kind=Kind.IMAGE), rest)
    minutes = [a.uploaded_at.minute for a in [*first.items, *second.items]]
    assert minutes == [4, 3, 2, 1, 0]
    assert (first.total, first.has_next, second.has_next) == (5, True, False)


async def test_assets_are_found_by_words_uploader_and_the_end_of_their_rights(database: Database):
    assets = MongoAssets(database)
    ends = Rights(expires_at=NOON + timedelta(days=30))
    await assets.add(an_asset("01" * 32, file_name="Snow.(1)+.JPG", uploaded_by=PersonId("p1")))
    await assets.add(an_asset("02" * 32, alt_text="雪山下的帐篷", rights=ends))
    await assets.add(an_asset("03" * 32, file_name="snowX1.jpg"))

    async def found(**wanted) -> list[str]:
        page = await assets.page(AssetFilter(**wanted), PageRequest(first=10))
        return sorted(one.sha256[:2] for one in page.items)

    assert await found(words="snow.(1)+") == ["01"]
    assert await found(words="雪山") == ["02"]
    assert await found(words=".*") == []
    assert await found(words="snow", uploaded_by=PersonId("p1")) == ["01"]
    assert await found(expires_before=NOON + timedelta(days=31)) == ["02"]
    assert await found(expires_before=NOON) == []
