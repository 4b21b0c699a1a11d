"""What is said of products when they are saved, to whoever follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.catalogue.catalogue import Product, ProductId
from domain.kernel.facts import Fact, FactId, FactKind

PRODUCT_RENAMED = FactKind("product.renamed")
PRODUCT_RECATEGORISED = FactKind("product.recategorised")


def facts_of_products(
    written: Sequence[Product], before: Mapping[ProductId, Product], at: datetime
) -> Mapping[ProductId, Sequence[Fact]]:
    """Of those products that have another name, or another category, than before: just that."""
    said = {
        one.id: [
            *_changed(one, PRODUCT_RENAMED, before[one.id].name, one.name, at),
            *_changed(
                one, PRODUCT_RECATEGORISED, list(before[one.id].category), list(one.category), at
            ),
        ]
        for one in written
        if one.id in before
    }
    return {product_id: facts for product_id, facts in said.items() if facts}


def _changed(
    product: Product, kind: FactKind, before: object, after: object, at: datetime
) -> Sequence[Fact]:
    if before == after:
        return []
    # The first kind that there was is named by the version alone.
    which = "" if kind == PRODUCT_RENAMED else f":{kind}"
    return [
        Fact(
            id=FactId(f"product:{product.id}:{product.version}{which}"),
            subject=f"product:{product.id}",
            kind=kind,
            at=at,
            data={"productId": product.id, "before": before, "after": after},
        )
    ]
