"""Layers: what the brand, a region or a store says of a storefront."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.catalogue.catalogue import ProductId
from domain.kernel.ids import PersonId
from domain.mall.faces.modules import Audience, Content, ModuleKey, OnlyFor, Place, Window
from domain.network.stores import RegionId, Store, StoreId

LayerId = NewType("LayerId", str)
BRAND = LayerId("brand")


class LayerLevel(StrEnum):
    """How far up a layer stands; a later one wins."""

    BRAND = "BRAND"
    REGION = "REGION"
    STORE = "STORE"


RANK = {LayerLevel.BRAND: 0, LayerLevel.REGION: 1, LayerLevel.STORE: 2}


def region_layer(id: RegionId) -> LayerId:
    """The id of a region's layer."""
    return LayerId(f"region:{id}")


def store_layer(id: StoreId) -> LayerId:
    """The id of a store's layer."""
    return LayerId(f"store:{id}")


def owner_of(id: LayerId) -> str:
    """The id of the region or the store whose layer it is."""
    return id.partition(":")[2]


def level_of(id: LayerId) -> LayerLevel:
    """The level of a layer, from its id."""
    return LayerLevel(id.partition(":")[0].upper())


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleChange:
    """What a layer says of one module; None says nothing.

    A module's content is replaced as a whole, everything else field by field. Modules stand in
    the order of their positions, those of one position in the order of their keys.
    """

    content: Content | None = None
    title: str | None = None
    position: Place | None = None
    hidden: bool | None = None
    audience: Audience | None = None
    window: Window | None = None
    only_for: OnlyFor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """What a layer says: of modules, and of products wherever a shelf shows them.

    `featured` products come first on every shelf that they belong to; the list of a later layer
    takes the place of an earlier one's. `shown` hides a product with False and brings it back with
    True. A caption is a line beside a product.
    """

    modules: Mapping[ModuleKey, ModuleChange] = field(default_factory=dict)
    featured: tuple[ProductId, ...] | None = None
    shown: Mapping[ProductId, bool] = field(default_factory=dict)
    captions: Mapping[ProductId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer as it is published; each publishing counts its version up."""

    id: LayerId
    version: int
    arrangement: Arrangement
    published_at: datetime
    published_by: PersonId


def layers_of(store: Store) -> tuple[LayerId, LayerId, LayerId]:
    """The layers that a store's face is made of."""
    return BRAND, region_layer(store.region_id), store_layer(store.id)
