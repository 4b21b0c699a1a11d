"""Regions, owners and stores."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Info, Load
from api.kernel.hints import PUBLIC
from api.kernel.imports import ImportFile, ImportPayload, Mode, read_upload
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import mutation
from api.network.places import Position
from domain.kernel.paging import PageRequest, page_of
from domain.kernel.refusals import NotFound
from domain.kernel.tables import ImportMode
from domain.network import stores as values
from domain.network.looking_up import stores_by_ids
from domain.network.store_files import import_owners, import_stores
from domain.network.stores import OwnerKind, RegionId, Service, StoreKind, StoreState

strawberry.enum(OwnerKind, description="Whether the brand runs its stores itself.")
strawberry.enum(StoreKind, description="A shop has a counter; a warehouse only ships.")
strawberry.enum(
    StoreState,
    description="A paused store neither sells nor ships for a while; a closed one never again.",
)
strawberry.enum(Service, description="What a customer can have done in a store.")


@strawberry.type(description="Who a store belongs to and is settled with.")
class Owner:
    id: strawberry.ID = strawberry.field(description="The brand's code for the owner.")
    name: str = strawberry.field(description="The owner's name.")
    kind: OwnerKind = strawberry.field(description="Whether it is the brand itself.")


@strawberry.type(description="The stores that sell from one shared stock; normally a city.")
class Region:
    id: strawberry.ID = strawberry.field(description="By default the city's division code.")
    name: str = strawberry.field(description="The region's name.")

    @classmethod
    def of(cls, region: values.Region) -> "Region":
        """Pack a region."""
        return cls(id=strawberry.ID(region.id), name=region.name)

    @strawberry.field(
        description="The store that consumers enter when nothing else decides; null where head "
        "office has chosen none, so that the first open shop by id is it."
    )
    def default_store(
        self, info: Info
    ) -> Annotated["Store", strawberry.lazy("api.network.stores")] | None:
        directory = info.context.world.reference.now().directory
        chosen = directory.region(self.id).default_store_id
        return Store.of(directory.store(chosen)) if chosen else None

    @strawberry.field(description="The region's stores, by id.")
    def stores(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[Annotated["Store", strawberry.lazy("api.network.stores")]]:
        found = info.context.world.reference.now().stores_of_region.get(RegionId(self.id), ())
        return connection(page_of(found, PageRequest(first=first, after=after)), Store.of)


@strawberry.type(description="A shop or a warehouse that holds stock and can fulfil.")
class Store:
    value: strawberry.Private[values.Store]
    id: strawberry.ID = strawberry.field(description="The brand's code for the store.")
    name: str = strawberry.field(description="What customers call it.")
    kind: StoreKind = strawberry.field(description="Shop or warehouse.")
    state: StoreState = strawberry.field(description="Whether it sells and ships now.")
    address: str = strawberry.field(description="Street and number, below the district.")
    district: str = strawberry.field(description="The district's code of GB/T 2260.")
    phone: str | None = strawberry.field(description="Where customers call; null if nowhere.")
    services: list[Service] = strawberry.field(description="What can be had done there.")
    capacity_a_day: int = strawberry.field(
        description="How many fulfilment orders it takes in one day."
    )

    @classmethod
    def of(cls, store: values.Store) -> "Store":
        """Pack a store."""
        return cls(
            value=store,
            id=strawberry.ID(store.id),
            name=store.name,
            kind=store.kind,
            state=store.state,
            address=store.address,
            district=store.district,
            phone=store.phone,
            services=sorted(store.services),
            capacity_a_day=store.capacity_a_day,
        )

    @strawberry.field(description="Where it stands, in the datum that the brand gave it in.")
    def position(self) -> Position:
        return Position.of(self.value.position)

    @strawberry.field(description="Where it stands in GCJ-02, as maps in China need it.")
    def map_position(self) -> Position:
        return Position.of(self.value.position.to_gcj02())

    @strawberry.field(description="The divisions it lies in, the province first: 江苏省, 苏州市.")
    def divisions(self, info: Info) -> list[str]:
        return list(info.context.world.network.divisions.names(self.value.district))

    @strawberry.field(description="The region whose stock it sells from.")
    def region(self, info: Info) -> Region:
        return Region.of(info.context.world.reference.now().region(self.value.region_id))

    @strawberry.field(description="Who it belongs to.")
    def owner(self, info: Info) -> Owner:
        owner = info.context.world.reference.now().owners[self.value.owner_id]
        return Owner(id=strawberry.ID(owner.id), name=owner.name, kind=owner.kind)

    @strawberry.field(
        description="Its hours in China's time, such as `10:00-22:00; 2026-10-01 closed`; null "
        "where it has told none."
    )
    def opening_hours(self) -> str | None:
        hours = self.value.opening_hours
        return None if hours is None else str(hours)

    @strawberry.field(description="Whether a customer finds it open just now.")
    def open_now(self, info: Info) -> bool:
        return self.value.open_at(info.context.now)

    @strawberry.field(description="When it closes, if it is open; null where it told no hours.")
    def closes_at(self, info: Info) -> datetime | None:
        hours = self.value.opening_hours
        open_now = self.value.open_at(info.context.now)
        return hours.closes_at(info.context.now) if hours and open_now else None

    @strawberry.field(
        description="When it opens next; null where that is not known or 60 days off."
    )
    def opens_next(self, info: Info) -> datetime | None:
        hours = self.value.opening_hours
        may_open = self.value.state is StoreState.OPEN
        return hours.opens_next(info.context.now) if hours and may_open else None


@strawberry.type(description="The answer to an import of owners.")
class OwnersImportPayload(ImportPayload):
    pass


@strawberry.type(description="The answer to an import of stores.")
class StoresImportPayload(ImportPayload):
    pass


RegionFilter = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only stores of this region.")
]
StateFilter = Annotated[
    StoreState | None, strawberry.argument(description="Only stores in this state.")
]
StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]


async def store_shown(load: Load, id: values.StoreId) -> Store:
    """Pack the store that something names."""
    found = await load(stores_by_ids, id)
    if found is None:
        raise NotFound(f"There is no store {id} any more.")
    return Store.of(found)


@strawberry.type
class StoresQuery:
    @strawberry.field(description="All regions, by id.", metadata=PUBLIC)
    def regions(self, info: Info, first: First = 20, after: After = None) -> Connection[Region]:
        known = info.context.world.reference.now().regions
        ordered = sorted(known.values(), key=lambda region: region.id)
        return connection(page_of(ordered, PageRequest(first=first, after=after)), Region.of)

    @strawberry.field(description="Stores, by id.", metadata=PUBLIC)
    def stores(
        self,
        info: Info,
        region_id: RegionFilter = None,
        state: StateFilter = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Store]:
        reference = info.context.world.reference.now()
        found = (
            reference.directory.stores_by_id
            if region_id is None
            else reference.stores_of_region.get(RegionId(region_id), ())
        )
        if state is not None:
            found = tuple(store for store in found if store.state is state)
        return connection(page_of(found, PageRequest(first=first, after=after)), Store.of)

    @strawberry.field(
        description="One store; null where there is none of this id.", metadata=PUBLIC
    )
    def store(self, info: Info, id: StoreIdArgument) -> Store | None:
        found = info.context.world.reference.now().stores.get(values.StoreId(id))
        return Store.of(found) if found else None


@strawberry.type
class StoresMutation:
    @mutation("Take in owners: owner_code, name, kind.")
    async def owners_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> OwnersImportPayload:
        name, data = await read_upload(file)
        report = await import_owners(
            info.context.world.network, info.context.viewer, name, data, mode=mode
        )
        return OwnersImportPayload.of(report, mode)

    @mutation(
        "Open stores in bulk: store_id, name, owner_code, district, address, longitude, latitude, "
        "datum, phone, kind, state, services, capacity_a_day, opening_hours, region. A city's "
        "region is made with its first store."
    )
    async def stores_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> StoresImportPayload:
        name, data = await read_upload(file)
        report = await import_stores(
            info.context.world.network, info.context.viewer, name, data, mode=mode
        )
        return StoresImportPayload.of(report, mode)
