"""A storefront as a consumer sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.mall.attribution import Touches
from domain.mall.catalogue import Sku
from domain.mall.entrance import Clues, Entrance, enter
from domain.mall.faces.cascade import Face, Module
from domain.mall.faces.modules import ModuleKey, ProductShelf
from domain.mall.faces.shelves import (
    Availability,
    BestSelling,
    ShelfItem,
    needs_sales,
    shelf_items,
)
from domain.mall.reference import Reference
from domain.mall.stores import RegionId, Store, StoreId, StoreKind
from domain.people.viewer import Role
from domain.places import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopfront:
    """What showing storefronts needs beside the reference data."""

    touches: Touches
    availability: Availability
    best_selling: BestSelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The modules that somebody sees of a storefront, with what is on its shelves."""

    modules: Sequence[Module]
    shelves: Mapping[ModuleKey, Sequence[ShelfItem]]
    available: Mapping[Sku, int]


async def enter_storefront(
    shopfront: Shopfront,
    view: Reference,
    *,
    share_code: str | None,
    last_store_id: StoreId | None,
    position: Position | None,
    region_id: RegionId | None,
    now: datetime,
) -> Entrance:
    """Choose the store that a consumer enters; an unknown code or store is passed by."""
    touch = await shopfront.touches.shared_by(share_code, now=now) if share_code else None
    clues = Clues(
        shared=touch.store_id if touch else None,
        last_used=last_store_id,
        position=position,
        region=region_id,
    )
    return enter(view.directory, clues)


def storefront_of(view: Reference, id: str) -> Store | None:
    """The shop whose storefront is asked for; a warehouse has none."""
    store = view.stores.get(StoreId(id))
    return store if store and store.kind is StoreKind.SHOP else None


async def open_page(
    shopfront: Shopfront, view: Reference, store: Store, face: Face, *, role: Role, now: datetime
) -> Page:
    """Fill a face's visible shelves: at most one round trip for sales and one for stock."""
    modules = face.visible(role=role, now=now)
    shelves = {
        module.key: module.content for module in modules if isinstance(module.content, ProductShelf)
    }
    sold = (
        await shopfront.best_selling.of(store.id, store.region_id)
        if needs_sales(shelves.values())
        else {}
    )
    filled = {
        key: shelf_items(shelf, face, view.catalogue, sold, now=now)
        for key, shelf in shelves.items()
    }
    skus = {
        variant.sku
        for items in filled.values()
        for item in items
        for variant in item.product.variants
    }
    available = await shopfront.availability.available(store.region_id, skus) if skus else {}
    return Page(modules=modules, shelves=filled, available=available)
