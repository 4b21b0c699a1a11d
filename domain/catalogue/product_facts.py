"""What is said of products when they are saved, to whoever follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.catalogue.catalogue import Product, ProductId
from domain.kernel.facts import Fact, FactId, FactKind

PRODUCT_RENAMED = FactKind("product.renamed")


def facts_of_products(
    written: Sequence[Product], before: Mapping[ProductId, Product], at: datetime
) -> Mapping[ProductId, Sequence[Fact]]:
    """Of those products whose names are not what they were, that they were renamed."""
    return {
        one.id: [
            Fact(
                id=FactId(f"product:{one.id}:{one.version}"),
                subject=f"product:{one.id}",
                kind=PRODUCT_RENAMED,
                at=at,
                data={"productId": one.id, "before": before[one.id].name, "after": one.name},
            )
        ]
        for one in written
        if one.id in before and before[one.id].name != one.name
    }
