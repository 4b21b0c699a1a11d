"""The brand's regions, owners and stores."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.wording import Wording
from domain.network.divisions import Divisions
from domain.network.nearest import StoreMap
from domain.network.stores import Owner, OwnerId, Region, RegionId, Store, StoreId, StoreKind


@dataclass(frozen=True, kw_only=True)
class Directory:
    """All regions, owners and stores, at one moment of their writing."""

    regions: Mapping[RegionId, Region] = field(default_factory=dict)
    owners: Mapping[OwnerId, Owner] = field(default_factory=dict)
    stores: Mapping[StoreId, Store] = field(default_factory=dict)

    @cached_property
    def regions_by_id(self) -> tuple[Region, ...]:
        """All regions, in the order of their ids."""
        return tuple(sorted(self.regions.values(), key=lambda region: region.id))

    @cached_property
    def stores_by_id(self) -> tuple[Store, ...]:
        """All stores, in the order of their ids."""
        return tuple(sorted(self.stores.values(), key=lambda store: store.id))

    @cached_property
    def stores_of_region(self) -> Mapping[RegionId, tuple[Store, ...]]:
        """The stores of each region, in the order of their ids."""
        found: dict[RegionId, list[Store]] = defaultdict(list)
        for store in self.stores_by_id:
            found[store.region_id].append(store)
        return {region: tuple(stores) for region, stores in found.items()}

    @cached_property
    def largest_regions(self) -> tuple[RegionId, ...]:
        """The regions that have stores, those with the most first, ties by id."""
        sizes = {region: len(stores) for region, stores in self.stores_of_region.items()}
        return tuple(sorted(sizes, key=lambda region: (-sizes[region], region)))

    @cached_property
    def shop_map(self) -> StoreMap:
        """The shops, whatever state they are in, to be searched by position."""
        return StoreMap(store for store in self.stores_by_id if store.kind is StoreKind.SHOP)

    def store(self, id: str) -> Store:
        """The store of this id, or NotFound."""
        store = self.stores.get(StoreId(id))
        if store is None:
            raise NotFound(f"There is no store {id}; look its id up in the list of stores.")
        return store

    def region(self, id: str) -> Region:
        """The region of this id, or NotFound."""
        region = self.regions.get(RegionId(id))
        if region is None:
            raise NotFound(f"There is no region {id}; look its id up in the list of regions.")
        return region


class DirectorySource(Protocol):
    """Keeps the regions, owners and stores of this process fresh, stale by under a second."""

    def directory(self) -> Directory:
        """All of them, as they are known now."""


class NetworkWriter(Protocol):
    """Writes regions, owners and stores, each over the version before its own.

    What was written is in this process's next view. Raises Conflict if somebody else has written
    one of them meanwhile; the others are written.
    """

    async def save_regions(self, regions: Sequence[Region]) -> None:
        """Write regions."""

    async def save_owners(self, owners: Sequence[Owner]) -> None:
        """Write owners."""

    async def save_stores(self, stores: Sequence[Store]) -> None:
        """Write stores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPorts(Ports):
    """What the brand's network of stores is read from and written to."""

    source: DirectorySource
    writer: NetworkWriter
    divisions: Divisions
    wording: Wording
