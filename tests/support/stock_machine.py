"""A small mall to which anything may happen, and what must be true of its stock after each step."""

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import count

from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
)

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import PersonId
from domain.mall.orders.order import Order
from domain.mall.stock.reconciling import Promised, differences
from domain.network.directory import NetworkPorts
from domain.network.stores import RegionId, StoreId
from domain.people.viewer import Role, Viewer
from storage.advertising_claims import read_claims
from storage.divisions import read_divisions
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare
from storage.mongo.mall.stock.books import MongoBooks
from tests.support.builders import a_region
from tests.support.selling import (
    REGION,
    SmallMall,
    ViewWriter,
    a_reference,
    new_id,
    stores_in_a_row,
)

STORES = [StoreId(f"S{number}") for number in range(1, 4)]
NUMBERS = count()
ELSEWHERE = RegionId("320200")
HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)

LEFT_OVER = ["orders", "pools", "movements", "promise_outcomes"]
LEFT_OVER += ["safety_rules", "applied_states", "store_moves", "safety_doubts"]


class StockMachine(RuleBasedStateMachine):
    """Two SKUs in three stores; `held` is what orders should hold by what they were told.

    `incoming` is what transfers have on their way. Rules come with whoever makes things happen.
    """

    uri: str
    name: str

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.run(self._open())

    async def _open(self) -> None:
        number = next(NUMBERS)
        self.skus = [Sku(f"A-{number}"), Sku(f"B-{number}")]
        self.database = connect(self.uri, self.name)
        await prepare(self.database)
        for name in LEFT_OVER:  # by another example, for the sweeps to find in place of this one's
            await self.database[name].delete_many({})
        view = a_reference(stores_in_a_row(3), self.skus)
        regions = {REGION: a_region(), ELSEWHERE: a_region(ELSEWHERE, name="无锡市")}
        directory = replace(view.directory, regions=regions)
        self.mall = SmallMall(self.database, replace(view, directory=directory))
        self.orders: list[Order] = []
        self.held: Counter[tuple[StoreId, Sku]] = Counter()
        self.incoming: Counter[tuple[StoreId, Sku]] = Counter()
        self.network = NetworkPorts(
            source=self.mall.source,
            writer=ViewWriter(self.mall.source),
            divisions=read_divisions(),
            wording=read_claims(),
        )
        self.clean = True

    def a_buyer(self) -> Viewer:
        """Somebody else for each order: one buyer may leave but few orders unpaid."""
        return Viewer(id=PersonId(new_id("member")), role=Role.MEMBER)

    def run(self, work):
        return self.runner.run(work)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.client.close()
            self.runner.close()

    def expire(self) -> None:
        for order in [one for one in self.orders if one.expires_at <= self.mall.now]:
            self.orders.remove(order)
            self.hold(order, -1)

    def hold(self, order: Order, sign: int) -> None:
        for store_id, units in order.shares.items():
            for sku, n in units.items():
                self.held[store_id, sku] += sign * n

    def pools(self):
        return self.run(self.mall.pools.load(REGION, self.skus))

    @invariant()
    def no_number_is_below_nothing(self) -> None:
        for pool in self.pools().values() if hasattr(self, "mall") else ():
            for stock in pool.stores.values():
                assert min(stock.on_hand, stock.reserved, stock.damaged, stock.incoming) >= 0

    @invariant()
    def where_units_are_missing_a_shortage_waits(self) -> None:
        if not hasattr(self, "mall") or not self.clean:
            return
        for pool in self.pools().values():
            for store_id, stock in pool.stores.items():
                if stock.on_hand < stock.reserved:
                    waiting = self.run(self.mall.stocking.shortages.waiting(store_id, 100))
                    assert pool.sku in {one.sku for one in waiting}, (
                        "nobody is told what is missing"
                    )

    @invariant()
    def what_is_reserved_or_incoming_is_what_orders_and_transfers_hold(self) -> None:
        if not hasattr(self, "mall") or not self.clean:
            return
        for sku, pool in self.pools().items():
            for store_id in STORES:
                assert pool.store(store_id).reserved == self.held[store_id, sku]
                assert pool.store(store_id).incoming == self.incoming[store_id, sku]

    @invariant()
    def every_number_is_what_its_movements_make_of_it(self) -> None:
        for sku in self.skus if hasattr(self, "mall") else ():
            book = self.run(MongoBooks(self.database).read_one((REGION, sku), self.mall.now))
            wrong = differences(replace(book, busy=frozenset(STORES)), Promised(), {})
            assert not wrong, wrong
