"""The one catalogue: what is shown, what is bought, what it costs."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import NewType, Protocol

from domain.catalogue.descriptions import blocks
from domain.catalogue.prices import ALWAYS, Price, PriceChange, PriceChangeId, Timeline
from domain.kernel.choices import ClosedSet
from domain.kernel.refusals import NotFound
from domain.kernel.text import findable, initials

ProductId = NewType("ProductId", str)
Sku = NewType("Sku", str)


class Channel(ClosedSet):
    """Where a product may be sold."""

    MINI_PROGRAM = "MINI_PROGRAM", "小程序"
    STORE = "STORE", "门店"
    ECOMMERCE = "ECOMMERCE", "电商"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is bought: one choice of every option of its product.

    `own_price` is the one written with the variant itself. Scheduled changes may have replaced it
    since, so what it costs at a moment is asked of `Catalogue.price_at`. `weight_g` is that of one
    piece as it is sent, in grams; 0 where nobody told.
    """

    sku: Sku
    options: Mapping[str, str]
    own_price: Price
    barcode: str | None = None
    weight_g: int = 0


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
    version: int = 1

    def on_shelf(self, now: datetime, channel: Channel = Channel.MINI_PROGRAM) -> bool:
        """Whether it may be sold through a channel at a moment."""
        begun = self.on_shelf_at is None or self.on_shelf_at <= now
        ended = self.off_shelf_at is not None and self.off_shelf_at <= now
        return channel in self.channels and begun and not ended

    def options(self) -> dict[str, tuple[str, ...]]:
        """Each option's values, in the order in which the variants bring them up."""
        found: dict[str, dict[str, None]] = {}
        for variant in self.variants:
            for name, value in variant.options.items():
                found.setdefault(name, {})[value] = None
        return {name: tuple(values) for name, values in found.items()}


def newest_first(product: Product) -> tuple[int, ProductId]:
    """A key that sorts products: those last put on the shelf first, then by id."""
    return -int((product.on_shelf_at or ALWAYS).timestamp() * 1000), product.id


@dataclass(frozen=True, slots=True)
class Words:
    """What a product is found by, folded: its name, and everything together."""

    name: str
    text: str


def words_of(product: Product) -> Words:
    """The words of a product: all that is written of it, its SKUs, its name's pinyin initials."""
    name = findable(product.name)
    written = [
        product.subtitle,
        *product.category,
        *product.attributes.values(),
        *(value for values in product.options().values() for value in values),
        *(variant.sku for variant in product.variants),
        *(block.text for block in blocks(product.description)),
    ]
    parts = [name, initials(product.name), *map(findable, (product.id, *written))]
    return Words(name=name, text=" | ".join(parts))


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every product and every price change, at one moment of their writing."""

    products: Mapping[ProductId, Product] = field(default_factory=dict)
    price_changes: Mapping[PriceChangeId, PriceChange] = field(default_factory=dict)
    # Handed on from each catalogue to the next, so that only what changed is folded anew.
    _words: dict[ProductId, tuple[Product, Words]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @cached_property
    def variants(self) -> Mapping[Sku, tuple[Product, Variant]]:
        """Each SKU's product and variant."""
        return {
            variant.sku: (product, variant)
            for product in self.products.values()
            for variant in product.variants
        }

    def product(self, id: str) -> Product:
        """The product of this id, or NotFound."""
        product = self.products.get(ProductId(id))
        if product is None:
            raise NotFound(f"There is no product {id}; look its id up in the catalogue.")
        return product

    def variant(self, sku: str) -> tuple[Product, Variant]:
        """The product and the variant of this SKU, or NotFound."""
        found = self.variants.get(Sku(sku))
        if found is None:
            raise NotFound(f"There is no SKU {sku}; look it up in the catalogue.")
        return found

    def price_at(self, sku: str, now: datetime) -> Price:
        """What a SKU costs at a moment, or NotFound."""
        timeline = self._timelines.get(sku)
        return timeline.at(now) if timeline else self.variant(sku)[1].own_price

    def prices(self, product: Product, now: datetime) -> list[Price]:
        """What each variant of a product costs at a moment."""
        timelines = self._timelines
        return [
            timelines[variant.sku].at(now) if variant.sku in timelines else variant.own_price
            for variant in product.variants
        ]

    def lowest_price(self, product: Product, now: datetime) -> Price:
        """What the cheapest variant costs at a moment."""
        return min(self.prices(product, now), key=attrgetter("amount"))

    def next_flip(self, now: datetime) -> datetime | None:
        """The next moment at which a price changes or a product goes on or off the shelf."""
        upcoming = bisect_right(self._flips, now)
        return self._flips[upcoming] if upcoming < len(self._flips) else None

    def words(self, product: Product) -> Words:
        """What a product is found by."""
        known = self._words.get(product.id)
        if known is None or known[0] is not product:
            known = self._words[product.id] = product, words_of(product)
        return known[1]

    def newest_first(self, category: tuple[str, ...] = ()) -> Sequence[Product]:
        """The products of a category and of all below it, those last put on the shelf first."""
        return self._newest_first.get(category, ())

    @cached_property
    def _newest_first(self) -> Mapping[tuple[str, ...], Sequence[Product]]:
        found: dict[tuple[str, ...], list[Product]] = defaultdict(list)
        for product in sorted(self.products.values(), key=newest_first):
            for depth in range(len(product.category) + 1):
                found[product.category[:depth]].append(product)
        return found

    @cached_property
    def _timelines(self) -> Mapping[str, Timeline]:
        """The prices of those SKUs that some change touches."""
        steps: dict[str, list[Price]] = defaultdict(list)
        for change in sorted(self.price_changes.values(), key=lambda change: change.id):
            for line in change.lines if change.cancelled_at is None else ():
                steps[line.sku].append(line.price(since=change.effective_at))
        return {
            sku: Timeline([self.variants[Sku(sku)][1].own_price, *prices])
            for sku, prices in steps.items()
            if sku in self.variants
        }

    @cached_property
    def _flips(self) -> Sequence[datetime]:
        moments = {
            change.effective_at
            for change in self.price_changes.values()
            if change.cancelled_at is None
        }
        for product in self.products.values():
            moments.update(filter(None, (product.on_shelf_at, product.off_shelf_at)))
        return sorted(moments)


class CatalogueSource(Protocol):
    """Keeps the catalogue of this process fresh, stale by under a second."""

    def catalogue(self) -> Catalogue:
        """All of it, as it is known now."""
