"""How many of which SKU."""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.catalogue.catalogue import Sku

Units = Mapping[Sku, int]


def minus(units: Units, less: Units) -> dict[Sku, int]:
    """What is left of units, SKUs of which nothing is left out."""
    rest = {sku: n - less.get(sku, 0) for sku, n in units.items()}
    return {sku: n for sku, n in rest.items() if n > 0}


def added_up(many: Iterable[Units]) -> dict[Sku, int]:
    """How many there are of each SKU in all of them."""
    total: Counter[Sku] = Counter()
    for units in many:
        total.update(units)
    return dict(total)
