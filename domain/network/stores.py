"""Regions, owners and stores."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from domain.kernel.choices import ClosedSet
from domain.kernel.places import Position
from domain.kernel.states import Machine
from domain.network.hours import OpeningHours

RegionId = NewType("RegionId", str)
OwnerId = NewType("OwnerId", str)
StoreId = NewType("StoreId", str)


class OwnerKind(ClosedSet):
    """Whether the brand runs its stores itself."""

    BRAND = "BRAND", "直营", "品牌"
    FRANCHISEE = "FRANCHISEE", "加盟", "加盟商"


class StoreKind(ClosedSet):
    """A shop has a counter; a warehouse only ships."""

    SHOP = "SHOP", "门店", "店铺"
    WAREHOUSE = "WAREHOUSE", "仓库"


class StoreState(ClosedSet):
    """A paused store neither sells nor ships for a while; a closed one never again."""

    OPEN = "OPEN", "营业", "营业中"
    PAUSED = "PAUSED", "暂停", "暂停营业"
    CLOSED = "CLOSED", "关店", "已关店", "闭店"


STORE: Machine[StoreState] = Machine(
    "store",
    begins=frozenset(StoreState),
    next={
        StoreState.OPEN: frozenset({StoreState.PAUSED, StoreState.CLOSED}),
        StoreState.PAUSED: frozenset({StoreState.OPEN, StoreState.CLOSED}),
        StoreState.CLOSED: frozenset(),
    },
)


class Service(ClosedSet):
    """What a customer can have done in a store."""

    PICKUP = "PICKUP", "自提", "到店自提"
    FITTING = "FITTING", "试穿", "到店试穿"
    MADE_TO_MEASURE = "MADE_TO_MEASURE", "定制", "量身定制"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """The stores that sell from one shared stock; by default a city, its id the division code."""

    id: RegionId
    name: str
    default_store_id: StoreId | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who a store belongs to and is settled with."""

    id: OwnerId
    name: str
    kind: OwnerKind
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A shop or a warehouse that holds stock and can fulfil; its id is the brand's own code.

    `district` is a GB/T 2260 division code; `capacity_a_day` counts fulfilment orders. A store
    that has not told its hours counts as open around the clock. `version` rises with each change.
    """

    id: StoreId
    name: str
    region_id: RegionId
    owner_id: OwnerId
    district: str
    address: str
    position: Position
    phone: str | None = None
    kind: StoreKind = StoreKind.SHOP
    state: StoreState = StoreState.OPEN
    services: frozenset[Service] = field(default_factory=frozenset)
    capacity_a_day: int = 200
    opening_hours: OpeningHours | None = None
    version: int = 1

    def open_at(self, moment: datetime) -> bool:
        """Whether a customer finds it open at a moment."""
        hours = self.opening_hours
        return self.state is StoreState.OPEN and (hours is None or hours.open_at(moment))

    def closes_at(self, moment: datetime) -> datetime | None:
        """When it closes, if it is open at a moment; None where it told no hours."""
        hours = self.opening_hours
        return hours.closes_at(moment) if hours and self.open_at(moment) else None

    def opens_next(self, moment: datetime) -> datetime | None:
        """When it opens next after a moment; None where that is not known or 60 days off."""
        hours = self.opening_hours
        return hours.opens_next(moment) if hours and self.state is StoreState.OPEN else None

    @property
    def receives(self) -> bool:
        """Whether its storefront may be entered: an open shop."""
        return self.kind is StoreKind.SHOP and self.state is StoreState.OPEN

    @property
    def hands_over(self) -> bool:
        """Whether customers may pick up there what they have ordered."""
        return self.receives and Service.PICKUP in self.services
