"""Stores near a consumer."""

from typing import Annotated

import strawberry

from api.kernel.operations import query
from api.kernel.packing import pack
from api.network.places import PositionInput
from api.network.stores import Store
from domain.catalogue.catalogue import Sku
from domain.mall.storefronts import nearby
from domain.mall.storefronts.nearby import NearbyPorts, Wanted
from domain.network.stores import Service
from domain.people.act import Act


@strawberry.type(description="How many units of a SKU there are for customers.")
class StoreUnits:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    units: int = strawberry.field(description="Units that may be sold.")


@strawberry.type(description="A store near a consumer.")
class NearbyStore:
    store: Store = strawberry.field(description="The store.")
    distance_m: float = strawberry.field(description="Great-circle metres.")
    units: list[StoreUnits] = strawberry.field(
        description="Its own units of the SKUs that were asked about."
    )
    pickup_today: bool = strawberry.field(
        description="Whether all of the SKUs asked about can be picked up there before it closes."
    )

    @classmethod
    def of(cls, near: nearby.NearbyStore) -> "NearbyStore":
        """Pack a nearby store."""
        units = [
            StoreUnits(sku=strawberry.ID(sku), units=units) for sku, units in near.units.items()
        ]
        return pack(cls, near, distance_m=round(near.distance_m, 1), units=units)


@query(
    "Open shops near a position, the nearest first, within 100 km: what they offer, and whether "
    "the SKUs asked about can be picked up there today."
)
async def nearby_stores(
    ports: NearbyPorts,
    act: Act,
    position: Annotated[PositionInput, strawberry.argument(description="Where the consumer is.")],
    open_now: Annotated[bool, strawberry.argument(description="Only those open just now.")] = False,
    services: Annotated[
        list[Service] | None, strawberry.argument(description="Only those with all of these.")
    ] = None,
    skus: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(description="SKUs to tell the store's own units of, at most 20."),
    ] = None,
    pickup_today: Annotated[
        bool, strawberry.argument(description="Only those with all of the SKUs for today.")
    ] = False,
    first: Annotated[
        int, strawberry.argument(description="How many stores at most, 1 to 50.")
    ] = 10,
) -> list[NearbyStore]:
    wanted = Wanted(
        open_now=open_now,
        services=frozenset(services or ()),
        skus=tuple(dict.fromkeys(Sku(sku) for sku in skus or ())),
        pickup_today=pickup_today,
    )
    found = await nearby.nearby_stores(ports, act, position.value(), wanted, most=first)
    return [NearbyStore.of(one) for one in found]


QUERIES = (nearby_stores,)
