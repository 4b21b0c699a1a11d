"""What the texts of a layer may say: no claims, and no other price than the catalogue's."""

from typing import Any

import pytest

from tests.api.mall.storefronts.test_layers import DRAFT, MANAGER, a_brand, notice
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.network import (
    HEAD_OFFICE,
    a_product_row,
    as_csv,
    as_json_lines,
    counts,
    take_in,
)
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHELF = {"productShelf": {"selection": {"byHand": {"products": ["10001"]}}}}
BANNER = {
    "banner": {"picture": "asset_x", "target": {"kind": "PRODUCT", "value": "10001"}},
}
PAGE = """query { storefront(storeId: "S1") { modules { ... on ProductShelfModule {
  items { caption } } } } }"""


async def drafted(service: Service, said: dict[str, Any]) -> list[Any]:
    answer = await service.query(DRAFT, MANAGER, id="store:S1", input=said, version=0)
    errors = answer.data["layerDraft"]["userErrors"]
    return [(one["code"], ".".join(one["field"])) for one in errors if one["code"] != "CONFLICT"]


CLAIM = "全网销量第一"


@one_after_the_other(
    "said, where",
    [
        ({"captions": [{"product": "10001", "text": "只要¥399"}]}, "input.captions"),
        ({"captions": [{"product": "10001", "text": "３９９元带走"}]}, "input.captions"),
        ({"captions": [{"product": "10001", "text": "今日五折"}]}, "input.captions"),
        ({"modules": [{"key": "s", "title": "¥399起", "content": SHELF}]}, "input.modules.0.title"),
        ({"captions": [{"product": "10001", "text": CLAIM}]}, "input.captions"),
        ({"modules": [notice("a", title=CLAIM)]}, "input.modules.0.title"),
        ({"modules": [notice(CLAIM)]}, "input.modules.0.content"),
        (
            {"modules": [{"key": "b", "content": {"banner": {**BANNER["banner"], "alt": CLAIM}}}]},
            "input.modules.0.content.banner.alt",
        ),
        (
            {"modules": [{"key": "b", "content": {"banner": {**BANNER["banner"], "alt": "5折"}}}]},
            "input.modules.0.content.banner.alt",
        ),
    ],
)
async def test_another_price_and_a_claim_are_refused_by_their_place(
    service: Service, said: dict[str, Any], where: str
):
    await a_brand(service)
    assert await drafted(service, said) == [("INVALID", where)]


async def test_the_catalogues_own_price_may_be_repeated(service: Service):
    await a_brand(service)
    said = {
        "captions": [{"product": "10001", "text": "店长说：¥999 值得"}],
        "modules": [{"key": "s", "title": "999元起，满500元包邮", "content": SHELF}],
    }
    assert await drafted(service, said) == []


async def test_a_caption_that_names_a_price_goes_when_the_price_does(service: Service):
    await a_brand(service)
    shelf = {"product_shelf": {"selection": {"by_hand": {"products": ["10001"]}}}}
    line = {
        "layer": "store:S1",
        "modules": [{"key": "s", "content": shelf}],
        "captions": [{"product": "10001", "text": "只要¥999"}],
    }
    counts(await take_in(service, "layers", as_json_lines(line)))

    async def captions() -> list[Any]:
        modules = (await service.query(PAGE)).data["storefront"]["modules"]
        return [item["caption"] for module in modules for item in module.get("items", ())]

    await comes_to(["只要¥999"], captions)
    dearer = as_csv(a_product_row("10001", price_fen="109900"))
    counts(await take_in(service, "products", dearer, HEAD_OFFICE))
    await comes_to([None], captions)
