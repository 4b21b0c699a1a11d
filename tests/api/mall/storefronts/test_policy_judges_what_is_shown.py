"""A store that may not hide modules can't, however it tries, and whenever the policy came."""

from typing import Any

import pytest

from tests.api.mall.storefronts.test_layers import ALLOWED, DRAFT, MANAGER, POLICY, notice, publish
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
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

PAGE = """query { storefront(storeId: "S1") { modules { key title
  ... on ProductShelfModule { items { product { id } } } } } }"""
SHELF = {"product_shelf": {"selection": {"by_hand": {"products": ["10001", "10002"]}}}}
EVERYTHING = {
    **ALLOWED,
    "kinds": ["NOTICE", "PRODUCT_SHELF"],
    "mayHideModules": True,
    "mayHideProducts": True,
}
NO_HIDING = {**EVERYTHING, "mayHideModules": False}
WAYS: dict[str, dict[str, Any]] = {
    "hidden": {"modules": [{"key": "shelf", "hidden": True}]},
    "a window in the past": {
        "modules": [{"key": "shelf", "window": {"endsAt": "2020-01-01T00:00:00Z"}}]
    },
    "a window far off": {
        "modules": [{"key": "shelf", "window": {"startsAt": "2900-01-01T00:00:00Z"}}]
    },
    "an audience": {"modules": [{"key": "shelf", "audience": "MEMBERS"}]},
    "a replacement": {"modules": [{"key": "shelf", "content": {"notice": {"text": "没有"}}}]},
    "an empty shelf": {
        "modules": [
            {
                "key": "shelf",
                "content": {"productShelf": {"selection": {"byHand": {"products": []}}}},
            }
        ]
    },
    "its products": {"hide": ["10001", "10002"]},
}


async def a_brand(service: Service, allowed: dict[str, Any]) -> None:
    counts(await open_stores(service, a_store_row("S1")))
    counts(await take_in(service, "products", as_csv(*map(a_product_row, ["10001", "10002"]))))
    line = {"layer": "brand", "modules": [{"key": "shelf", "content": SHELF}]}
    counts(await take_in(service, "layers", as_json_lines(line)))
    await set_policy(service, allowed, version=0)


async def set_policy(service: Service, allowed: dict[str, Any], *, version: int) -> None:
    policy = {"locked": [], "region": allowed, "store": allowed}
    answer = await service.query(POLICY, HEAD_OFFICE, input=policy, version=version)
    assert answer.data["facePolicySet"]["userErrors"] == []


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_hide_a_module_is_refused_by_the_rules_name(service: Service, way: str):
    await a_brand(service, NO_HIDING)
    answer = await service.query(DRAFT, MANAGER, id="store:S1", input=WAYS[way], version=0)
    [refused] = answer.refused("layerDraft")
    assert refused["code"] == "FORBIDDEN"
    assert "rule hiding-modules: shelf may not be hidden" in refused["message"]


async def test_what_hides_nothing_is_taken(service: Service):
    await a_brand(service, NO_HIDING)
    said = {
        "modules": [
            {"key": "shelf", "title": "本店精选", "position": 9, "audience": "EVERYONE"},
            {"key": "shelf-2", "content": {"notice": {"text": "欢迎"}}},
        ],
        "hide": ["10001"],
    }
    answer = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
    assert answer.data["layerDraft"]["userErrors"] == []


@pytest.mark.parametrize("way", [way for way in WAYS if way != "its products"])
async def test_a_layer_from_before_the_policy_hides_nothing_any_more(service: Service, way: str):
    await a_brand(service, EVERYTHING)
    [change] = WAYS[way]["modules"]
    await publish(service, "store:S1", [{**change, "title": "本店"}, notice("欢迎")], MANAGER)
    await set_policy(service, NO_HIDING, version=1)

    async def shelf() -> Any:
        page = (await service.query(PAGE)).data["storefront"]["modules"]
        found = [module for module in page if module["key"] == "shelf"]
        return [(one["title"], [item["product"]["id"] for item in one["items"]]) for one in found]

    await comes_to([("本店", ["10001", "10002"])], shelf)


@pytest.mark.parametrize("locked", [["Bad Key"], ["x" * 41], [f"k{i}" for i in range(101)]])
async def test_what_is_locked_are_keys_that_modules_can_have(service: Service, locked: list[str]):
    policy = {"locked": locked, "region": ALLOWED, "store": ALLOWED}
    answer = await service.query(POLICY, HEAD_OFFICE, input=policy, version=0)
    [refused] = answer.refused("facePolicySet")
    assert (refused["code"], refused["field"]) == ("INVALID", ["input", "locked"])


REACH = """query($input: FacePolicyInput!) { facePolicyReach(input: $input) { totalCount nodes {
  rules layer { id } } } }"""


async def test_a_policy_tells_beforehand_whose_layers_it_would_take_something_from(
    service: Service,
):
    await a_brand(service, EVERYTHING)
    hides = [{"key": "shelf", "hidden": True}, notice("欢迎")]
    await publish(service, "store:S1", hides, MANAGER)

    async def reached(**wanted: Any) -> list[tuple[str, list[str]]]:
        policy = {"locked": [], "region": EVERYTHING, "store": EVERYTHING, **wanted}
        found = (await service.query(REACH, HEAD_OFFICE, input=policy)).data["facePolicyReach"]
        assert found["totalCount"] == len(found["nodes"])
        return [(one["layer"]["id"], one["rules"]) for one in found["nodes"]]

    async def reached_without_hiding() -> list[tuple[str, list[str]]]:
        return await reached(store=NO_HIDING)

    await comes_to([("store:S1", ["HIDING_MODULES"])], reached_without_hiding)
    assert await reached() == []
    assert await reached(region={**NO_HIDING, "kinds": []}) == []
    assert await reached(store={**NO_HIDING, "mostModules": 0}, locked=["shelf"]) == [
        ("store:S1", ["HIDING_MODULES", "LOCKED_MODULE", "MOST_MODULES"])
    ]
    # Once it holds, it takes nothing more.
    await set_policy(service, NO_HIDING, version=1)
    await comes_to([], reached_without_hiding)
    policy = {"locked": [], "region": EVERYTHING, "store": EVERYTHING}
    refused = await service.query(REACH, MANAGER, input=policy)
    assert refused.errors[0]["extensions"]["code"] == "FORBIDDEN"
