"""The one catalogue: what is shown, what is bought, what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.money import Fen

ProductId = NewType("ProductId", str)
Sku = NewType("Sku", str)


class Channel(StrEnum):
    """Where a product may be sold."""

    MINI_PROGRAM = "MINI_PROGRAM"
    STORE = "STORE"
    ECOMMERCE = "ECOMMERCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is bought: one choice of every option of its product."""

    sku: Sku
    options: Mapping[str, str]
    price: Fen
    compare_at: Fen | None = None
    barcode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is shown; its id is the brand's own code, its pictures are asset ids."""

    id: ProductId
    name: str
    category: tuple[str, ...]
    description: str
    variants: tuple[Variant, ...]
    subtitle: str = ""
    care: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    channels: frozenset[Channel] = frozenset({Channel.MINI_PROGRAM})
    pictures: tuple[str, ...] = ()
    on_shelf_at: datetime | None = None
    off_shelf_at: datetime | None = None

    def on_shelf(self, now: datetime, channel: Channel = Channel.MINI_PROGRAM) -> bool:
        """Whether it may be sold through a channel at a moment."""
        begun = self.on_shelf_at is None or self.on_shelf_at <= now
        ended = self.off_shelf_at is not None and self.off_shelf_at <= now
        return channel in self.channels and begun and not ended

    def lowest_price(self) -> Fen:
        """What the cheapest variant costs."""
        return min(variant.price for variant in self.variants)
