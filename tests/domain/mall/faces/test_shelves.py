"""What is on a shelf, and the one number that all storefronts of a region tell."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import anyio
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.catalogue import Catalogue, ProductId
from domain.mall.faces.cascade import Face
from domain.mall.faces.layers import BRAND, Arrangement, Layer, ModuleChange
from domain.mall.faces.modules import (
    CONTENTS,
    BestSellers,
    ByCategory,
    ByHand,
    ByRule,
    ProductShelf,
    SalesScope,
)
from domain.mall.faces.published import Layers
from domain.mall.faces.shelves import shelf_items
from domain.mall.reference import Reference
from domain.mall.storefronts.pages import StorefrontPorts, shown_page
from domain.network.directory import Directory
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from tests.support.arrangements import arrangements
from tests.support.builders import NOON, a_product, a_store, a_variant
from tests.support.selling import FixedReference, new_id


def a_down(code: str, *, days: int = 9, price: int = 99900, **changes):
    """A product put on the shelf some days ago."""
    fields = {
        "category": ("服装", "羽绒服"),
        "attributes": {"season": "冬"},
        "variants": (a_variant(f"{code}-M", price=price),),
        "on_shelf_at": NOON - timedelta(days=days),
    }
    return a_product(code, **{**fields, **changes})


CATALOGUE = Catalogue(
    products={
        product.id: product
        for product in (
            a_down("10001", days=3),
            a_down("10002", days=2, price=50000),
            a_down("10.03", days=40, attributes={"season": "秋"}),
            a_down("10004", category=("服装", "冲锋衣")),
            a_down("10005", days=-1),
            a_down("10006", off_shelf_at=NOON),
        )
    }
)
SOLD = {
    SalesScope.STORE: [ProductId("10.03")],
    SalesScope.REGION: [ProductId("10001"), ProductId("10.03"), ProductId("gone")],
}


def on_the_shelf(selection, face: Face | None = None, **shelf) -> list[str]:
    items = shelf_items(
        ProductShelf(selection=selection, **shelf), face or Face(), CATALOGUE, SOLD, now=NOON
    )
    return [item.product.id for item in items]


def by_hand(*codes: str) -> ByHand:
    return ByHand(products=tuple(map(ProductId, codes)))


def test_a_category_shows_what_is_on_sale_below_it_newest_first():
    assert on_the_shelf(ByCategory(category=("服装", "羽绒服"))) == ["10002", "10001", "10.03"]
    assert on_the_shelf(ByCategory(category=("服装",)), most=2) == ["10002", "10001"]
    assert on_the_shelf(ByCategory(category=("鞋履",))) == []


def test_a_rule_is_met_in_all_its_parts():
    assert on_the_shelf(ByRule(attributes={"season": "秋"})) == ["10.03"]
    assert on_the_shelf(ByRule(newer_than_days=3, category=("服装", "羽绒服"))) == [
        "10002",
        "10001",
    ]
    assert on_the_shelf(ByRule(price_to=50000)) == ["10002"]
    assert "10002" not in on_the_shelf(ByRule(price_from=50001))


def test_best_sellers_of_a_store_go_on_with_its_regions():
    assert on_the_shelf(BestSellers(scope=SalesScope.STORE)) == ["10.03", "10001"]
    assert on_the_shelf(BestSellers(scope=SalesScope.REGION)) == ["10001", "10.03"]


def test_the_featured_come_first_but_a_hand_keeps_its_order():
    face = Face(featured=(ProductId("10.03"),), captions={ProductId("10.03"): "店长最爱"})
    assert on_the_shelf(ByCategory(category=("服装", "羽绒服")), face)[0] == "10.03"
    assert on_the_shelf(by_hand("10001", "10.03", "10006", "gone"), face) == ["10001", "10.03"]


def test_what_is_hidden_is_on_no_shelf():
    face = Face(hidden=frozenset({ProductId("10001")}), featured=(ProductId("10001"),))
    for selection in (
        by_hand("10001"),
        ByCategory(category=()),
        BestSellers(scope=SalesScope.REGION),
    ):
        assert "10001" not in on_the_shelf(selection, face)


class OneStock:
    """A number for each SKU of each region, as the pools have it."""

    async def available(self, region_id: str, skus: Collection[str]) -> dict[str, int]:
        return {sku: len(region_id) + len(sku) for sku in skus}


class NothingSold:
    async def of(self, store_id: str, region_id: str):
        return SOLD


def published(id: str, said: Arrangement) -> Layer:
    return Layer(id=id, version=1, arrangement=said, published_at=NOON, published_by="staff_1")


@given(st.tuples(arrangements, arrangements, arrangements), st.sampled_from(Role))
def test_all_storefronts_of_a_region_tell_one_number_and_one_price(said, role):
    ids = (BRAND, "store:S1", "store:S2")
    layers = {one: published(one, says) for one, says in zip(ids, said, strict=True)}
    stores = {store.id: store for store in (a_store("S1"), a_store("S2"))}
    view = Reference(
        directory=Directory(stores=stores), catalogue=CATALOGUE, layers=Layers(layers=layers)
    )
    ports = StorefrontPorts(
        reference=FixedReference(view),
        layers=None,
        availability=OneStock(),
        best_selling=NothingSold(),
        touches=None,
        guides=None,
    )
    act = replace(by_the_clock(NOON, new_id), viewer=Viewer(id="somebody", role=role))

    async def both():
        return [await shown_page(ports, act, store) for store in stores.values()]

    one, other = anyio.run(both)
    for sku in one.available.keys() & other.available.keys():
        assert one.available[sku] == other.available[sku]
    for page in (one, other):
        for item in (item for items in page.shelves.values() for item in items):
            assert item.product == CATALOGUE.products[item.product.id]
            assert all(variant.sku in page.available for variant in item.product.variants)


def test_a_layer_has_no_field_for_what_a_product_is_or_costs():
    catalogue_says = {"price", "amount", "own_price", "compare_at", "description", "name", "care"}
    for kind in (Arrangement, ModuleChange, *CONTENTS.values()):
        assert not catalogue_says & set(kind.__dataclass_fields__), kind
