"""The reference data of this process, kept fresh by one stream of the database's changes."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from domain.catalogue.catalogue import Catalogue, Product, ProductId
from domain.catalogue.prices import PriceChange
from domain.kernel.facts import Fact
from domain.mall.faces.layers import Layer
from domain.mall.faces.modules import (
    CONTENTS,
    BestSellers,
    ByCategory,
    ByHand,
    ByRule,
    Content,
    Selection,
)
from domain.mall.faces.policy import Policy
from domain.mall.reference import Reference
from domain.network.directory import Directory
from domain.network.stores import Owner, Region, Store, StoreId
from domain.people.scopes import StorePlace
from domain.promotions.offer_versions import OfferHistory, Promotions
from domain.promotions.offers import (
    AmountOff,
    Bundle,
    Effect,
    FixedPrice,
    FreeShipping,
    Gift,
    NthPiece,
    PercentOff,
    Reward,
    Tiers,
)
from domain.promotions.shipping_fees import ShippingFees
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import (
    all_of,
    find_by_ids,
    from_document,
    keep_tagged,
    replace_versions,
    save_version,
    to_document,
    understood,
)

Values = dict[Any, Any]

# What modules hold is kept under tags of its own, which outlive the classes' names.
SELECTIONS = {
    "BY_HAND": ByHand,
    "BY_CATEGORY": ByCategory,
    "BY_RULE": ByRule,
    "BEST_SELLERS": BestSellers,
}
keep_tagged(Selection, SELECTIONS)
REWARDS = {
    "PERCENT_OFF": PercentOff,
    "AMOUNT_OFF": AmountOff,
    "FREE_SHIPPING": FreeShipping,
    "GIFT": Gift,
}
EFFECTS = {
    "PERCENT_OFF": PercentOff,
    "AMOUNT_OFF": AmountOff,
    "FIXED_PRICE": FixedPrice,
    "TIERS": Tiers,
    "NTH_PIECE": NthPiece,
    "BUNDLE": Bundle,
}
keep_tagged(Reward, REWARDS)
keep_tagged(Effect, EFFECTS)
keep_tagged(Content, {kind.value: held for kind, held in CONTENTS.items()})


@dataclass(frozen=True, slots=True)
class _Part:
    """One collection and the part of the view that it fills."""

    kind: type
    get: Callable[[Reference], Mapping[Any, Any]]
    put: Callable[[Reference, Values], Reference]


def _part(of: str, attribute: str, kind: type) -> _Part:
    """A field of one of the view's parts; the others keep their indexes when it changes."""

    def put(view: Reference, values: Values) -> Reference:
        changed: dict[str, Any] = {of: replace(getattr(view, of), **{attribute: values})}
        return replace(view, **changed)

    return _Part(kind=kind, get=lambda view: getattr(getattr(view, of), attribute), put=put)


PARTS = {
    "regions": _part("directory", "regions", Region),
    "owners": _part("directory", "owners", Owner),
    "stores": _part("directory", "stores", Store),
    "layers": _part("layers", "layers", Layer),
    "face_policies": _part("layers", "policies", Policy),
    "offers": _part("promotions", "offers", OfferHistory),
    "shipping_fees": _part("promotions", "fees", ShippingFees),
    "products": _part("catalogue", "products", Product),
    "price_changes": _part("catalogue", "price_changes", PriceChange),
}


class MongoReference:
    """Reads all of the reference data once, then only what a stream of changes tells of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._view = Reference()
        # Reading and putting in place go together: an older answer never covers a newer one.
        self._in_turn = asyncio.Lock()

    def now(self) -> Reference:
        """The newest view."""
        return self._view

    def directory(self) -> Directory:
        """The newest view of the regions, owners and stores."""
        return self._view.directory

    def catalogue(self) -> Catalogue:
        """The newest view of the catalogue."""
        return self._view.catalogue

    def promotions(self) -> Promotions:
        """The newest view of the promotions."""
        return self._view.promotions

    def has_region(self, id: str) -> bool:
        """Whether there is a region of this id."""
        return id in self._view.regions

    def has_owner(self, id: str) -> bool:
        """Whether there is an owner of this id."""
        return id in self._view.owners

    def place_of(self, store_id: str) -> StorePlace | None:
        """A store's region and owner; None where there is no such store."""
        store = self._view.stores.get(StoreId(store_id))
        return StorePlace(region_id=store.region_id, owner_id=store.owner_id) if store else None

    def has_store(self, id: str) -> bool:
        """Whether there is a store of this id."""
        return id in self._view.stores

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """The collections that hold reference data, of which it reads the documents itself."""
        return dict.fromkeys(PARTS, ())

    async def opened(self) -> None:
        """Load everything."""
        for collection in PARTS:
            await self._load(collection)

    async def changed(self, collection: str, changed: Collection[Any]) -> None:
        """Read again what has changed."""
        await self._reread(collection, list(changed))

    async def replaced(self, collection: str) -> None:
        """Read a whole collection again."""
        await self._load(collection)

    def in_step(self) -> None:
        """Nothing that this view does not have already."""

    async def save_regions(self, regions: Sequence[Region]) -> None:
        """Write regions, each over the version before its own; else Conflict."""
        await self._save_versions("regions", regions)

    async def save_owners(self, owners: Sequence[Owner]) -> None:
        """Write owners, each over the version before its own; else Conflict."""
        await self._save_versions("owners", owners)

    async def save_stores(self, stores: Sequence[Store]) -> None:
        """Write stores, each over the version before its own; else Conflict."""
        await self._save_versions("stores", stores)

    async def products_by_ids(self, ids: Sequence[ProductId]) -> dict[ProductId, Product]:
        """The products of these ids as they are written down, ahead of any view."""
        found = await find_by_ids(self._database["products"], ids)
        return {one.id: one for one in all_of(Product, found)}

    async def save_products(
        self,
        products: Sequence[Product],
        facts: Mapping[ProductId, Sequence[Fact]] = MappingProxyType({}),
    ) -> None:
        """Write products, each over the version before its own; else Conflict."""
        await self._save_versions("products", products, facts)

    async def save_price_change(self, change: PriceChange) -> None:
        """Write a price change over the version before its own; else Conflict.

        While it counts it claims each of its SKUs at its moment, which two can't do.
        """
        moment = change.effective_at.isoformat()
        planned = [f"{moment} {line.sku}" for line in change.lines]
        claims = planned if change.cancelled_at is None else [change.id]
        await self._save_documents("price_changes", [{**to_document(change), "claims": claims}])

    async def save_offer(self, offer: OfferHistory, *, expected: int) -> None:
        """Write an offer over the expected version, 0 for a new one; else Conflict."""
        await self._save_expecting("offers", offer, expected)

    async def save_shipping_fees(self, fees: ShippingFees, *, expected: int) -> None:
        """Write the fees over the expected version, 0 for the first ones; else Conflict."""
        await self._save_expecting("shipping_fees", fees, expected)

    async def _save_expecting(self, collection: str, value: Any, expected: int) -> None:
        try:
            await save_version(self._database[collection], to_document(value), expected=expected)
        finally:
            await self._reread(collection, [value.id])

    async def _save_versions(
        self,
        collection: str,
        values: Sequence[Any],
        facts: Mapping[Any, Sequence[Fact]] = MappingProxyType({}),
    ) -> None:
        await self._save_documents(collection, [to_document(value) for value in values], facts)

    async def _save_documents(
        self,
        collection: str,
        documents: Sequence[Document],
        facts: Mapping[Any, Sequence[Fact]] = MappingProxyType({}),
    ) -> None:
        try:
            await replace_versions(self._database[collection], documents, facts)
        finally:
            await self._reread(collection, [document["_id"] for document in documents])

    async def _load(self, collection: str) -> None:
        async with self._in_turn:
            found = await self._database[collection].find({}).to_list(None)
            self._put(collection, found, {})

    async def _reread(self, collection: str, ids: Sequence[Any]) -> None:
        async with self._in_turn:
            found = await find_by_ids(self._database[collection], ids)
            values = dict(PARTS[collection].get(self._view))
            for gone in ids:
                values.pop(gone, None)
            self._put(collection, found, values)

    def _put(self, collection: str, found: list[Any], others: Values) -> None:
        part = PARTS[collection]
        read = partial(from_document, part.kind)
        values = others | {one["_id"]: value for one, value in understood(read, found)}
        # What one has written oneself is told again, and is no news.
        if values != part.get(self._view):
            self._view = part.put(self._view, values)
