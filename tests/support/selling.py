"""A small mall to sell in: the real pools, orders and ledger on a database, a fixed catalogue."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from domain.catalogue.catalogue import Catalogue, Sku
from domain.kernel.apply_once import conclude
from domain.kernel.ids import PersonId
from domain.kernel.places import Datum, Position
from domain.mall.orders import placing as ordering
from domain.mall.orders.order import Order, Recipient
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.requests import OrderRequest, RequestedLine
from domain.mall.orders.sweeping import OrderSweepPorts
from domain.mall.reference import Reference
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.moving import MovePorts
from domain.mall.stock.pools import Pool
from domain.mall.stock.reconciling import ReconcilePorts, reconcile
from domain.mall.stock.stocking import StockPorts
from domain.network.directory import Directory, NetworkPorts
from domain.network.stores import RegionId, Store, StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import Credit
from storage.divisions import read_divisions
from storage.mongo.kernel.database import Database
from storage.mongo.mall.consumers.consumers import MongoConsumers
from storage.mongo.mall.fulfilment.promises import MongoPromises
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.mall.orders.unpaid import MongoUnpaidBook
from storage.mongo.mall.routing.workload import MongoWorkload
from storage.mongo.mall.stock.books import MongoBooks
from storage.mongo.mall.stock.moves import MongoStoreMoves
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.safety import MongoAppliedStates, MongoSafetyDoubts, MongoSafetyRules
from storage.mongo.mall.stock.shortages import MongoShortages
from storage.mongo.mall.stock.stock import MongoPools
from storage.mongo.promotions.coupons import MongoCoupons
from storage.turns import Turns
from tests.support.builders import NOON, a_product, a_region, a_store, a_variant
from tests.support.keys import RING
from tests.support.purses import audience_ports, purse_ports

REGION = RegionId("320500")
COAT, VEST = Sku("10001-NVY-M"), Sku("10002-BLK-L")
BUYER = Viewer(id=PersonId("member_1"), role=Role.MEMBER)
TILL = Viewer(id=PersonId("till"), role=Role.FEED)
RECIPIENT = Recipient(name="梅", phone="13900000000", district="320508", address="人民路1号")
AT_S1 = Position(longitude=120.6, latitude=31.3, datum=Datum.GCJ02)


def new_id(kind: str) -> str:
    """A new id; the composition's own takes a second to import, which racing processes have not."""
    return f"{kind}_{time.time_ns():x}{secrets.token_hex(4)}"


@dataclass
class FixedReference:
    """Reference data that a test sets."""

    view: Reference

    def now(self) -> Reference:
        return self.view

    def directory(self) -> Directory:
        return self.view.directory

    def catalogue(self) -> Catalogue:
        return self.view.catalogue


@dataclass
class ViewWriter:
    """Writes stores into a view itself."""

    source: FixedReference

    async def save_stores(self, stores: list[Store]) -> None:
        directory = self.source.view.directory
        changed = {**directory.stores, **{store.id: store for store in stores}}
        self.source.view = replace(self.source.view, directory=replace(directory, stores=changed))


class NoTouches:
    """Nobody came through a share link."""

    async def last_credit(self, ids: Sequence[PersonId], *, since: datetime) -> Credit | None:
        return None

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        return None

    async def advisor_of(self, ids: Sequence[PersonId], at: datetime) -> GuideId | None:
        return None

    def window(self) -> timedelta:
        return timedelta(days=7)


def stores_in_a_row(number: int, **changes) -> list[Store]:
    """Stores S1, S2, … of one region, each a little farther from S1."""
    return [
        a_store(
            f"S{i}",
            position=Position(longitude=120.6 + 0.01 * (i - 1), latitude=31.3, datum=Datum.GCJ02),
            **changes,
        )
        for i in range(1, number + 1)
    ]


def a_reference(stores: list[Store], skus=(COAT, VEST)) -> Reference:
    products = [
        a_product(f"P-{sku}", name=f"羽绒服 {sku}", variants=(a_variant(sku),)) for sku in skus
    ]
    return Reference(
        directory=Directory(
            regions={REGION: a_region()}, stores={store.id: store for store in stores}
        ),
        catalogue=Catalogue(products={product.id: product for product in products}),
    )


@dataclass
class SmallMall:
    """The use cases of selling, each with sensible arguments."""

    database: Database
    reference: Reference
    now: datetime = NOON
    _counts: int = field(default=0)

    def __post_init__(self) -> None:
        self.pools = MongoPools(self.database)
        self.orders = MongoOrders(self.database, RING)
        self.outcomes = MongoOutcomes(self.database)
        self.source = FixedReference(self.reference)
        budgets: Any = None  # none of its offers has one
        self.ordering = OrderPorts(
            reference=self.source,
            divisions=read_divisions(),
            pools=self.pools,
            orders=self.orders,
            touches=NoTouches(),
            credit_window=NoTouches(),
            visits=NoTouches(),
            workload=MongoWorkload(self.database),
            conclude_points=partial(conclude, purse_ports(self.database).ledger),
            settle=self.pools.settle,
            pause=asyncio.sleep,
            turns=Turns(),
            unpaid=MongoUnpaidBook(self.database),
            unpaid_orders=self.orders,
            coupons=MongoCoupons(self.database),
            wallets=purse_ports(self.database),
            traits=audience_ports(self.database),
            consumers=MongoConsumers(self.database, RING),
            budgets=budgets,
        )
        self.stocking = StockPorts(
            reference=self.source,
            pools=self.pools,
            safety=MongoSafetyRules(self.database),
            shortages=MongoShortages(self.database),
            applied=MongoAppliedStates(self.database),
            doubts=MongoSafetyDoubts(self.database),
        )
        self.sweeping = OrderSweepPorts(
            reference=self.source,
            orders=self.orders,
            pools=self.pools,
            outcomes=self.outcomes,
            budgets=budgets,
        )

    @property
    def moving(self) -> MovePorts:
        """What moving a store needs; nobody writes stores."""
        network: Any = NetworkPorts(source=self.source, writer=None, divisions=None, wording=None)
        return MovePorts(
            network=network, stocking=self.stocking, moves=MongoStoreMoves(self.database)
        )

    @property
    def reconciling(self) -> ReconcilePorts:
        """What reconciling needs."""
        return ReconcilePorts(
            books=MongoBooks(self.database),
            promises=MongoPromises(self.database),
            moving=self.moving,
        )

    async def wrong(self) -> list[str]:
        """Every number that reconciling finds wrong."""
        return sorted(str(one) for one in await reconcile(self.reconciling, self.act()))

    def act(self, viewer: Viewer = BUYER) -> Act:
        """Something that somebody does at the mall's moment."""
        return Act(viewer=viewer, at=self.now, new_id=new_id)

    async def stock(self, **stores: dict[Sku, int]) -> None:
        """Count stores' stock, as in stock(S1={COAT: 5}), each time a second later."""
        self._counts += 1
        counted_at = self.now - timedelta(hours=1) + timedelta(seconds=self._counts)
        counts = [
            Count(store_id=StoreId(store_id), sku=sku, on_hand=n, counted_at=counted_at)
            for store_id, units in stores.items()
            for sku, n in units.items()
        ]
        await take_counts(self.stocking, self.act(TILL), counts)

    async def buy(self, units: dict[Sku, int], *, key="k1", viewer=BUYER, **changes) -> Order:
        """Order some units, to be sent to where S1 is."""
        fields = {
            "store_id": "S1",
            "lines": tuple(RequestedLine(sku=sku, quantity=n) for sku, n in units.items()),
            "recipient": RECIPIENT,
            "destination": AT_S1,
        }
        request = OrderRequest(**{**fields, **changes})
        return await ordering.place(self.ordering, self.act(viewer), request, idempotency_key=key)

    async def pool(self, sku: Sku) -> Pool:
        return (await self.pools.load(REGION, [sku]))[sku]

    async def marks(self) -> list:
        """The changes that are not in the ledger yet."""
        return await self.pools.unsettled(self.now + timedelta(days=1), 1000)
