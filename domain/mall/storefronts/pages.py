"""A storefront as a consumer sees it, or is going to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Protocol

from domain.audiences.levels import BASE
from domain.audiences.segments import MemberRules
from domain.audiences.trait_ports import TraitPorts
from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.mall.faces.cascade import Face, Module, resolve
from domain.mall.faces.layers import LayerId, layers_of
from domain.mall.faces.modules import (
    ANYBODY,
    Audience,
    ModuleKey,
    OnlyFor,
    ProductShelf,
    SalesScope,
)
from domain.mall.faces.shelves import ShelfItem, needs_sales, shelf_items
from domain.mall.reference import ReferenceSource
from domain.mall.stock.showing import ShownStock
from domain.mall.storefronts.arranging import LayerStore, may_arrange
from domain.network.stores import RegionId, Store, StoreId, StoreKind
from domain.people.accounts import Guides
from domain.people.act import Act
from domain.people.viewer import Role
from domain.promotions.shown_offers import ShownOffers
from domain.promotions.standing import NOBODY, BuyerStanding, viewer_standing
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
    traits: TraitPorts
    touches: Touches
    credit_window: CreditWindow
    guides: Guides


@dataclass(frozen=True, slots=True, kw_only=True)
class StorefrontPage:
    """The modules that somebody sees of a storefront at a moment, with what is on its shelves.

    `failed` are those that could not be made, which costs them and nothing else. `offers` hold for
    whoever looks there then.
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
        """What one piece costs there by the offers that hold for whoever looks."""
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


async def units_for_sale(
    ports: StorefrontPorts, act: Act, keys: Sequence[tuple[str, Sku]]
) -> Mapping[tuple[str, Sku], int]:
    """How many units of each SKU the region of a storefront may sell, by store and SKU.

    Nothing of a store that there is not.
    """
    reference = ports.reference.now()
    asked: dict[str, set[Sku]] = {}
    for store_id, sku in keys:
        asked.setdefault(store_id, set()).add(sku)
    found: dict[tuple[str, Sku], int] = {}
    for store_id, skus in asked.items():
        if store := reference.stores.get(StoreId(store_id)):
            units = await ports.stock.available(store.region_id, skus)
            found |= {(store_id, sku): units.get(sku, 0) for sku in skus}
    return found


async def preview(
    ports: StorefrontPorts,
    act: Act,
    id: str,
    *,
    at: datetime | None,
    audience: Audience,
    only_for: OnlyFor = ANYBODY,
) -> Preview | None:
    """A store's page with the drafts of those layers that the viewer may arrange.

    It is as somebody of an audience will see it at a moment, now if None; everybody is a visitor.
    A member is of the one level in `only_for`, else of the lowest, and in all its segments.
    Without a draft, or without the right to see it, a layer counts as it is published.
    """
    act.viewer.require("storefront.preview")
    role, standing = _seen_as(audience, only_for, ports.traits.book.rules())
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
    then = replace(act, at=at or act.at, viewer=replace(act.viewer, role=role))
    page = await _filled(ports, then, store, face, standing)
    return Preview(page=page, drafts=tuple(seen))


def _seen_as(
    audience: Audience, only_for: OnlyFor, rules: MemberRules
) -> tuple[Role, BuyerStanding]:
    """As whom a page is previewed."""
    if audience is not Audience.MEMBERS:
        if only_for.asks:
            raise Invalid(
                "a visitor has no level and no segment; preview as MEMBERS.", field=["audience"]
            )
        return Role.VISITOR, NOBODY
    for level in only_for.levels:
        if level not in {one.code for one in rules.levels.levels}:
            raise NotFound(f"There is no level {level}.", field=["level"])
    for segment in only_for.segments:
        if segment not in rules.segments:
            raise NotFound(f"There is no segment {segment}.", field=["segments"])
    level = only_for.levels[0] if only_for.levels else BASE.code
    return Role.MEMBER, BuyerStanding(level=level, segments=frozenset(only_for.segments))


async def _filled(
    ports: StorefrontPorts,
    act: Act,
    store: Store,
    face: Face,
    standing: BuyerStanding | None = None,
) -> StorefrontPage:
    """Fill a face's visible shelves: one round trip for sales, and one for stock unknown here.

    One more for a member, where a module or an offer is for some of them alone; none where their
    `standing` is given.
    """
    visible = face.visible(role=act.viewer.role, now=act.at)
    view = ports.reference.now()
    if standing is None:
        asked = chain((one.only_for for one in visible), view.offers_ask(store, act.at))
        standing = await viewer_standing(ports.traits, act, asked)
    modules = [one for one in visible if one.only_for.includes(standing)]
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
        offers=view.shown_offers(store, act.at, standing),
        catalogue=catalogue,
        failed=failed,
    )
