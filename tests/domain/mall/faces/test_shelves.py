"""What is on a shelf."""

from domain.catalogue.catalogue import ProductId
from domain.mall.faces.cascade import Face
from domain.mall.faces.layers import Arrangement, ModuleChange
from domain.mall.faces.modules import (
    CONTENTS,
    BestSellers,
    ByCategory,
    ByHand,
    ByRule,
    ProductShelf,
    SalesScope,
)
from domain.mall.faces.shelves import shelf_items
from tests.support.builders import NOON
from tests.support.downs import CATALOGUE, SOLD


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


def test_a_layer_has_no_field_for_what_a_product_is_or_costs():
    catalogue_says = {"price", "amount", "own_price", "compare_at", "description", "name", "care"}
    for kind in (Arrangement, ModuleChange, *CONTENTS.values()):
        assert not catalogue_says & set(kind.__dataclass_fields__), kind
