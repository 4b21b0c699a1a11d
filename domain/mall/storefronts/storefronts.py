"""A storefront as a consumer sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.mall.faces.cascade import Face, Module, resolve
from domain.mall.faces.layers import LayerId, layers_of
from domain.mall.faces.modules import ModuleKey, ProductShelf
from domain.mall.faces.shelves import Availability, BestSelling, ShelfItem, needs_sales, shelf_items
from domain.mall.reference import Reference
from domain.mall.storefronts.entering import Clues, Entrance, enter
from domain.mall.storefronts.publishing import LayerPorts, may_arrange
from domain.network.stores import RegionId, Store, StoreId, StoreKind
from domain.people.accounts import Guide, Guides
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import CREDIT_WINDOW, Touches


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontPorts(Ports):
    """What showing storefronts needs beside the reference data."""

    touches: Touches
    availability: Availability
    best_selling: BestSelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The modules that somebody sees of a storefront at a moment, with what is on its shelves."""

    store: Store
    at: datetime
    modules: Sequence[Module]
    shelves: Mapping[ModuleKey, Sequence[ShelfItem]]
    available: Mapping[Sku, int]


async def enter_storefront(
    shopfront: StorefrontPorts,
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


async def preview_face(
    faces: LayerPorts, viewer: Viewer, view: Reference, store: Store
) -> tuple[Face, frozenset[LayerId]]:
    """A store's face with the drafts of those layers that the viewer may arrange; which those are.

    Without a draft, or without the right to see it, a layer counts as it is published.
    """
    drafts = await faces.layers.drafts(layers_of(store))
    seen = {
        draft.id: draft.arrangement
        for draft in drafts.values()
        if not draft.closed and may_arrange(viewer, draft.id, view.directory)
    }
    said = [(one, seen.get(one) or view.layers.arrangement(one)) for one in layers_of(store)]
    return resolve(said, locked=view.layers.policy.locked), frozenset(seen)


async def open_page(
    shopfront: StorefrontPorts,
    view: Reference,
    store: Store,
    face: Face,
    *,
    role: Role,
    now: datetime,
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
    return Page(store=store, at=now, modules=modules, shelves=filled, available=available)


async def guide_to_show(
    guides: Guides, touches: Touches, store_id: str, viewer: Viewer, *, now: datetime
) -> Guide | None:
    """The guide of a store whose link the viewer followed last, else the first of the store's."""
    ours = await guides.of_store(store_id)
    touch = await touches.last_credit(viewer.id, since=now - CREDIT_WINDOW) if viewer.id else None
    followed = (guide for guide in ours if touch and guide.id == touch.guide_id)
    return next(followed, ours[0] if ours else None)
