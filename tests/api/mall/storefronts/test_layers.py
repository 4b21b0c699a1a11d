"""Arranging storefronts over HTTP: drafts, versions, the policy."""

from datetime import timedelta
from typing import Any

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian import composition
from tests.conftest import Service
from tests.support.network import (
    HEAD_OFFICE,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
    counts,
    open_stores,
    take_in,
)

MANAGER = Viewer(id=PersonId("staff_s1"), role=Role.STORE_MANAGER, store_id="S1")
NEIGHBOUR = Viewer(id=PersonId("staff_s2"), role=Role.STORE_MANAGER, store_id="S2")
REGIONAL = Viewer(id=PersonId("staff_r"), role=Role.REGION_MANAGER, region_id="320500")
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")

ERRORS = "userErrors { code field message }"
DRAFT = f"""mutation ($id: ID!, $input: LayerInput!, $version: Int!) {{
  layerDraft(id: $id, input: $input, expectedVersion: $version) {{
    draft {{ version basedOn said savedBy }} {ERRORS} }} }}"""
DISCARD = f"""mutation ($id: ID!, $version: Int!) {{
  layerDraftDiscard(id: $id, expectedVersion: $version) {{ {ERRORS} }} }}"""
PUBLISH = f"""mutation ($id: ID!, $version: Int!) {{
  layerPublish(id: $id, expectedVersion: $version) {{ published {{ version said }} {ERRORS} }} }}"""
ROLL_BACK = f"""mutation ($id: ID!, $to: Int!, $version: Int!) {{
  layerRollBack(id: $id, toVersion: $to, expectedVersion: $version) {{
    published {{ version said }} {ERRORS} }} }}"""
LAYER = """query ($id: ID!) { layer(id: $id) {
  published { version publishedBy } draft { version basedOn }
  versions(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { version said } } } }"""
POLICY = f"""mutation ($input: FacePolicyInput!, $version: Int!) {{
  facePolicySet(input: $input, expectedVersion: $version) {{
    policy {{ version locked store {{ kinds mostModules }} }} {ERRORS} }} }}"""
PAGE = """query ($id: ID!) { storefront(storeId: $id) { modules {
  key title ... on NoticeModule { text } } } }"""

KINDS = ["BANNER", "NOTICE", "PRODUCT_SHELF", "STORE_CARD"]
ALLOWED = {
    "kinds": KINDS,
    "mostModules": 2,
    "mostFeatured": 1,
    "mayHideProducts": False,
    "mayHideModules": False,
}


def notice(text: str, key: str = "notice", **said: Any) -> dict[str, Any]:
    return {"key": key, "content": {"notice": {"text": text}}, **said}


async def texts(service: Service, store: str = "S1") -> list[str]:
    answer = await service.query(PAGE, id=store)
    return [module["text"] for module in answer.data["storefront"]["modules"]]


async def publish(service: Service, layer: str, modules: list[Any], viewer: Viewer = HEAD_OFFICE):
    drafted = await service.query(DRAFT, viewer, id=layer, input={"modules": modules}, version=0)
    assert drafted.data["layerDraft"]["userErrors"] == []
    version = drafted.data["layerDraft"]["draft"]["version"]
    published = await service.query(PUBLISH, viewer, id=layer, version=version)
    assert published.data["layerPublish"]["userErrors"] == []
    return published.data["layerPublish"]["published"]


async def a_brand(service: Service) -> None:
    counts(await open_stores(service, a_store_row("S1"), a_store_row("S2")))
    products = [a_product_row("10001"), a_product_row("10002")]
    counts(await take_in(service, "products", as_csv(*products)))
    await publish(service, "brand", [notice("全国", position=1)])


async def test_a_draft_is_seen_by_nobody_until_it_is_published(service: Service):
    await a_brand(service)
    draft = {"modules": [notice("苏州")], "captions": [{"product": "10001", "text": "店长最爱"}]}
    saved = await service.query(DRAFT, MANAGER, id="store:S1", input=draft, version=0)
    assert saved.data["layerDraft"]["draft"] == {
        "version": 1,
        "basedOn": 0,
        "savedBy": "staff_s1",
        "said": {
            "modules": [{"key": "notice", "content": {"notice": {"text": "苏州"}}}],
            "captions": [{"product": "10001", "text": "店长最爱"}],
            "hide": [],
            "show": [],
        },
    }
    assert await texts(service) == ["全国"]
    await service.query(PUBLISH, MANAGER, id="store:S1", version=1)
    assert await texts(service) == ["苏州"]
    assert await texts(service, "S2") == ["全国"]
    state = (await service.query(LAYER, MANAGER, id="store:S1")).data["layer"]
    assert state["draft"] is None
    assert state["published"] == {"version": 1, "publishedBy": "staff_s1"}


async def test_rolling_back_publishes_an_earlier_version_again_and_keeps_all(service: Service):
    await a_brand(service)
    for text in ("一", "二", "三"):
        await publish(service, "store:S1", [notice(text)], MANAGER)
    rolled = await service.query(ROLL_BACK, MANAGER, id="store:S1", to=1, version=3)
    assert rolled.data["layerRollBack"]["published"]["version"] == 4
    assert await texts(service) == ["一"]
    versions = (await service.query(LAYER, MANAGER, id="store:S1")).data["layer"]["versions"]
    assert versions["totalCount"] == 4
    assert versions["pageInfo"]["hasNextPage"]
    said = [one["said"]["modules"][0]["content"]["notice"]["text"] for one in versions["nodes"]]
    assert said == ["一", "三"]
    missing = await service.query(ROLL_BACK, MANAGER, id="store:S1", to=9, version=4)
    assert missing.refused("layerRollBack")[0]["code"] == "NOT_FOUND"
    stale = await service.query(ROLL_BACK, MANAGER, id="store:S1", to=2, version=3)
    assert stale.refused("layerRollBack")[0]["code"] == "CONFLICT"


async def test_two_who_draft_at_once_do_not_overwrite_each_other(service: Service):
    await a_brand(service)
    first = {"modules": [notice("一")]}
    await service.query(DRAFT, MANAGER, id="store:S1", input=first, version=0)
    second = await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=first, version=0)
    assert second.refused("layerDraft")[0]["code"] == "CONFLICT"
    again = await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=first, version=1)
    assert again.data["layerDraft"]["draft"]["version"] == 2
    stale = await service.query(PUBLISH, MANAGER, id="store:S1", version=1)
    assert stale.refused("layerPublish")[0]["code"] == "CONFLICT"
    gone = await service.query(DISCARD, MANAGER, id="store:S1", version=1)
    assert gone.refused("layerDraftDiscard")[0]["code"] == "CONFLICT"
    done = await service.query(DISCARD, MANAGER, id="store:S1", version=2)
    assert done.data["layerDraftDiscard"]["userErrors"] == []


@pytest.mark.parametrize("end", [DISCARD, PUBLISH])
async def test_a_draft_begun_anew_is_not_taken_for_the_one_before_it(service: Service, end: str):
    await a_brand(service)
    draft = {"modules": [notice("一")]}
    first = await service.query(DRAFT, MANAGER, id="store:S1", input=draft, version=0)
    seen = first.data["layerDraft"]["draft"]["version"]
    await service.query(end, MANAGER, id="store:S1", version=seen)
    stale = await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=draft, version=seen)
    assert stale.refused("layerDraft")[0]["code"] == "CONFLICT"
    anew = await service.query(DRAFT, MANAGER, id="store:S1", input=draft, version=0)
    assert anew.data["layerDraft"]["draft"]["version"] > seen
    for text, mutation in ((DISCARD, "layerDraftDiscard"), (PUBLISH, "layerPublish")):
        stale = await service.query(text, HEAD_OFFICE, id="store:S1", version=seen)
        assert stale.refused(mutation)[0]["code"] == "CONFLICT"
    stale = await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=draft, version=seen)
    assert stale.refused("layerDraft")[0]["code"] == "CONFLICT"


async def test_a_draft_from_before_another_publishing_is_not_published_over_it(service: Service):
    await a_brand(service)
    draft = {"modules": [notice("草稿")]}
    await service.query(DRAFT, MANAGER, id="store:S1", input=draft, version=0)
    line = as_json_lines({"layer": "store:S1", "modules": [notice("总部")]})
    counts(await take_in(service, "layers", line))
    answer = await service.query(PUBLISH, MANAGER, id="store:S1", version=1)
    assert answer.refused("layerPublish")[0]["code"] == "CONFLICT"
    assert await texts(service) == ["总部"]


async def test_everybody_arranges_their_own(service: Service):
    await a_brand(service)
    draft: dict[str, Any] = {"modules": []}
    may = {
        ("brand", HEAD_OFFICE),
        ("region:320500", HEAD_OFFICE),
        ("region:320500", REGIONAL),
        ("store:S1", HEAD_OFFICE),
        ("store:S1", REGIONAL),
        ("store:S1", MANAGER),
    }
    for layer in ("brand", "region:320500", "store:S1"):
        for viewer in (HEAD_OFFICE, REGIONAL, MANAGER, NEIGHBOUR, GUIDE):
            answer = await service.query(DRAFT, viewer, id=layer, input=draft, version=7)
            # Version 7 is nobody's: whoever may arrange the layer comes as far as that.
            code = answer.refused("layerDraft")[0]["code"]
            assert code == ("CONFLICT" if (layer, viewer) in may else "FORBIDDEN"), (layer, viewer)
    read = await service.query(LAYER, NEIGHBOUR, id="store:S1")
    assert read.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_the_policy_does_not_allow_is_refused_by_the_rules_name(service: Service):
    await a_brand(service)
    policy = {"locked": ["notice"], "region": {**ALLOWED, "mostModules": 9}, "store": ALLOWED}
    answer = await service.query(POLICY, HEAD_OFFICE, input=policy, version=0)
    assert answer.data["facePolicySet"]["policy"] == {
        "version": 1,
        "locked": ["notice"],
        "store": {"kinds": KINDS, "mostModules": 2},
    }
    broken: dict[str, Any] = {
        "locked-module": {"modules": [{"key": "notice", "title": "我的"}]},
        "module-kinds": {"modules": [{"key": "x", "content": {"couponSlot": {"coupon": "C"}}}]},
        "most-modules": {"modules": [notice("1", "a"), notice("2", "b"), notice("3", "c")]},
        "most-featured": {"featured": ["10001", "10002"]},
        "hiding-products": {"hide": ["10001"]},
    }
    for rule, said in broken.items():
        refused = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
        error = refused.refused("layerDraft")[0]
        assert (error["code"], f"rule {rule}:" in error["message"]) == ("FORBIDDEN", True), error
    allowed = {"modules": [notice("1", "a"), notice("2", "b")], "featured": ["10001"]}
    fine = await service.query(DRAFT, MANAGER, id="store:S1", input=allowed, version=0)
    assert fine.data["layerDraft"]["userErrors"] == []


async def test_a_lock_takes_effect_at_once_and_stops_a_draft_from_before_it(service: Service):
    await a_brand(service)
    await publish(service, "store:S1", [notice("本店")], MANAGER)
    later = {"modules": [notice("本店二")]}
    drafted = await service.query(DRAFT, MANAGER, id="store:S1", input=later, version=0)
    version = drafted.data["layerDraft"]["draft"]["version"]
    policy = {"locked": ["notice"], "region": ALLOWED, "store": ALLOWED}
    await service.query(POLICY, HEAD_OFFICE, input=policy, version=0)
    assert await texts(service) == ["全国"]
    refused = await service.query(PUBLISH, MANAGER, id="store:S1", version=version)
    assert "locked-module" in refused.refused("layerPublish")[0]["message"]
    again = await service.query(ROLL_BACK, MANAGER, id="store:S1", to=1, version=1)
    assert "locked-module" in again.refused("layerRollBack")[0]["message"]


async def test_only_head_office_sets_the_policy_and_over_the_version_it_loaded(service: Service):
    policy = {"locked": [], "region": ALLOWED, "store": ALLOWED}
    refused = await service.query(POLICY, MANAGER, input=policy, version=0)
    assert refused.refused("facePolicySet")[0]["code"] == "FORBIDDEN"
    await service.query(POLICY, HEAD_OFFICE, input=policy, version=0)
    stale = await service.query(POLICY, HEAD_OFFICE, input=policy, version=0)
    assert stale.refused("facePolicySet")[0]["code"] == "CONFLICT"
    read = await service.query("{ facePolicy { version store { mayHideModules } } }")
    assert read.data["facePolicy"] == {"version": 1, "store": {"mayHideModules": False}}


PREVIEW = """query ($id: ID!, $at: DateTime, $as: ModuleAudience! = VISITORS) {
  storefrontPreview(storeId: $id, at: $at, audience: $as) { drafts { id } modules { key
    ... on NoticeModule { text }
    ... on ProductShelfModule { items { product { id priceFrom { fen } }
      variants { variant { price { fen } } } } } } } }"""
SCHEDULE = """mutation ($input: PriceChangeInput!) { priceChangeSchedule(input: $input) {
  priceChange { id } userErrors { message } } }"""


async def test_a_preview_shows_drafts_prices_and_products_of_a_future_moment(service: Service):
    await a_brand(service)
    now = composition.now()
    soon, later = now + timedelta(days=1), now + timedelta(days=2)
    coming = a_product_row("10009", on_shelf_at=soon.isoformat())
    counts(await take_in(service, "products", as_csv(coming)))
    lines = [{"sku": "10001-M", "priceFen": 79900}]
    change = {"name": "双十二", "effectiveAt": soon.isoformat(), "lines": lines}
    scheduled = await service.query(SCHEDULE, HEAD_OFFICE, input=change)
    assert scheduled.data["priceChangeSchedule"]["userErrors"] == []
    shelf = {"productShelf": {"selection": {"byCategory": {"category": ["服装"]}}}}
    draft = {
        "modules": [
            notice("双十二", "sale", window={"startsAt": soon.isoformat()}),
            notice("会员", "members", audience="MEMBERS"),
            {"key": "shelf", "position": 9, "content": shelf},
        ]
    }
    saved = await service.query(DRAFT, MANAGER, id="store:S1", input=draft, version=0)
    assert saved.data["layerDraft"]["userErrors"] == []

    async def preview(**asked: Any) -> tuple[list[str], dict[str, int]]:
        answer = (await service.query(PREVIEW, MANAGER, id="S1", **asked)).data["storefrontPreview"]
        assert answer["drafts"] == [{"id": "store:S1"}]
        items = answer["modules"][-1]["items"]
        prices = {item["product"]["id"]: item["product"]["priceFrom"]["fen"] for item in items}
        assert [item["variants"][0]["variant"]["price"]["fen"] for item in items] == [
            *prices.values()
        ]
        return [module["key"] for module in answer["modules"]], prices

    assert await preview() == (["notice", "shelf"], {"10001": 99900, "10002": 99900})
    keys, prices = await preview(at=later.isoformat(), **{"as": "MEMBERS"})
    assert keys == ["members", "sale", "notice", "shelf"]
    assert prices == {"10009": 99900, "10001": 79900, "10002": 99900}
    refused = await service.query(PREVIEW, GUIDE, id="S1")
    assert refused.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_a_draft_says_wrong_is_told_by_its_path_in_the_input(service: Service):
    await a_brand(service)
    shelf = {"selection": {"byHand": {"products": ["99999"]}}, "most": 99}
    said = {"modules": [{"key": "shelf", "content": {"productShelf": shelf}}]}
    many = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
    path = ["input", "modules", "0", "content", "productShelf"]
    assert many.refused("layerDraft")[0]["field"] == [*path, "most"]
    shelf["most"] = 9
    unknown = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
    assert unknown.refused("layerDraft")[0]["field"] == path[:4]
    elsewhere = await service.query(DRAFT, MANAGER, id="store:S9", input=said, version=0)
    assert elsewhere.refused("layerDraft")[0]["code"] == "NOT_FOUND"


async def test_a_layers_texts_make_no_claim_that_advertising_may_not_make(service: Service):
    await a_brand(service)
    said = {
        "modules": [
            {"key": "note", "title": "顶级跑鞋", "content": {"notice": {"text": "全国第一品牌"}}},
            {"key": "care", "content": {"notice": {"text": "最佳洗涤水温30℃"}}},
        ]
    }
    refused = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
    errors = refused.refused("layerDraft")
    assert [one["field"][-1] for one in errors] == ["title", "content"]
    assert "“全国第一”" in errors[1]["message"] or "“第一品牌”" in errors[1]["message"]


async def test_a_layer_is_not_taken_over_one_whose_line_is_refused(service: Service):
    await a_brand(service)
    lines = as_json_lines(
        {"layer": "store:S1", "modules": [{"key": "city", "title": "本店说"}]},
        {"layer": "store:S2", "modules": [notice("别家")]},
        {"layer": "region:320500", "modules": [notice("全城", "city", position=2**40)]},
    )
    report = (await take_in(service, "layers", lines, mode="GOOD_ROWS"))["report"]
    told = [(one["line"], one["column"]) for one in report["errors"]]
    assert told == [(1, "modules.0.content"), (1, "layer"), (3, "modules.0.position")]
    assert "line 3" in report["errors"][1]["message"]
    assert (report["created"], await texts(service), await texts(service, "S2")) == (
        1,
        ["全国"],
        ["别家"],
    )


async def test_layers_of_a_file_are_checked_over_each_other_in_whatever_order(service: Service):
    await a_brand(service)
    lines = as_json_lines(
        {"layer": "store:S1", "modules": [{"key": "city", "title": "本店说"}]},
        {"layer": "region:320500", "modules": [notice("全城", "city", position=2)]},
    )
    assert counts(await take_in(service, "layers", lines)) == (2, 0, 0)
    assert await texts(service) == ["全国", "全城"]
