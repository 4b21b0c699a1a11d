"""Changing stores and regions, one action at a time."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.network.stores import Region, Store, StoreIdArgument
from domain.network import region_changes, store_changes
from domain.network.directory import NetworkPorts
from domain.network.stores import RegionId, Service, StoreId, StoreState
from domain.people.act import Act

NOW = "The store as it is now."
REGION_NOW = "The region as it is now."
RegionIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The region's id.")]
NameArgument = Annotated[str, strawberry.argument(description="What people call it.")]


@mutation(
    "Let a store neither sell nor ship for a while; consumers are led to the next best.", store=NOW
)
async def store_pause(ports: NetworkPorts, act: Act, id: StoreIdArgument) -> Store:
    changed = await store_changes.set_state(ports, act, StoreId(id), StoreState.PAUSED)
    return Store.of(changed)


@mutation("Let a paused store sell and ship again.", store=NOW)
async def store_resume(ports: NetworkPorts, act: Act, id: StoreIdArgument) -> Store:
    return Store.of(await store_changes.set_state(ports, act, StoreId(id), StoreState.OPEN))


@mutation("Close a store for ever; only head office may.", store=NOW)
async def store_close(ports: NetworkPorts, act: Act, id: StoreIdArgument) -> Store:
    changed = await store_changes.set_state(ports, act, StoreId(id), StoreState.CLOSED)
    return Store.of(changed)


@mutation("Set when a store is open.", store=NOW)
async def store_hours_set(
    ports: NetworkPorts,
    act: Act,
    id: StoreIdArgument,
    opening_hours: Annotated[
        str | None,
        strawberry.argument(
            description="Such as `10:00-22:00; Sat,Sun 09:30-22:30; 2026-10-01..2026-10-07 "
            "closed`, in China's time, some day of it open; null for around the clock."
        ),
    ],
) -> Store:
    return Store.of(await store_changes.set_hours(ports, act, StoreId(id), opening_hours))


@mutation("Set what a customer can have done in a store.", store=NOW)
async def store_services_set(
    ports: NetworkPorts,
    act: Act,
    id: StoreIdArgument,
    services: Annotated[list[Service], strawberry.argument(description="All of them.")],
) -> Store:
    return Store.of(await store_changes.set_services(ports, act, StoreId(id), services))


@mutation("Set how many fulfilment orders a store takes in one day.", store=NOW)
async def store_capacity_set(
    ports: NetworkPorts,
    act: Act,
    id: StoreIdArgument,
    capacity_a_day: Annotated[int, strawberry.argument(description="0 to 100,000.")],
) -> Store:
    return Store.of(await store_changes.set_capacity(ports, act, StoreId(id), capacity_a_day))


@mutation("Make a region that stores can be moved to.", region=REGION_NOW)
async def region_create(
    ports: NetworkPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The new region's id.")],
    name: NameArgument,
) -> Region:
    return Region.of(await region_changes.create_region(ports, act, id, name))


@mutation("Give a region another name.", region=REGION_NOW)
async def region_rename(
    ports: NetworkPorts, act: Act, id: RegionIdArgument, name: NameArgument
) -> Region:
    return Region.of(await region_changes.rename_region(ports, act, RegionId(id), name))


@mutation(
    "Choose the store that consumers of a region enter when nothing else decides.",
    region=REGION_NOW,
)
async def region_default_store_set(
    ports: NetworkPorts, act: Act, id: RegionIdArgument, store_id: StoreIdArgument
) -> Region:
    region_id, chosen = RegionId(id), StoreId(store_id)
    return Region.of(await region_changes.set_default_store(ports, act, region_id, chosen))


MUTATIONS = (
    store_pause,
    store_resume,
    store_close,
    store_hours_set,
    store_services_set,
    store_capacity_set,
    region_create,
    region_rename,
    region_default_store_set,
)
