"""Storefronts over HTTP: arranged by layers, entered by rules."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.content import approved, deposited
from tests.support.network import (
    GUSU,
    LIANGXI,
    WUZHONG,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
    counts,
    open_stores,
    take_in,
)

PAGE = """query ($id: ID!) { storefront(storeId: $id) { store { name } modules {
  __typename key title position origin { id } saidBy { id }
  ... on NoticeModule { text }
  ... on ProductShelfModule { items {
    caption featured product { id name } variants { variant { sku price { fen } } available } } }
} } }"""
ENTER = """query ($code: String, $last: ID, $here: PositionInput, $region: ID) {
  storefrontEnter(shareCode: $code, lastStoreId: $last, position: $here, regionId: $region) {
    storefront { store { id } } rule distanceM passedOver { store { id state } rule }
    alternatives { store { id } distanceM } } }"""


GUIDE_2 = Viewer(id=PersonId("G2"), role=Role.GUIDE, store_id="S1")
MEMBER = Viewer(id=PersonId("member_may"), role=Role.MEMBER)
TO_STOREFRONT = {"kind": "STOREFRONT", "targetId": "S1", "scene": "MOMENTS"}
LINK = """mutation ($input: ShareLinkCreateInput!) { shareLinkCreate(input: $input) {
  shareLink { code url } userErrors { message } } }"""
OPEN = "mutation ($code: String!) { shareLinkOpen(code: $code) { userErrors { message } } }"


def a_place(place: tuple[str, float, float]) -> dict[str, str]:
    return {"district": place[0], "longitude": str(place[1]), "latitude": str(place[2])}


def a_shelf(key: str = "shelf", position: int = 20, **selection: Any) -> dict[str, Any]:
    selection = selection or {"by_category": {"category": ["服装"]}}
    content = {"product_shelf": {"selection": selection}}
    return {"key": key, "position": position, "content": content}


def a_notice(text: str, key: str = "notice", **said: Any) -> dict[str, Any]:
    return {"key": key, "content": {"notice": {"text": text}}, **said}


async def three_stores(service: Service, **changes: dict[str, str]) -> None:
    """S1 and S2 in 苏州, S3 in 无锡, and three products."""
    rows = [
        a_store_row("S1", **a_place(GUSU), **changes.get("S1", {})),
        a_store_row("S2", **a_place(WUZHONG), **changes.get("S2", {})),
        a_store_row("S3", **a_place(LIANGXI), **changes.get("S3", {})),
    ]
    counts(await open_stores(service, *rows))
    products = [a_product_row(code) for code in ("10001", "10002", "10003")]
    counts(await take_in(service, "products", as_csv(*products)))


async def modules(service: Service, store: str) -> list[dict[str, Any]]:
    return (await service.query(PAGE, id=store)).data["storefront"]["modules"]


async def test_neighbours_differ_in_what_their_layers_say_and_in_nothing_else(service: Service):
    await three_stores(service)
    layers = as_json_lines(
        {"layer": "brand", "modules": [a_notice("全国", position=10), a_shelf()]},
        {"layer": "region:320500", "modules": [{"key": "notice", "title": "苏州"}]},
        {
            "layer": "store:S2",
            "modules": [a_notice("吴中", title="店长说"), a_notice("新开", key="new")],
            "featured": ["10003"],
            "hide": ["10001"],
            "captions": [{"product": "10002", "text": "店长最爱"}],
        },
    )
    assert counts(await take_in(service, "layers", layers)) == (3, 0, 0)

    first, second, third = [await modules(service, store) for store in ("S1", "S2", "S3")]
    assert [(one["key"], one["title"]) for one in first] == [("notice", "苏州"), ("shelf", "")]
    assert [(one["key"], one["title"]) for one in third] == [("notice", ""), ("shelf", "")]
    assert [one["key"] for one in second] == ["new", "notice", "shelf"]
    assert (second[1]["text"], second[1]["title"]) == ("吴中", "店长说")
    assert second[1]["origin"] == {"id": "store:S2"}
    assert [layer["id"] for layer in second[1]["saidBy"]] == ["brand", "region:320500", "store:S2"]
    assert first[0]["origin"] == {"id": "brand"}

    assert [item["product"]["id"] for item in first[1]["items"]] == ["10001", "10002", "10003"]
    shown = second[2]["items"]
    assert [(item["product"]["id"], item["featured"], item["caption"]) for item in shown] == [
        ("10003", True, None),
        ("10002", False, "店长最爱"),
    ]
    assert shown[1]["variants"] == first[1]["items"][1]["variants"]


async def test_a_layer_can_not_even_try_to_say_a_price(service: Service):
    await three_stores(service)
    priced = {**a_shelf(), "price_fen": 1}
    layers = as_json_lines({"layer": "brand", "modules": [priced]})
    answer = await take_in(service, "layers", layers)
    error = answer["report"]["errors"][0]
    assert (error["line"], error["column"]) == (1, "modules.0.price_fen")


async def test_a_file_of_layers_is_refused_by_line_and_field(service: Service):
    await three_stores(service)
    layers = as_json_lines(
        {"layer": "brand", "modules": [a_notice("好")]},
        {"layer": "store:S9"},
        {"layer": "store:S1", "featured": ["99999"], "modules": [{"key": "gone", "hidden": True}]},
        {"layer": "town:1"},
        {"layer": "brand"},
    )
    answer = await take_in(service, "layers", layers)
    found = {(error["line"], error["column"]) for error in answer["report"]["errors"]}
    assert found == {
        (2, None),
        (3, "featured"),
        (3, "modules.0.content"),
        (4, "layer"),
        (5, None),
    }


async def test_the_share_links_store_then_the_last_used_then_the_nearest(service: Service):
    await three_stores(service)
    beside_wuzhong = {"longitude": WUZHONG[1], "latitude": WUZHONG[2] - 0.01, "datum": "GCJ02"}
    used = (await service.query(ENTER, last="S3", here=beside_wuzhong)).data["storefrontEnter"]
    assert (used["storefront"]["store"]["id"], used["rule"]) == ("S3", "LAST_USED")
    near = (await service.query(ENTER, code="unknown", here=beside_wuzhong)).data["storefrontEnter"]
    assert (near["storefront"]["store"]["id"], near["rule"]) == ("S2", "NEAREST")
    assert 1000 < near["distanceM"] < 1200
    assert [one["store"]["id"] for one in near["alternatives"]] == ["S1", "S3"]
    assert near["alternatives"][0]["distanceM"] < near["alternatives"][1]["distanceM"]


async def test_a_paused_store_leads_to_the_next_best_and_says_so(service: Service):
    await three_stores(service, S2={"state": "PAUSED"})
    answer = (await service.query(ENTER, last="S2")).data["storefrontEnter"]
    assert (answer["storefront"]["store"]["id"], answer["rule"]) == ("S1", "REGION_DEFAULT")
    assert answer["passedOver"] == [{"store": {"id": "S2", "state": "PAUSED"}, "rule": "LAST_USED"}]
    here = {"longitude": WUZHONG[1], "latitude": WUZHONG[2], "datum": "GCJ02"}
    near = (await service.query(ENTER, here=here)).data["storefrontEnter"]
    assert (near["storefront"]["store"]["id"], near["rule"]) == ("S1", "NEAREST")


async def test_without_any_clue_the_largest_regions_default_is_entered(service: Service):
    await three_stores(service)
    answer = (await service.query(ENTER)).data["storefrontEnter"]
    assert (answer["storefront"]["store"]["id"], answer["rule"]) == ("S1", "REGION_DEFAULT")
    chosen = (await service.query(ENTER, region="320200")).data["storefrontEnter"]
    assert chosen["storefront"]["store"]["id"] == "S3"


async def test_twenty_products_with_live_stock_take_few_round_trips_whatever_is_selected(
    service: Service, round_trips: list[str]
):
    await three_stores(service)
    products = [a_product_row(f"2{number:04d}") for number in range(40)]
    counts(await take_in(service, "products", as_csv(*products)))
    selections: dict[str, Any] = {
        "hand": {"by_hand": {"products": [row["product_code"] for row in products[:20]]}},
        "category": {"by_category": {"category": ["服装"]}},
        "rule": {"by_rule": {"attributes": {"season": "冬"}, "price_to": 100_000_00}},
        "best": {"best_sellers": {"scope": "STORE"}},
    }
    for key, selection in selections.items():
        layers = as_json_lines({"layer": "brand", "modules": [a_shelf(key, **selection)]})
        await take_in(service, "layers", layers)
        round_trips.clear()
        [shelf] = await modules(service, "S1")
        assert len(round_trips) <= 3, (key, round_trips)
        assert len(shelf["items"]) == (0 if key == "best" else 20), key


async def test_every_storefront_of_a_region_tells_one_number(service: Service):
    await three_stores(service)
    at = "2026-11-01T00:00:00Z"
    stock = [
        {"store_id": store, "sku": f"{code}-M", "on_hand": str(units), "counted_at": at}
        for store, units in (("S1", 2), ("S2", 5), ("S3", 9))
        for code in ("10001", "10002")
    ]
    counts(await take_in(service, "stock", as_csv(*stock)))
    layers = as_json_lines(
        {"layer": "brand", "modules": [a_shelf()]},
        {"layer": "store:S2", "featured": ["10002"], "hide": ["10001"]},
    )
    counts(await take_in(service, "layers", layers))

    async def available(store: str) -> dict[str, int]:
        [shelf] = await modules(service, store)
        return {
            one["variant"]["sku"]: one["available"]
            for item in shelf["items"]
            for one in item["variants"]
        }

    first, second, third = [await available(store) for store in ("S1", "S2", "S3")]
    assert first == {"10001-M": 7, "10002-M": 7, "10003-M": 0}
    assert second == {"10002-M": 7, "10003-M": 0}
    assert third == {"10001-M": 9, "10002-M": 9, "10003-M": 0}


async def test_a_content_shelf_shows_what_is_on_show_in_the_seeding_zone(service: Service):
    await three_stores(service)
    both = await approved(service, title="把寒风挡在身后")
    await approved(service, title="只给导购", scenes=["MOMENTS"])
    await deposited(service, title="还没审")
    other = await approved(service, title="露营", category="户外知识/露营")
    shelf = {"key": "notes", "content": {"content_shelf": {}}}
    by_hand = {"content_shelf": {"posts": [other["id"], "post_gone", both["id"]]}}
    in_category = {"content_shelf": {"category": ["户外知识"]}}
    layers = as_json_lines(
        {"layer": "brand", "modules": [shelf]},
        {"layer": "store:S2", "modules": [{"key": "notes", "content": by_hand}]},
        {"layer": "store:S3", "modules": [{"key": "notes", "content": in_category}]},
    )
    counts(await take_in(service, "layers", layers))
    text = """query ($id: ID!) { storefront(storeId: $id) { modules {
      ... on ContentShelfModule { posts { revision { title } } } } } }"""
    shown = {}
    for store in ("S1", "S2", "S3"):
        answer = (await service.query(text, id=store)).data["storefront"]["modules"]
        shown[store] = [post["revision"]["title"] for post in answer[0]["posts"]]
    assert shown == {
        "S1": ["露营", "把寒风挡在身后"],
        "S2": ["露营", "把寒风挡在身后"],
        "S3": ["露营"],
    }


async def test_a_guide_card_shows_the_guide_whose_link_was_followed(service: Service):
    await three_stores(service)
    guides = [
        {"guide_id": code, "name": name, "store_id": "S1", "wecom_user_id": code, "avatar": ""}
        for code, name in (("G1", "导购1"), ("G2", "导购2"))
    ]
    counts(await take_in(service, "guides", as_csv(*guides)))
    card = {"key": "guide", "content": {"guide_card": {"text": "找我"}}}
    counts(await take_in(service, "layers", as_json_lines({"layer": "brand", "modules": [card]})))
    text = """query ($id: ID!) { storefront(storeId: $id) { modules {
      ... on GuideCardModule { text guide { name } } } } }"""

    async def guide(store: str, viewer: Viewer | None = None) -> Any:
        answer = await service.query(text, viewer, id=store)
        return answer.data["storefront"]["modules"][0]["guide"]

    assert await guide("S1") == {"name": "导购1"}
    assert await guide("S2") is None
    link = await service.query(LINK, GUIDE_2, input=TO_STOREFRONT)
    code = link.data["shareLinkCreate"]["shareLink"]["code"]
    await service.query(OPEN, MEMBER, code=code)
    assert await guide("S1", MEMBER) == {"name": "导购2"}


async def test_a_share_link_leads_to_its_guides_store_before_all_else(service: Service):
    await three_stores(service)
    guide = {"guide_id": "G2", "name": "雪", "store_id": "S1", "wecom_user_id": "x", "avatar": ""}
    counts(await take_in(service, "guides", as_csv(guide)))
    link = (await service.query(LINK, GUIDE_2, input=TO_STOREFRONT)).data["shareLinkCreate"]
    here = {"longitude": WUZHONG[1], "latitude": WUZHONG[2], "datum": "GCJ02"}
    for code in (link["shareLink"]["code"], link["shareLink"]["url"]):
        entered = await service.query(ENTER, code=code, last="S3", here=here)
        answer = entered.data["storefrontEnter"]
        assert (answer["storefront"]["store"]["id"], answer["rule"]) == ("S1", "SHARE_LINK")


NEARBY = """query ($here: PositionInput!, $services: [Service!], $open: Boolean!, $skus: [ID!],
    $pickup: Boolean!) {
  nearbyStores(position: $here, services: $services, openNow: $open, skus: $skus,
               pickupToday: $pickup) {
    store { id openNow closesAt } distanceM units { sku units } pickupToday } }"""


async def test_nearby_stores_say_what_they_offer_and_what_can_be_picked_up_today(service: Service):
    around_the_clock = {"opening_hours": "00:00-24:00"}
    today = datetime.now(UTC) + timedelta(hours=8)
    days = [f"{today + timedelta(days=more):%Y-%m-%d} closed" for more in (-1, 0, 1)]
    closed = {"opening_hours": "; ".join(["00:00-24:00", *days])}
    await three_stores(
        service,
        S1={**closed, "services": "PICKUP;FITTING"},
        S2={**around_the_clock, "services": "PICKUP"},
        S3={**around_the_clock, "services": "FITTING"},
    )
    at = "2026-11-01T00:00:00Z"
    stock = [
        {"store_id": store, "sku": "10001-M", "on_hand": "3", "counted_at": at}
        for store in ("S1", "S3")
    ]
    stock.append({"store_id": "S2", "sku": "10001-M", "on_hand": "1", "counted_at": at})
    stock.append({"store_id": "S1", "sku": "10002-M", "on_hand": "1", "counted_at": at})
    counts(await take_in(service, "stock", as_csv(*stock)))
    here = {"longitude": GUSU[1], "latitude": GUSU[2], "datum": "GCJ02"}

    async def near(**asked: Any) -> list[dict[str, Any]]:
        variables = {"here": here, "open": False, "pickup": False, **asked}
        return (await service.query(NEARBY, **variables)).data["nearbyStores"]

    def ids(found: list[dict[str, Any]]) -> list[str]:
        return [one["store"]["id"] for one in found]

    everything = await near(skus=["10001-M"])
    assert ids(everything) == ["S1", "S2", "S3"]
    assert [one["units"][0]["units"] for one in everything] == [3, 1, 3]
    assert [one["pickupToday"] for one in everything] == [False, True, False]
    assert everything[0]["distanceM"] == 0
    assert 8_000 < everything[1]["distanceM"] < 9_000
    assert ids(await near(open=True)) == ["S2", "S3"]
    assert ids(await near(services=["FITTING"])) == ["S1", "S3"]
    assert ids(await near(skus=["10001-M"], pickup=True)) == ["S2"]
    assert ids(await near(skus=["10001-M", "10002-M"], pickup=True)) == []
    here["longitude"] -= 10
    assert await near() == []
