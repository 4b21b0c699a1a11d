"""Which products a shelf shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from domain.catalogue.catalogue import Catalogue, Product, ProductId
from domain.catalogue.prices import Price
from domain.mall.faces.cascade import Face
from domain.mall.faces.modules import (
    Banner,
    BestSellers,
    ByCategory,
    ByHand,
    ByRule,
    Content,
    ProductShelf,
    SalesScope,
    Selection,
    TargetKind,
)
from domain.mall.faces.prices_named import wrong_price


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfItem:
    """A product on a shelf, with this storefront's line beside it."""

    product: Product
    caption: str | None
    featured: bool


def needs_sales(shelves: Iterable[ProductShelf]) -> bool:
    """Whether a shelf's selection depends on what sold."""
    return any(isinstance(shelf.selection, BestSellers) for shelf in shelves)


def shelf_items(
    shelf: ProductShelf,
    face: Face,
    catalogue: Catalogue,
    sold: Mapping[SalesScope, Sequence[ProductId]],
    *,
    now: datetime,
) -> tuple[ShelfItem, ...]:
    """The products of a shelf: on sale now, not hidden, the featured first, at most so many.

    A shelf by hand keeps the order of the hand. A caption that names a price is shown for as long
    as it is the product's.
    """
    chosen = [
        product
        for product in _chosen(shelf.selection, catalogue, sold, now)
        if product.id not in face.hidden and product.on_shelf(now)
    ]
    if not isinstance(shelf.selection, ByHand):
        ranks = {product_id: rank for rank, product_id in enumerate(face.featured)}
        chosen.sort(key=lambda product: ranks.get(product.id, len(ranks)))
    return tuple(
        ShelfItem(
            product=product,
            caption=_caption(face, product, catalogue, now),
            featured=product.id in face.featured,
        )
        for product in chosen[: shelf.most]
    )


def prices_of(product: Product, catalogue: Catalogue, now: datetime) -> list[Price]:
    """What a product's variants cost at a moment."""
    return [catalogue.price_at(variant.sku, now) for variant in product.variants]


def _caption(face: Face, product: Product, catalogue: Catalogue, now: datetime) -> str | None:
    caption = face.captions.get(product.id)
    if caption and wrong_price(caption, prices_of(product, catalogue, now)):
        return None
    return caption


def products_on(
    content: Content, face: Face, catalogue: Catalogue, *, now: datetime
) -> list[Product]:
    """The products that a module puts before people; best sellers may be whatever is for sale."""
    if isinstance(content, ProductShelf):
        sold = {key: [product.id for product in catalogue.newest_first()] for key in SalesScope}
        items = shelf_items(content, face, catalogue, sold, now=now)
        return [item.product for item in items]
    target = content.target if isinstance(content, Banner) else None
    if target is None or target.kind is not TargetKind.PRODUCT:
        return []
    return list(_known([ProductId(target.value)], catalogue))


def _chosen(
    selection: Selection,
    catalogue: Catalogue,
    sold: Mapping[SalesScope, Sequence[ProductId]],
    now: datetime,
) -> Iterator[Product]:
    if isinstance(selection, ByHand):
        return _known(selection.products, catalogue)
    if isinstance(selection, BestSellers):
        scopes = [SalesScope.STORE, SalesScope.REGION]
        # A store that has sold little yet shows what its region buys.
        first = scopes[scopes.index(selection.scope) :]
        ranked = dict.fromkeys(chain.from_iterable(sold.get(scope, ()) for scope in first))
        return _known(ranked, catalogue)
    if isinstance(selection, ByCategory):
        return iter(catalogue.newest_first(selection.category))
    return (
        product
        for product in catalogue.newest_first(selection.category)
        if _matches(selection, product, catalogue, now)
    )


def _known(ids: Iterable[ProductId], catalogue: Catalogue) -> Iterator[Product]:
    return filter(None, map(catalogue.products.get, ids))


def _matches(rule: ByRule, product: Product, catalogue: Catalogue, now: datetime) -> bool:
    if any(product.attributes.get(name) != value for name, value in rule.attributes.items()):
        return False
    if rule.newer_than_days is not None:
        since = now - timedelta(days=rule.newer_than_days)
        if product.on_shelf_at is None or product.on_shelf_at < since:
            return False
    if rule.price_from is None and rule.price_to is None:
        return True
    price = catalogue.lowest_price(product, now).amount
    low = rule.price_from is None or rule.price_from <= price
    return low and (rule.price_to is None or price <= rule.price_to)
