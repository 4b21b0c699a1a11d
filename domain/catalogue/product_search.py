"""Finding products: by words, category, attributes, price and what a region has in stock."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Protocol

from domain.catalogue.catalogue import (
    Catalogue,
    CatalogueSource,
    Product,
    ProductId,
    Sku,
    newest_first,
)
from domain.kernel.money import Fen
from domain.kernel.paging import MAX_PAGE, Cursors, Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.kernel.text import findable, initials, terms
from domain.network.directory import DirectorySource
from domain.network.stores import RegionId
from domain.people.act import Act
from domain.people.viewer import Viewer

# They also see what is not on the shelf.
LONGEST_WORDS = 100
MOST_SUGGESTED = 10
MOST_ATTRIBUTES = 10
MOST_VALUES = 30
LONGEST_VALUE = 60


class ProductOrder(StrEnum):
    """How found products are ordered; among equals the newer comes first."""

    BEST_MATCH = "BEST_MATCH"
    NEWEST = "NEWEST"
    PRICE_UP = "PRICE_UP"
    PRICE_DOWN = "PRICE_DOWN"
    SALES = "SALES"


# A place in one order is none in another.
CURSORS = {order: Cursors(f"products by {order.value}", int, int, str) for order in ProductOrder}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """What a consumer asks for; every part left out asks for nothing in particular.

    Each of the words is to be found somewhere in the product; of an attribute's values one will
    do; the price is that of some variant; in stock means one variant that the region can sell.
    `off_shelf` asks for what is not on the shelf instead.
    """

    ids: frozenset[ProductId] = frozenset()
    words: str = ""
    category: tuple[str, ...] = ()
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    price_from: Fen | None = None
    price_to: Fen | None = None
    in_stock_in: RegionId | None = None
    off_shelf: bool = False

    def __post_init__(self) -> None:
        """Refuse a filter that is too long to be meant."""
        if len(self.ids) > MAX_PAGE:
            raise Invalid(f"Name at most {MAX_PAGE} products.", field=["filter", "ids"])
        if len(self.words) > LONGEST_WORDS:
            raise Invalid(
                f"Search for at most {LONGEST_WORDS} characters.", field=["filter", "words"]
            )
        values = max(map(len, self.attributes.values()), default=0)
        if len(self.attributes) > MOST_ATTRIBUTES or values > MOST_VALUES:
            raise Invalid(
                f"Filter by at most {MOST_ATTRIBUTES} attributes of {MOST_VALUES} values each.",
                field=["filter", "attributes"],
            )
        texts = [*self.attributes, *(text for some in self.attributes.values() for text in some)]
        if any(len(text) > LONGEST_VALUE for text in texts):
            raise Invalid(
                f"Names and values of attributes have at most {LONGEST_VALUE} characters.",
                field=["filter", "attributes"],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """An attribute with how many products each value would leave, the other filters as they are."""

    name: str
    counts: Mapping[str, int]
    chosen: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProducts:
    """A page of products and the ways to narrow them."""

    page: Page[Product]
    facets: Sequence[Facet]
    categories: Mapping[tuple[str, ...], int]


class RegionStock(Protocol):
    """Which SKUs a region can sell, as a browsing consumer is told."""

    async def in_stock(self, region_id: RegionId) -> frozenset[Sku]:
        """The SKUs with units to sell, at most a second old; one round trip at most."""


class Ranking(Protocol):
    """What sold most lately."""

    async def best_sellers(self) -> Sequence[ProductId]:
        """The products that sold in the whole brand, most units first; one round trip at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSearchPorts(Ports):
    """The ports that finding products needs."""

    catalogue: CatalogueSource
    directory: DirectorySource
    stock: RegionStock
    ranking: Ranking


def visible(catalogue: Catalogue, viewer: Viewer, id: str, *, now: datetime) -> Product | None:
    """The product of this id, if there is one that the viewer may know of."""
    product = catalogue.products.get(ProductId(id))
    if product is None or not (product.on_shelf(now) or viewer.may("product.see_unlisted")):
        return None
    return product


async def product_shown(ports: ProductSearchPorts, act: Act, id: str) -> Product | None:
    """The product of this id, as the viewer may know of it."""
    return visible(ports.catalogue.catalogue(), act.viewer, id, now=act.at)


async def find(
    ports: ProductSearchPorts,
    act: Act,
    wanted: ProductFilter,
    order: ProductOrder,
    request: PageRequest,
) -> FoundProducts:
    """The products on the shelf, or off it, that a filter leaves; at most two round trips.

    NotFound if they are to be in stock in a region that there is not; Forbidden for consumers who
    ask for what is not on the shelf.
    """
    if wanted.off_shelf:
        act.viewer.require("product.see_unlisted")
    catalogue, stock = ports.catalogue.catalogue(), None
    if wanted.in_stock_in is not None:
        region = ports.directory.directory().region(wanted.in_stock_in)
        stock = await ports.stock.in_stock(region.id)
    ranking: Sequence[ProductId] = ()
    if order is ProductOrder.SALES:
        ranking = await ports.ranking.best_sellers()
    candidates = list(_candidates(catalogue, wanted, stock, act.at))
    products, facets = _narrowed(candidates, wanted)
    rank = _rank(order, catalogue, terms(wanted.words), ranking, act.at)
    ranked = sorted(products, key=rank)  # among equals they stay as they come: the newest first
    return FoundProducts(
        page=page_in_order(
            ranked, lambda one: (rank(one), *newest_first(one)), request, CURSORS[order]
        ),
        facets=facets,
        categories=_below(products, len(wanted.category)),
    )


async def categories_on_shelf(ports: ProductSearchPorts, act: Act) -> Mapping[tuple[str, ...], int]:
    """Every category that has something on the shelf, with how many products are in or below it."""
    counts: Counter[tuple[str, ...]] = Counter()
    for product in ports.catalogue.catalogue().newest_first():
        if product.on_shelf(act.at):
            for depth in range(1, len(product.category) + 1):
                counts[product.category[:depth]] += 1
    return dict(sorted(counts.items()))


async def suggested(ports: ProductSearchPorts, act: Act, typed: str) -> Sequence[str]:
    """What somebody may mean who has typed so far: categories and names, at most ten.

    What was typed stands in them, or begins their initials in pinyin; those of the most products
    first, then the shorter.
    """
    wanted = findable(typed.strip())
    if not wanted or len(typed) > LONGEST_WORDS:
        return ()
    counts: Counter[str] = Counter()
    for product in ports.catalogue.catalogue().newest_first():
        if product.on_shelf(act.at):
            counts.update({*product.category, product.name})
    found = [
        text for text in counts if wanted in findable(text) or initials(text).startswith(wanted)
    ]
    return sorted(found, key=lambda text: (-counts[text], len(text), text))[:MOST_SUGGESTED]


def _candidates(
    catalogue: Catalogue, wanted: ProductFilter, stock: frozenset[Sku] | None, now: datetime
) -> Iterator[Product]:
    """The products that everything but the attributes leaves, the newest first."""
    wanted_words = terms(wanted.words)
    if wanted.words and not wanted_words:
        return
    priced = wanted.price_from is not None or wanted.price_to is not None
    for product in catalogue.newest_first(wanted.category):
        if product.on_shelf(now) is wanted.off_shelf:
            continue
        if wanted.ids and product.id not in wanted.ids:
            continue
        if wanted_words and not _has_all(catalogue.words(product).text, wanted_words):
            continue
        if priced and not _priced(catalogue, product, wanted, now):
            continue
        if stock is None or any(variant.sku in stock for variant in product.variants):
            yield product


def _has_all(text: str, terms: Sequence[str]) -> bool:
    return all(term in text for term in terms)


def _priced(catalogue: Catalogue, product: Product, wanted: ProductFilter, now: datetime) -> bool:
    low = 0 if wanted.price_from is None else wanted.price_from
    high = float("inf") if wanted.price_to is None else wanted.price_to
    return any(low <= price.amount <= high for price in catalogue.prices(product, now))


def _failed(product: Product, wanted: ProductFilter) -> list[str]:
    """The attributes whose wanted values a product has none of."""
    return [
        name
        for name, values in wanted.attributes.items()
        if product.attributes.get(name) not in values
    ]


def _narrowed(
    candidates: Sequence[Product], wanted: ProductFilter
) -> tuple[Sequence[Product], list[Facet]]:
    """The products that the attributes leave too, and the facets.

    Each value is counted over the products that all other attributes' filters leave.
    """
    products, others = candidates, list[tuple[str, str]]()
    if wanted.attributes:
        failed = [(product, _failed(product, wanted)) for product in candidates]
        products = [product for product, names in failed if not names]
        others = [
            (names[0], product.attributes[names[0]])
            for product, names in failed
            if len(names) == 1 and names[0] in product.attributes
        ]
    counted = Counter(others)
    counted.update(chain.from_iterable(one.attributes.items() for one in products))
    return products, _facets(counted, wanted)


def _facets(counted: Mapping[tuple[str, str], int], wanted: ProductFilter) -> list[Facet]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, value), count in counted.items():
        counts[name][value] = count
    # What was chosen stays to be seen, and to be given up, where nothing of it is left.
    for name, chosen in wanted.attributes.items():
        counts[name].update(dict.fromkeys(chosen, 0))
    return [
        Facet(
            name=name,
            counts=dict(sorted(values.items(), key=lambda item: (-item[1], item[0]))),
            chosen=wanted.attributes.get(name, frozenset()),
        )
        for name, values in sorted(counts.items())
    ]


def _below(products: Sequence[Product], depth: int) -> dict[tuple[str, ...], int]:
    """How many products are in each of the next categories down."""
    counts: Counter[tuple[str, ...]] = Counter()
    for path, count in Counter(product.category for product in products).items():
        if len(path) > depth:
            counts[path[: depth + 1]] += count
    return dict(sorted(counts.items()))


def _rank(
    order: ProductOrder,
    catalogue: Catalogue,
    terms: Sequence[str],
    ranking: Sequence[ProductId],
    now: datetime,
) -> Callable[[Product], int]:
    """What to sort by before newness."""
    if order is ProductOrder.BEST_MATCH and terms:
        return lambda product: -sum(term in catalogue.words(product).name for term in terms)
    if order is ProductOrder.PRICE_UP:
        return lambda product: catalogue.lowest_price(product, now).amount
    if order is ProductOrder.PRICE_DOWN:
        return lambda product: -catalogue.lowest_price(product, now).amount
    # With no ranking, as for the newest first or for no words, all have the same place.
    places = {sold: place for place, sold in enumerate(ranking)}
    return lambda product: places.get(product.id, len(places))
