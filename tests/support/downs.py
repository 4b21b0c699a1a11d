"""A catalogue of six down jackets, and what sold of them."""

from datetime import timedelta

from domain.catalogue.catalogue import Catalogue, ProductId
from domain.mall.faces.modules import SalesScope
from tests.support.builders import NOON, a_product, a_variant


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
