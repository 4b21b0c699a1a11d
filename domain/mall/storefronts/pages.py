"""A storefront as a consumer sees it, or is going to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.mall.faces.cascade import Face, Module, resolve
from domain.mall.faces.layers import LayerId, layers_of
from domain.mall.faces.modules import Audience, ModuleKey, ProductShelf, SalesScope
from domain.mall.faces.shelves import ShelfItem, needs_sales, shelf_items
from domain.mall.reference import ReferenceSource
from domain.mall.stock.showing import ShownStock
from domain.mall.storefronts.arranging import LayerStore, may_arrange
from domain.network.stores import RegionId, Store, StoreId, StoreKind
from domain.people.accounts import Guides
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.shown_offers import ShownOffers
from domain.sharing.attribution import CreditWindow, Touches

# A product's variants, or what a cart holds.
MOST_SKUS = 100


class BestSelling(Protocol):
    """What sold most lately."""

    async def of(
        self, store_id: StoreId, region_id: RegionId
    ) -> Mapping[SalesScope, Sequence[ProductId]]:
        """Products that sold, most units first, in a store and in its region; one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontPorts(Ports):
    """What showing storefronts needs."""

    reference: ReferenceSource
    layers: LayerStore
    stock: ShownStock
    best_selling: BestSelling
    touches: Touches
    credit_window: CreditWindow
    guides: Guides


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontPage:
    """The modules that somebody sees of a storefront at a moment, with what is on its shelves.

    `failed` are those that could not be made, which costs them and nothing else. `offers` hold for
    everybody there then.
    """

    store: Store
    at: datetime
    modules: Sequence[Module]
    shelves: Mapping[ModuleKey, Sequence[ShelfItem]]
    available: Mapping[Sku, int]
    offers: ShownOffers
    catalogue: Catalogue
    failed: Mapping[ModuleKey, Exception] = field(default_factory=dict)

    def offer_price(self, product: Product, sku: Sku) -> Fen:
        """What one piece costs there by the offers that hold for everybody."""
        price = self.catalogue.price_at(sku, self.at).amount
        return self.offers.price(product, sku, price).price


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A page as it is going to be, and the layers that count in it as their drafts say."""

    page: StorefrontPage
    drafts: tuple[LayerId, ...]


async def storefront(ports: StorefrontPorts, act: Act, id: str) -> Store | None:
    """The shop whose storefront is asked for; a warehouse has none."""
    store = ports.reference.directory().stores.get(StoreId(id))
    return store if store and store.kind is StoreKind.SHOP else None


async def shown_page(ports: StorefrontPorts, act: Act, store: Store) -> StorefrontPage:
    """What somebody is shown of a store now."""
    return await _filled(ports, act, store, ports.reference.now().layers.face(store))


async def available_at(
    ports: StorefrontPorts, act: Act, store: Store, skus: Sequence[Sku]
) -> Mapping[Sku, int]:
    """How many units of some SKUs the store's region may sell; none of those it never had."""
    if len(skus) > MOST_SKUS:
        raise Invalid(f"Ask for at most {MOST_SKUS} SKUs at a time.", field=["skus"])
    found = await ports.stock.available(store.region_id, set(skus)) if skus else {}
    return {sku: found.get(sku, 0) for sku in skus}


async def preview(
    ports: StorefrontPorts, act: Act, id: str, *, at: datetime | None, audience: Audience
) -> Preview | None:
    """A store's page with the drafts of those layers that the viewer may arrange.

    It is as somebody of an audience will see it at a moment, now if None; everybody is a visitor.
    Without a draft, or without the right to see it, a layer counts as it is published.
    """
    act.viewer.require("storefront.preview")
    store = await storefront(ports, act, id)
    if store is None:
        return None
    ids = layers_of(store)
    drafts = await ports.layers.drafts(ids)
    view = ports.reference.now()
    seen = {
        one: drafts[one].arrangement
        for one in ids
        if one in drafts and not drafts[one].closed and may_arrange(act.viewer, one, view.directory)
    }
    said = [(one, seen.get(one) or view.layers.arrangement(one)) for one in ids]
    face = resolve(said, kept=view.layers.policy.kept)
    role = Role.MEMBER if audience is Audience.MEMBERS else Role.VISITOR
    then = replace(act, at=at or act.at, viewer=replace(act.viewer, role=role))
    return Preview(page=await _filled(ports, then, store, face), drafts=tuple(seen))


async def _filled(ports: StorefrontPorts, act: Act, store: Store, face: Face) -> StorefrontPage:
    """Fill a face's visible shelves: one round trip for sales, and one for stock unknown here."""
    modules = face.visible(role=act.viewer.role, now=act.at)
    shelves = {
        module.key: module.content for module in modules if isinstance(module.content, ProductShelf)
    }
    failed: dict[ModuleKey, Exception] = {}
    ranked = [key for key, shelf in shelves.items() if needs_sales([shelf])]
    sold: Mapping[SalesScope, Sequence[ProductId]] = {}
    try:
        sold = await ports.best_selling.of(store.id, store.region_id) if ranked else {}
    except Exception as fault:
        failed = dict.fromkeys(ranked, fault)
    catalogue = ports.reference.catalogue()
    filled: dict[ModuleKey, Sequence[ShelfItem]] = {}
    for key, shelf in shelves.items():
        if key in failed:
            continue
        try:
            filled[key] = shelf_items(shelf, face, catalogue, sold, now=act.at)
        except Exception as fault:
            failed[key] = fault
    skus = {
        variant.sku
        for items in filled.values()
        for item in items
        for variant in item.product.variants
    }
    available = await ports.stock.available(store.region_id, skus) if skus else {}
    return StorefrontPage(
        store=store,
        at=act.at,
        modules=[module for module in modules if module.key not in failed],
        shelves=filled,
        available=available,
        offers=ports.reference.now().shown_offers(store, act.at),
        catalogue=catalogue,
        failed=failed,
    )
