"""Changing stores and regions, one action at a time."""

from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.network.stores import Region, Store
from domain.mall.stock.moving import move_store
from domain.network import store_changes
from domain.network.stores import RegionId, Service, StoreId, StoreState

StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]
RegionIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The region's id.")]
NameArgument = Annotated[str, strawberry.argument(description="What people call it.")]


@strawberry.type(description="The answer to a change of a store.")
class StorePayload(Payload):
    """Each change has a payload of its own that inherits from this one."""

    store: Store | None = strawberry.field(description="The store as it is now.", default=None)


@strawberry.type(description="The answer to a change of a region.")
class RegionPayload(Payload):
    """Each change has a payload of its own that inherits from this one."""

    region: Region | None = strawberry.field(description="The region as it is now.", default=None)


@strawberry.type(description="The answer to pausing a store.")
class StorePausePayload(StorePayload):
    pass


@strawberry.type(description="The answer to opening a paused store again.")
class StoreResumePayload(StorePayload):
    pass


@strawberry.type(description="The answer to closing a store.")
class StoreClosePayload(StorePayload):
    pass


@strawberry.type(description="The answer to setting a store's hours.")
class StoreHoursSetPayload(StorePayload):
    pass


@strawberry.type(description="The answer to setting a store's services.")
class StoreServicesSetPayload(StorePayload):
    pass


@strawberry.type(description="The answer to setting a store's capacity.")
class StoreCapacitySetPayload(StorePayload):
    pass


@strawberry.type(description="The answer to moving a store.")
class StoreMovePayload(StorePayload):
    pass


@strawberry.type(description="The answer to making a region.")
class RegionCreatePayload(RegionPayload):
    pass


@strawberry.type(description="The answer to renaming a region.")
class RegionRenamePayload(RegionPayload):
    pass


@strawberry.type(description="The answer to choosing a region's default store.")
class RegionDefaultStoreSetPayload(RegionPayload):
    pass


@strawberry.type
class StoreChangesMutation:
    @mutation("Let a store neither sell nor ship for a while; consumers are led to the next best.")
    async def store_pause(self, info: Info, id: StoreIdArgument) -> StorePausePayload:
        return StorePausePayload(store=await _state(info, id, StoreState.PAUSED))

    @mutation("Let a paused store sell and ship again.")
    async def store_resume(self, info: Info, id: StoreIdArgument) -> StoreResumePayload:
        return StoreResumePayload(store=await _state(info, id, StoreState.OPEN))

    @mutation("Close a store for ever; only head office may.")
    async def store_close(self, info: Info, id: StoreIdArgument) -> StoreClosePayload:
        return StoreClosePayload(store=await _state(info, id, StoreState.CLOSED))

    @mutation("Set when a store is open.")
    async def store_hours_set(
        self,
        info: Info,
        id: StoreIdArgument,
        opening_hours: Annotated[
            str | None,
            strawberry.argument(
                description="Such as `10:00-22:00; Sat,Sun 09:30-22:30; 2026-10-01..2026-10-07 "
                "closed`, in China's time; null for around the clock."
            ),
        ],
    ) -> StoreHoursSetPayload:
        context = info.context
        changed = await store_changes.set_hours(
            context.world.network, context.viewer, StoreId(id), opening_hours
        )
        return StoreHoursSetPayload(store=Store.of(changed))

    @mutation("Set what a customer can have done in a store.")
    async def store_services_set(
        self,
        info: Info,
        id: StoreIdArgument,
        services: Annotated[list[Service], strawberry.argument(description="All of them.")],
    ) -> StoreServicesSetPayload:
        context = info.context
        changed = await store_changes.set_services(
            context.world.network, context.viewer, StoreId(id), services
        )
        return StoreServicesSetPayload(store=Store.of(changed))

    @mutation("Set how many fulfilment orders a store takes in one day.")
    async def store_capacity_set(
        self,
        info: Info,
        id: StoreIdArgument,
        capacity_a_day: Annotated[int, strawberry.argument(description="0 to 100,000.")],
    ) -> StoreCapacitySetPayload:
        context = info.context
        changed = await store_changes.set_capacity(
            context.world.network, context.viewer, StoreId(id), capacity_a_day
        )
        return StoreCapacitySetPayload(store=Store.of(changed))

    @mutation(
        "Let a paused store sell from another region's stock; its own units and the orders under "
        "way go along. Repeat it if it was cut short."
    )
    async def store_move(
        self, info: Info, id: StoreIdArgument, region_id: RegionIdArgument
    ) -> StoreMovePayload:
        context = info.context
        moved = await move_store(
            context.world.network,
            context.world.shopfront.pools,
            context.viewer,
            StoreId(id),
            RegionId(region_id),
            now=context.now,
            new_id=context.world.new_id,
        )
        return StoreMovePayload(store=Store.of(moved))

    @mutation("Make a region that stores can be moved to.")
    async def region_create(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The new region's id.")],
        name: NameArgument,
    ) -> RegionCreatePayload:
        context = info.context
        made = await store_changes.create_region(context.world.network, context.viewer, id, name)
        return RegionCreatePayload(region=Region.of(made))

    @mutation("Give a region another name.")
    async def region_rename(
        self, info: Info, id: RegionIdArgument, name: NameArgument
    ) -> RegionRenamePayload:
        context = info.context
        renamed = await store_changes.rename_region(
            context.world.network, context.viewer, RegionId(id), name
        )
        return RegionRenamePayload(region=Region.of(renamed))

    @mutation("Choose the store that consumers of a region enter when nothing else decides.")
    async def region_default_store_set(
        self, info: Info, id: RegionIdArgument, store_id: StoreIdArgument
    ) -> RegionDefaultStoreSetPayload:
        context = info.context
        changed = await store_changes.set_default_store(
            context.world.network, context.viewer, RegionId(id), StoreId(store_id)
        )
        return RegionDefaultStoreSetPayload(region=Region.of(changed))


async def _state(info: Info, id: str, state: StoreState) -> Store:
    context = info.context
    changed = await store_changes.set_state(
        context.world.network, context.viewer, StoreId(id), state
    )
    return Store.of(changed)
