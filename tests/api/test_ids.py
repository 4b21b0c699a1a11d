"""An id means one thing, however it is typed or pasted."""

import re

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.api.mall.storefronts.test_layers import DRAFT
from tests.conftest import Service
from tests.support.cases import one_after_the_other
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

pytestmark = pytest.mark.anyio

MAY = Viewer(id=PersonId("member_may"), role=Role.MEMBER)
WRITTEN = ["S1", "S1 ", "\tS1", "S1\u00a0", "\u3000S1", "S1\u200b", "\ufeffS1", "S1\u202c", "Ｓ１"]
HIDDEN = ["S\u200b1", "S\ufeff1", "S\u202c1"]


@pytest.mark.parametrize("written", WRITTEN)
async def test_however_an_id_is_written_it_names_the_same_in_arguments_and_files(
    service: Service, written: str
):
    row = {**a_store_row(written), "name": "店"}
    counts(await open_stores(service, row))
    product = a_product_row(written, sku=written, name="羽绒服")
    counts(await take_in(service, "products", as_csv(product)))
    found = await service.query(
        "query ($id: ID!) { store(id: $id) { id } product(id: $id) { id variants { sku } } }",
        id=written,
    )
    assert found.data == {
        "store": {"id": "S1"},
        "product": {"id": "S1", "variants": [{"sku": "S1"}]},
    }
    said = {"featured": [written], "captions": [{"product": written, "text": "店长最爱"}]}
    layer = re.sub("[SＳ]", r"store:\g<0>", written)
    answer = await service.query(DRAFT, HEAD_OFFICE, id=layer, input=said, version=0)
    assert answer.data["layerDraft"]["draft"]["said"]["featured"] == ["S1"]
    counts(await take_in(service, "products", as_csv(a_product_row("S1", sku="S1", name="羽绒服"))))
    listed = await service.query("{ products(filter: {}, order: NEWEST) { totalCount } }")
    assert listed.data["products"]["totalCount"] == 1


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_what_cannot_be_seen_inside_an_id_is_refused_by_its_name(
    service: Service, hidden: str
):
    name = f"invisible character U+{ord(hidden[1]):04X} at 1"
    found = await service.query("query ($id: ID!) { store(id: $id) { id } }", id=hidden)
    assert name in found.errors[0]["message"]
    assert found.errors[0]["extensions"]["code"] == "INVALID"
    made = 'mutation { regionCreate(id: "%s", name: "x") { userErrors { code } } }'
    literal = await service.query(made % hidden, HEAD_OFFICE)
    assert name in literal.errors[0]["message"]
    row = {**a_store_row("S1"), "store_id": hidden}
    counts(await take_in(service, "owners", b"owner_code,name,kind\nbrand,x,brand\n"))
    report = (await take_in(service, "stores", as_csv(row), mode="GOOD_ROWS"))["report"]
    assert name in report["errors"][0]["message"]


async def test_regions_have_the_alphabet_of_all_codes(service: Service):
    text = 'mutation ($id: ID!) { regionCreate(id: $id, name: "x") { userErrors { code field } } }'
    for bad in ("华东", "a b", "a/b", "-a", "x" * 41, ""):
        [refused] = (await service.query(text, HEAD_OFFICE, id=bad)).refused("regionCreate")
        assert refused == {"code": "INVALID", "field": ["id"]}


@one_after_the_other("joint", "@＠:/#")
async def test_no_code_has_a_mark_by_which_ids_are_joined(service: Service, joint: str):
    """A store's adaptation of post `X` is `X@S1`: were that a code, one would be the other."""
    counts(await open_stores(service, a_store_row("S1")))
    counts(await take_in(service, "products", as_csv(a_product_row("X", sku="X-M"))))
    joined = f"X{joint}S1"
    post = {"code": "X", "title": "雪", "department": "brand", "category": "上新"}
    post |= {"scenes": ["moments"], "body": [{"type": "text", "text": "雪。"}]}
    counts(await take_in(service, "posts", as_json_lines(post), ending="jsonl"))
    guide = {"guide_id": joined, "name": "汤继业", "store_id": "S1", "wecom_user_id": "tang"}
    files: dict[str, list[bytes]] = {
        "owners": [as_csv({"owner_code": joined, "name": "x", "kind": "brand"})],
        "stores": [as_csv(a_store_row(joined)), as_csv(a_store_row("S2", region=joined))],
        "guides": [as_csv(guide)],
        "products": [
            as_csv(a_product_row(joined, sku="Y-M")),
            as_csv(a_product_row("Y", sku=joined)),
        ],
        "posts": [as_json_lines({**post, "code": joined})],
        "layers": [as_json_lines({"layer": f"store:{joined}", "hide": ["X"]})],
    }
    for what, taken in files.items():
        ending = "jsonl" if what in {"posts", "layers"} else "csv"
        for file in taken:
            payload = await take_in(service, what, file, ending=ending)
            assert payload["report"]["errors"], (what, file)
            assert payload["report"]["created"] == payload["report"]["changed"] == 0
