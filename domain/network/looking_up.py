"""Regions, owners and stores as lists and as whatever names them shows them."""

from collections.abc import Mapping, Sequence

from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.network.directory import NetworkPorts
from domain.network.stores import Owner, Region, RegionId, Store, StoreId, StoreState
from domain.people.act import Act

REGIONS = Cursors("regions", str)
STORES = Cursors("stores", str)


async def regions_listed(ports: NetworkPorts, act: Act, request: PageRequest) -> Page[Region]:
    """All regions, by id."""
    regions = ports.source.directory().regions_by_id
    return page_in_order(regions, lambda region: (region.id,), request, REGIONS)


async def stores_listed(
    ports: NetworkPorts,
    act: Act,
    request: PageRequest,
    *,
    region_id: RegionId | None = None,
    state: StoreState | None = None,
) -> Page[Store]:
    """All stores, those of a region or those in a state, by id."""
    directory = ports.source.directory()
    found: Sequence[Store] = directory.stores_by_id
    if region_id is not None:
        found = directory.stores_of_region.get(region_id, ())
    if state is not None:
        found = [store for store in found if store.state is state]
    return page_in_order(found, lambda store: (store.id,), request, STORES)


async def stores_by_ids(
    ports: NetworkPorts, act: Act, ids: Sequence[StoreId]
) -> Mapping[StoreId, Store]:
    """Those of the stores that there are."""
    stores = ports.source.directory().stores
    return {one: stores[one] for one in ids if one in stores}


async def default_store_of(ports: NetworkPorts, act: Act, id: RegionId) -> Store | None:
    """The store that head office has chosen for those who enter a region; None if none."""
    directory = ports.source.directory()
    chosen = directory.region(id).default_store_id
    return directory.store(chosen) if chosen else None


async def region_of(ports: NetworkPorts, act: Act, store: Store) -> Region:
    """The region whose stock a store sells from."""
    return ports.source.directory().region(store.region_id)


async def owner_of(ports: NetworkPorts, act: Act, store: Store) -> Owner:
    """Who a store belongs to."""
    return ports.source.directory().owners[store.owner_id]


async def divisions_of(ports: NetworkPorts, act: Act, store: Store) -> Sequence[str]:
    """The names of the divisions that a store lies in, the province first."""
    return ports.divisions.names(store.district)
