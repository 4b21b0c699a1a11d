"""What goods cost by what holds for everybody everywhere, where no store is known yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import CatalogueSource, Product, Sku
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.people.act import Act


class PiecePrices(Protocol):
    """What single pieces cost, by whatever makes them cheaper in every store for everybody."""

    def piece(self, product: Product, sku: Sku, price: Fen, at: datetime) -> Fen:
        """What one piece costs at a moment whose price in the catalogue is this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPricePorts(Ports):
    """The catalogue's prices, and what makes them lower."""

    catalogue: CatalogueSource
    pieces: PiecePrices


def offered_price(
    ports: OfferedPricePorts, act: Act, product: Product, sku: Sku, at: datetime | None = None
) -> Fen:
    """What a piece costs everybody everywhere now, or at the moment that a preview is of."""
    moment = at or act.at
    price = ports.catalogue.catalogue().price_at(sku, moment).amount
    return ports.pieces.piece(product, sku, price, moment)


def lowest_offered_price(
    ports: OfferedPricePorts, act: Act, product: Product, at: datetime | None = None
) -> Fen:
    """The price of a product's cheapest variant, as `offered_price`."""
    return min(offered_price(ports, act, product, one.sku, at) for one in product.variants)
