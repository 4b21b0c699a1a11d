"""The ports that payment and fulfilment need."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.places import Position
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.request_keys import RequestKey
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    OrderedLine,
    PartState,
    Placed,
    PlacedReturn,
    StockEffect,
)
from domain.mall.fulfilment.news import OrderNews
from domain.mall.fulfilment.payments import (
    Notices,
    PaymentProvider,
    SandboxWallet,
)
from domain.mall.fulfilment.return_policy import ReturnPolicies
from domain.mall.fulfilment.returns import ReturnState
from domain.mall.fulfilment.stray_payments import StrayPayments
from domain.mall.orders.order import NO_WISHES, Recipient, Wishes
from domain.mall.routing.routing import Candidate, Decision
from domain.network.directory import DirectorySource
from domain.network.stores import RegionId, StoreId
from domain.people.accounts import Members
from domain.people.act import Act
from domain.promotions.rechecks import Recheck
from domain.sharing.attribution import Credit


class Fulfilments(Protocol):
    """The fulfilments of orders, each one aggregate with a version."""

    async def by_id(self, id: str) -> Fulfilment | None:
        """The fulfilment of an order."""

    async def by_ids(self, ids: Collection[str]) -> Mapping[str, Fulfilment]:
        """The fulfilments of those orders that have one, in one round trip."""

    async def save(self, fulfilment: Fulfilment, *, expected: int) -> Fulfilment:
        """Write one over the expected version, 0 for a new one, and answer it with all steps told.

        Raises Conflict if that is not the newest. The clock claims it when it is to attend to it.
        """

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders that need attention by now, so that nobody else gets them before `until`."""

    async def claim_reports(self, now: datetime, *, until: datetime, most: int) -> Sequence[str]:
        """Claim orders of which WeChat is to be told something by now, as `claim_due`."""

    async def queue(
        self, store_id: StoreId | None, states: Collection[PartState], request: PageRequest
    ) -> Page[Placed]:
        """The parts of a store that are in some states, or those of no store, oldest order first.

        Parts that others have taken the place of are left out.
        """

    async def returns(
        self, store_id: StoreId, states: Collection[ReturnState], request: PageRequest
    ) -> Page[PlacedReturn]:
        """The returns to a store that are in some states, those of the oldest order first."""

    async def with_exceptions(self, request: PageRequest) -> Page[Fulfilment]:
        """The orders of which something waits for head office, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """An order that was placed, as payment and fulfilment see it; `open` until it is paid.

    `cancel_key` is that of the request that called it off before that.
    """

    id: str
    buyer_id: PersonId
    region_id: RegionId
    lines: tuple[OrderedLine, ...]
    rechecks: tuple[Recheck, ...]
    total: Fen
    shipping_fee: Fen
    expires_at: datetime
    open: bool
    recipient: Recipient | None
    destination: Position | None
    pickup_store_id: StoreId | None
    credit: Credit | None
    cancel_key: RequestKey | None = None
    wishes: Wishes = NO_WISHES

    @property
    def description(self) -> str:
        """What the buyer reads when paying: 极寒长款羽绒服 等 2 件; at most 40 characters."""
        pieces = sum(line.quantity for line in self.lines)
        first = self.lines[0].name[:30]
        return first if pieces == 1 else f"{first} 等 {pieces} 件"


class PayableOrders(Protocol):
    """The orders that were placed, as payment sees them."""

    async def payable(self, id: str) -> Payable | None:
        """The order of this id."""

    async def settle(self, act: Act, id: str) -> Decision | None:
        """Mark the order paid and answer which store gives what; again, it is the same answer.

        One that expired is revived if its units can still be had, else the answer is None.
        """

    async def cancel(self, act: Act, id: str, key: RequestKey, reason: str) -> bool:
        """Call off an order that is not paid and give its units back; tell whether it is off.

        The same request again answers the same; another one under its key is a Conflict.
        """


class Shelves(Protocol):
    """The stock of stores, as fulfilment changes it; every change is done once per operation."""

    async def candidates(
        self, region_id: RegionId, skus: Iterable[Sku], *, now: datetime
    ) -> Sequence[Candidate]:
        """The region's stores with what each could give just now."""

    async def given(self, part_id: str, store_id: StoreId, *, now: datetime) -> None:
        """Count a fulfilment order towards its store's capacity of today, once."""

    async def reserve(
        self, operation: str, order_id: str, store_id: StoreId, units: Units, *, now: datetime
    ) -> bool:
        """Promise units of one store, all or none; False where some are gone."""

    async def carry_out(self, effect: StockEffect, order_id: str, *, now: datetime) -> None:
        """Do what a step calls for."""


class BeforeRefunds(Protocol):
    """Whoever has something to see to before money goes back to a buyer."""

    async def may_go(
        self, act: Act, order_id: str, refunded: Fen, *, requested_at: datetime
    ) -> bool:
        """Whether a refund may be asked for now, after which the buyer has so much back in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentPorts(Ports):
    """The ports that payment and fulfilment need.

    A real provider tells of payments by notices; a sandbox has a wallet instead. Refunds that
    `before_refunds` lets wait are tried again.
    """

    fulfilments: Fulfilments
    orders: PayableOrders
    shelves: Shelves
    provider: PaymentProvider
    strays: StrayPayments
    return_policies: ReturnPolicies
    members: Members
    directory: DirectorySource
    news: OrderNews
    new_pickup_code: Callable[[], str]
    records: Records
    notices: Notices | None = None
    sandbox: SandboxWallet | None = None
    before_refunds: BeforeRefunds | None = None
