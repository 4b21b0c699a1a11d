"""How many of which SKU."""

from collections.abc import Mapping

from domain.catalogue.catalogue import Sku

Units = Mapping[Sku, int]


def minus(units: Units, less: Units) -> dict[Sku, int]:
    """What is left of units, SKUs of which nothing is left out."""
    rest = {sku: n - less.get(sku, 0) for sku, n in units.items()}
    return {sku: n for sku, n in rest.items() if n > 0}
