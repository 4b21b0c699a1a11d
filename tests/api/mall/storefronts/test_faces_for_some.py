"""What members of a level or a segment see of a storefront, and nobody else."""

from dataclasses import replace

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Viewer
from domain.promotions import offer_versions
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.api.mall.storefronts.test_layers import DRAFT, publish
from tests.api.promotions.test_offers import SHELF_OF_CLOTHES, quote
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import open_stores_with_stock
from tests.support.joining import joined
from tests.support.promoting import drafted, let_out
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("levels.md")
OTHER = replace(MEMBER, id=PersonId("member_2"))
PAGE = """query { storefront(storeId: "S1") { modules { key ... on ProductShelfModule { items {
  offers { name } variants { variant { sku } offerPrice { fen } } } } } }
  productOffers(storeId: "S1", productId: "10001") {
    variants { variant { sku } offerPrice { fen } } } }"""
PREVIEW = """query($as: ModuleAudience!, $level: ID, $segments: [ID!]) {
  storefrontPreview(storeId: "S1", audience: $as, level: $level, segments: $segments) {
    modules { key ... on ProductShelfModule { items { offers { name } } } } } }"""


def notice(key: str, position: int, **only_for: list[str]):
    content = {"notice": {"text": key}}
    return {"key": key, "position": position, "content": content, "onlyFor": only_for}


async def run(service: Service, name: str, **variables):
    done = next(iter((await service.query(SHOWN[name], HEAD_OFFICE, **variables)).data.values()))
    assert done["userErrors"] == []
    return done


async def an_outdoor_segment(service: Service, database: Database) -> str:
    """A segment in which member_1 is, who is gold too; member_2 is neither."""
    await run(service, "Define")
    await run(service, "SetLevels", version=0)
    await joined(database, "member_1", "member_2")
    for member in ("member_1", "member_2"):
        await run(service, "PutOn", member=member)
    await run(service, "TakeOff", member="member_2")
    await database["member_traits"].update_one({"_id": "member_1"}, {"$set": {"level": "gold"}})
    segment: str = (await run(service, "Save"))["segment"]["id"]

    async def is_built() -> bool:
        [one] = (await service.query(SHOWN["Segments"], HEAD_OFFICE)).data["segments"]
        return one["isBuilt"]

    await comes_to(True, is_built)
    return segment


async def seen(service: Service, viewer: Viewer | None) -> tuple[list[str], set[int]]:
    """The modules somebody sees, and every price they are told of one piece."""
    data = (await service.query(PAGE, viewer)).data
    modules = data["storefront"]["modules"]
    priced = [
        *(item for module in modules for item in module.get("items", ())),
        data["productOffers"],
    ]
    prices = {
        variant["offerPrice"]["fen"]
        for one in priced
        for variant in one["variants"]
        if variant["variant"]["sku"] == M
    }
    return [module["key"] for module in modules], prices


async def test_each_sees_their_own_modules_and_prices_and_pays_them(
    service: Service,
    database: Database,
    round_trips: list[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(offer_versions, "LEAD", offer_versions.LEAD / 25)
    await open_stores_with_stock(service)
    segment = await an_outdoor_segment(service, database)
    await publish(service, "brand", [SHELF_OF_CLOTHES])
    tenth = {"percentOff": {"percent": 10}}
    await seen(service, MEMBER)

    async def costs(viewer: Viewer | None) -> list[str]:
        round_trips.clear()
        await seen(service, viewer)
        # Stock may be asked for while its stream is silent, by whoever looks.
        return [one for one in round_trips if one != "find pools"]

    # Nothing is for some alone: nobody's standing is looked up.
    assert (await costs(MEMBER), await costs(None)) == ([], [])
    for_gold = notice("for-gold", 1, levels=["gold"])
    for_hikers = notice("for-hikers", 2, levels=["gold"], segments=[segment, segment])
    await publish(service, "store:S1", [for_gold, for_hikers])
    offer = await drafted(service, tenth, name="山友价", eligibility={"segments": [segment]})
    await let_out(service, offer)

    async def of_the_member():
        return await seen(service, MEMBER)

    own = (["for-gold", "for-hikers", "shelf"], {239_900 - 23_990})
    await comes_to(own, of_the_member)
    for viewer in (None, OTHER, HEAD_OFFICE, None, MEMBER, None):
        expected = own if viewer is MEMBER else (["shelf"], {239_900})
        assert await seen(service, viewer) == expected
    assert (await quote(service, {M: 1}))["total"]["fen"] == 239_900 - 23_990
    # One look for the page and one for the product's; a visitor's costs what it did.
    assert await costs(MEMBER) == ["find member_traits"] * 2
    assert await costs(None) == []
    # Who leaves the segment is told and asked the usual price at once.
    await run(service, "TakeOff", member="member_1")
    assert await seen(service, MEMBER) == (["for-gold", "shelf"], {239_900})
    assert (await quote(service, {M: 1}))["total"]["fen"] == 239_900


async def test_who_arranges_sees_a_page_as_members_of_a_level_and_segment_do(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    segment = await an_outdoor_segment(service, database)

    async def refused(**only_for: list[str]) -> list[tuple[str, list[str]]]:
        changed = {"modules": [{**notice("n", 1, **only_for), "audience": audience}]}
        answer = await service.query(DRAFT, HEAD_OFFICE, id="brand", input=changed, version=0)
        return [(one["code"], one["field"]) for one in answer.refused("layerDraft")]

    audience = "EVERYONE"
    path = ["input", "modules", "0", "onlyFor"]
    assert await refused(levels=["gold", "none"]) == [("NOT_FOUND", [*path, "levels", "1"])]
    assert await refused(segments=["none"]) == [("NOT_FOUND", [*path, "segments", "0"])]
    audience = "VISITORS"
    assert await refused(levels=["gold"]) == [("INVALID", path)]
    await publish(service, "brand", [notice("gold", 1, levels=["gold"])])
    draft = {"modules": [notice("hikers", 2, segments=[segment])]}
    await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=draft, version=0)

    async def keys(**asked) -> list[str]:
        answer = await service.query(PREVIEW, HEAD_OFFICE, **{"as": "MEMBERS", **asked})
        return [one["key"] for one in answer.data["storefrontPreview"]["modules"]]

    assert await keys() == []
    assert await keys(level="gold") == ["gold"]
    assert await keys(level="base", segments=[segment]) == ["hikers"]
    assert await keys(level="gold", segments=[segment]) == ["gold", "hikers"]
    for wrong in ({"level": "none"}, {"segments": ["none"]}, {"as": "VISITORS", "level": "gold"}):
        answer = await service.query(PREVIEW, HEAD_OFFICE, **{"as": "MEMBERS", **wrong})
        assert answer.errors[0]["extensions"]["code"] in ("NOT_FOUND", "INVALID")
