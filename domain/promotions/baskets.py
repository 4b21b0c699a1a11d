"""What is to be priced, and for whom: the goods of a basket and the facts that offers ask for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Channel, ProductId, Sku
from domain.kernel.money import Fen
from domain.network.stores import RegionId, StoreId


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """Pieces of one SKU at the catalogue's price of the moment, with what offers choose it by.

    `weight_g` is that of one piece, in grams.
    """

    sku: Sku
    product_id: ProductId
    category: tuple[str, ...]
    quantity: int
    price: Fen
    weight_g: int = 0

    @property
    def amount(self) -> Fen:
        """What the line costs before any offer."""
        return Fen(self.quantity * self.price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """Who buys where and when; a visitor has no level and is in no segment."""

    at: datetime
    channel: Channel
    region_id: RegionId
    store_id: StoreId
    level: str | None = None
    segments: frozenset[str] = frozenset()


class Basket:
    """One line for each SKU, sorted, so that how it was filled does not change what it costs.

    Lines are told by their index here; it is known which of them are of a product or a category.
    """

    __slots__ = ("by_category", "by_product", "by_sku", "lines")

    def __init__(self, lines: Iterable[BasketLine]) -> None:
        merged: dict[Sku, BasketLine] = {}
        for line in lines:
            known = merged.get(line.sku)
            quantity = line.quantity + (known.quantity if known else 0)
            merged[line.sku] = replace(line, quantity=quantity)
        self.lines = tuple(merged[sku] for sku in sorted(merged))
        self.by_sku = {line.sku: [i] for i, line in enumerate(self.lines)}
        self.by_product: dict[ProductId, list[int]] = defaultdict(list)
        self.by_category: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i, line in enumerate(self.lines):
            self.by_product[line.product_id].append(i)
            for depth in range(1, len(line.category) + 1):
                self.by_category[line.category[:depth]].append(i)

    @property
    def weight_g(self) -> int:
        """What all of it weighs, in grams."""
        return sum(line.weight_g * line.quantity for line in self.lines)
