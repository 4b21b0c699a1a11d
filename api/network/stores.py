"""Regions, owners and stores."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.network.places import Position
from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import ImportPorts
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import NotFound
from domain.network import looking_up
from domain.network import stores as values
from domain.network.directory import NetworkPorts
from domain.network.store_files import import_owners, import_stores
from domain.network.stores import OwnerKind, RegionId, Service, StoreId, StoreKind, StoreState
from domain.people.act import Act

enum(
    OwnerKind,
    "Whether the brand runs its stores itself.",
    BRAND="The brand itself.",
    FRANCHISEE="Somebody else, under the brand's name.",
)
enum(
    StoreKind,
    "What a store is.",
    SHOP="It has a counter.",
    WAREHOUSE="It only ships.",
)
enum(
    StoreState,
    "Whether a store sells and ships.",
    OPEN="It does.",
    PAUSED="It does not for a while.",
    CLOSED="It never will again.",
)
enum(
    Service,
    "What a customer can have done in a store.",
    PICKUP="Fetching an order.",
    FITTING="Trying something on.",
    MADE_TO_MEASURE="Being measured for something made for them.",
)


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

    @field(
        "The store that consumers enter when nothing else decides; null where head office has "
        "chosen none, so that the first open shop by id is it."
    )
    async def default_store(
        self, ports: NetworkPorts, act: Act
    ) -> Annotated["Store", strawberry.lazy("api.network.stores")] | None:
        chosen = await looking_up.default_store_of(ports, act, RegionId(self.id))
        return Store.of(chosen) if chosen else None

    @field("The region's stores, by id.")
    async def stores(
        self, ports: NetworkPorts, act: Act, first: First = 20, after: After = None
    ) -> Connection[Annotated["Store", strawberry.lazy("api.network.stores")]]:
        request, region = PageRequest(first=first, after=after), RegionId(self.id)
        found = await looking_up.stores_listed(ports, act, request, region_id=region)
        return connection(found, Store.of)


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
        return pack(cls, store, services=sorted(store.services))

    @strawberry.field(description="Where it stands, in the datum that the brand gave it in.")
    def position(self) -> Position:
        return Position.of(self.value.position)

    @strawberry.field(description="Where it stands in GCJ-02, as maps in China need it.")
    def map_position(self) -> Position:
        return Position.of(self.value.position.to_gcj02())

    @field("The divisions it lies in, the province first: 江苏省, 苏州市.")
    async def divisions(self, ports: NetworkPorts, act: Act) -> list[str]:
        return list(await looking_up.divisions_of(ports, act, self.value))

    @field("The region whose stock it sells from.")
    async def region(self, ports: NetworkPorts, act: Act) -> Region:
        return Region.of(await looking_up.region_of(ports, act, self.value))

    @field("Who it belongs to.")
    async def owner(self, ports: NetworkPorts, act: Act) -> Owner:
        owner = await looking_up.owner_of(ports, act, self.value)
        return Owner(id=strawberry.ID(owner.id), name=owner.name, kind=owner.kind)

    @strawberry.field(
        description="Its hours in China's time, such as `10:00-22:00; 2026-10-01 closed`; null "
        "where it has told none."
    )
    def opening_hours(self) -> str | None:
        hours = self.value.opening_hours
        return None if hours is None else str(hours)

    @field("Whether a customer finds it open just now.")
    def open_now(self, act: Act) -> bool:
        return self.value.open_at(act.at)

    @field("When it closes, if it is open; null where it told no hours.")
    def closes_at(self, act: Act) -> datetime | None:
        return self.value.closes_at(act.at)

    @field("When it opens next; null where that is not known or 60 days off.")
    def opens_next(self, act: Act) -> datetime | None:
        return self.value.opens_next(act.at)


RegionFilter = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only stores of this region.")
]
StateFilter = Annotated[
    StoreState | None, strawberry.argument(description="Only stores in this state.")
]
StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]


async def store_shown(load: Load, id: StoreId) -> Store:
    """Pack the store that something names."""
    found = await load(looking_up.stores_by_ids, id)
    if found is None:
        raise NotFound(f"There is no store {id} any more.")
    return Store.of(found)


@query("All regions, by id.", public=True)
async def regions(
    ports: NetworkPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Region]:
    page = await looking_up.regions_listed(ports, act, PageRequest(first=first, after=after))
    return connection(page, Region.of)


@query("Stores, by id.", public=True)
async def stores(
    ports: NetworkPorts,
    act: Act,
    region_id: RegionFilter = None,
    state: StateFilter = None,
    first: First = 20,
    after: After = None,
) -> Connection[Store]:
    request = PageRequest(first=first, after=after)
    region = None if region_id is None else RegionId(region_id)
    found = await looking_up.stores_listed(ports, act, request, region_id=region, state=state)
    return connection(found, Store.of)


@query("One store; null where there is none of this id.", public=True)
async def store(load: Load, id: StoreIdArgument) -> Store | None:
    found = await load(looking_up.stores_by_ids, StoreId(id))
    return Store.of(found) if found else None


@mutation("Take in owners: owner_code, name, kind.")
async def owners_import(
    ports: NetworkPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_owners(ports, act, handed), handed)


@mutation(
    "Open stores in bulk: store_id, name, owner_code, district, address, longitude, latitude, "
    "datum, phone, kind, state, services, capacity_a_day, opening_hours, region. A city's "
    "region is made with its first store."
)
async def stores_import(
    ports: NetworkPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_stores(ports, act, handed), handed)


QUERIES = (regions, stores, store)
MUTATIONS = (owners_import, stores_import)
