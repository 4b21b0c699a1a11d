"""What head office and a store's manager change of stores and regions, one action at a time."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from domain.kernel.refusals import Conflict, Forbidden, Invalid, WrongState
from domain.network.hours import parse_hours
from domain.network.store_files import NetworkPorts
from domain.network.stores import Region, RegionId, Service, Store, StoreId, StoreKind, StoreState
from domain.people.viewer import Role, Viewer

# Where a store's state may go; a closed one stays closed.
NEXT: Mapping[StoreState, frozenset[StoreState]] = {
    StoreState.OPEN: frozenset({StoreState.PAUSED, StoreState.CLOSED}),
    StoreState.PAUSED: frozenset({StoreState.OPEN, StoreState.CLOSED}),
    StoreState.CLOSED: frozenset(),
}
REGION_ID = re.compile(r"[A-Za-z0-9.-]{1,40}")
LONGEST_NAME = 40
MOST_A_DAY = 100_000


def next_state(store: Store, state: StoreState) -> Store:
    """The store in another state, or WrongState where there is no way to it."""
    if state not in NEXT[store.state]:
        raise WrongState(
            f"{store.id} is {store.state.lower()}; it can't become {state.lower()} from there."
        )
    return replace(store, state=state)


async def set_state(network: NetworkPorts, viewer: Viewer, id: StoreId, state: StoreState) -> Store:
    """Pause a store, open it again, or close it for ever, which only head office may."""
    store = _own(network, viewer, id)
    if state is StoreState.CLOSED:
        viewer.require(Role.HEAD_OFFICE)
    return await _save(network, next_state(store, state))


async def set_hours(network: NetworkPorts, viewer: Viewer, id: StoreId, hours: str | None) -> Store:
    """Set when a store is open, in the words of `parse_hours`; None for around the clock."""
    store = _own(network, viewer, id)
    return await _save(network, replace(store, opening_hours=parse_hours(hours) if hours else None))


async def set_services(
    network: NetworkPorts, viewer: Viewer, id: StoreId, services: Collection[Service]
) -> Store:
    """Set what a customer can have done in a store."""
    store = _own(network, viewer, id)
    return await _save(network, replace(store, services=frozenset(services)))


async def set_capacity(network: NetworkPorts, viewer: Viewer, id: StoreId, a_day: int) -> Store:
    """Set how many fulfilment orders a store takes in one day."""
    if not 0 <= a_day <= MOST_A_DAY:
        raise Invalid(f"Set between 0 and {MOST_A_DAY}.", field=["capacityADay"])
    return await _save(network, replace(_own(network, viewer, id), capacity_a_day=a_day))


async def create_region(network: NetworkPorts, viewer: Viewer, id: str, name: str) -> Region:
    """Make a region that stores can be moved to."""
    viewer.require(Role.HEAD_OFFICE)
    if not REGION_ID.fullmatch(id):
        raise Invalid("Give an id of 1 to 40 letters, digits, hyphens and dots.", field=["id"])
    if id in network.reference.now().regions:
        raise Conflict(f"There is a region {id} already; choose another id.", field=["id"])
    return await _save_region(network, Region(id=RegionId(id), name=_name(name)))


async def rename_region(network: NetworkPorts, viewer: Viewer, id: RegionId, name: str) -> Region:
    """Give a region another name."""
    viewer.require(Role.HEAD_OFFICE)
    region = network.reference.now().directory.region(id)
    return await _save_region(network, replace(region, name=_name(name)))


async def set_default_store(
    network: NetworkPorts, viewer: Viewer, id: RegionId, store_id: StoreId
) -> Region:
    """Choose the store that consumers of a region enter when nothing else decides."""
    viewer.require(Role.HEAD_OFFICE)
    directory = network.reference.now().directory
    region, store = directory.region(id), directory.store(store_id)
    if store.region_id != region.id or store.kind is not StoreKind.SHOP:
        raise Invalid(f"{store_id} is no shop of {region.name}.", field=["storeId"])
    return await _save_region(network, replace(region, default_store_id=store.id))


def _own(network: NetworkPorts, viewer: Viewer, id: StoreId) -> Store:
    """The store, for head office, its region's manager and its own."""
    viewer.require(Role.HEAD_OFFICE, Role.STORE_MANAGER)
    store = network.reference.now().store(id)
    own = viewer.store_id == store.id or viewer.region_id == store.region_id
    if viewer.role is not Role.HEAD_OFFICE and not own:
        raise Forbidden(f"{id} is not your store; ask its manager or head office.", field=["id"])
    return store


async def _save(network: NetworkPorts, store: Store) -> Store:
    written = replace(store, version=store.version + 1)
    await network.writer.save_stores([written])
    return written


async def _save_region(network: NetworkPorts, region: Region) -> Region:
    await network.writer.save_regions([region])
    return region


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"Give a name of 1 to {LONGEST_NAME} characters.", field=["name"])
    return name
