"""Anything that can happen to stock, in any order: nothing is ever oversold or miscounted."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
    run_state_machine_as_test,
)

from domain.kernel.refusals import Refusal
from domain.mall.fulfilment.stock_shelves import StockShelves
from domain.mall.orders import sweeping
from domain.mall.orders.order import Order, OrderState
from domain.mall.orders.ordered_units import carry_out
from domain.mall.orders.settling import settle
from domain.mall.orders.sweeping import GRACE
from domain.mall.stock import transferring
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.heeding import finish_movements
from domain.mall.stock.holding_back import follow_states, hold_back
from domain.mall.stock.moving import move_store
from domain.mall.stock.pools import Event, OrderId
from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.transferring import TransferPorts
from domain.mall.stock.transfers import TransferState, TransferVerdict
from domain.network.stores import StoreState
from domain.people.act import by_the_clock
from storage.mongo.mall.stock.transfers import MongoTransfers
from tests.support.crashing import Crash, Crashing, crashing_ledger, while_one_sleeps
from tests.support.selling import REGION, TILL, new_id
from tests.support.stock_machine import ELSEWHERE, HEAD_OFFICE, STORES, StockMachine

a_store = st.sampled_from(STORES)
which = st.sampled_from([0, 1])
a_verdict = st.sampled_from([None, *TransferVerdict])
few = st.integers(min_value=0, max_value=6)
some = st.integers(min_value=1, max_value=3)
a_step = st.sampled_from(["insert", "change", "conclude", "unmark"])
CRASHES = [("orders", "begin"), ("pools", "take"), ("orders", "place"), ("pools", "undo")]


class Stock(StockMachine):
    """What may happen."""

    @rule(store=a_store, sku=which, n=few)
    def count(self, store, sku, n) -> None:
        self.mall.now += timedelta(seconds=1)
        counted = Count(store_id=store, sku=self.skus[sku], on_hand=n, counted_at=self.mall.now)
        self.run(take_counts(self.mall.stocking, self.mall.act(TILL), [counted]))

    @rule(store=a_store, sku=which, n=some, step=a_step)
    def sell_offline(self, store, sku, n, step) -> None:
        """A till tells of a sale, is kept waiting at some step, and tells it again meanwhile."""
        self.mall.now += timedelta(seconds=1)
        told = Difference(
            id=new_id("receipt"), store_id=store, sku=self.skus[sku], units=-n, at=self.mall.now
        )

        async def tell(pools) -> None:
            stocking = replace(self.mall.stocking, pools=pools)
            await take_differences(stocking, self.mall.act(TILL), [told])

        self.run(while_one_sleeps(self.mall.pools, step, tell))

    @rule(store=a_store, n=few)
    def hold_back(self, store, n) -> None:
        async def work():
            await self.mall.stocking.safety.put(SafetyRule(units=n, store_id=store))
            await hold_back(
                self.mall.stocking,
                self.mall.act(),
                self.mall.reference.stores.values(),
                self.skus,
            )

        self.run(work())

    @rule(wanted=st.lists(st.tuples(few, few), min_size=1, max_size=4))
    def buy_at_once(self, wanted) -> None:
        async def one(units) -> Order | None:
            try:
                return await self.mall.buy(units, key="k", viewer=self.a_buyer())
            except Refusal:
                return None

        async def work():
            asked = [
                {sku: n for sku, n in zip(self.skus, pair, strict=True) if n} for pair in wanted
            ]
            return await asyncio.gather(*(one(units) for units in asked if units))

        before = self.pools()
        placed = [order for order in self.run(work()) if order is not None]
        for order in placed:
            self.orders.append(order)
            self.hold(order, 1)
        promised = Counter()
        for order in placed:
            for line in order.lines:
                promised[line.sku] += line.quantity
        assert all(n <= before[sku].available for sku, n in promised.items())

    @rule(pair=st.tuples(some, some), where=st.sampled_from(CRASHES), after=st.booleans())
    def crash_while_buying(self, pair, where, after) -> None:
        port, method = where
        whole = self.mall.ordering
        broken = Crashing(getattr(whole, port), method, after=after)
        self.mall.ordering = replace(whole, **{port: broken})
        buyer = self.a_buyer()
        units = dict(zip(self.skus, pair, strict=True))

        async def work():
            try:
                return await self.mall.buy(units, key="k", viewer=buyer)
            except (Crash, Refusal):
                return None

        order = self.run(work())
        self.mall.ordering = whole
        if order is None:
            found = self.run(self.mall.orders.by_key(buyer.id, "k"))
            order = found if found and found.promises else None
        if order is not None:
            self.orders.append(order)
            self.hold(order, 1)
        self.clean = False

    @rule(pick=few, other=a_store, where=a_store, n=some, arrived=few, verdict=a_verdict)
    def transfer(self, pick, other, where, n, arrived, verdict) -> None:
        """Units go to another store, some are told twice to have arrived, the rest decided on."""
        if other == where:
            return
        sku = self.skus[pick % 2]
        ports = TransferPorts(
            stocking=self.mall.stocking,
            outcomes=self.mall.outcomes,
            transfers=MongoTransfers(self.database),
            pause=asyncio.sleep,
        )
        act = self.mall.act(HEAD_OFFICE)

        async def work():
            number = new_id("transfer")
            sent = await transferring.send(ports, act, number, other, where, {sku: n})
            if sent.state is not TransferState.SENT:
                return sent
            for _ in range(2):
                if arrived:
                    units = {sku: min(n, arrived)}
                    sent = await transferring.receive(ports, act, number, units, key="first")
            if sent.missing and verdict:
                sent = await transferring.decide(ports, act, number, verdict, None, "?", key="rest")
            return sent

        transfer = self.run(work())
        self.incoming[where, sku] += transfer.missing.get(sku, 0)

    @rule(number=few, repeats=some)
    def release_in_a_crowd(self, number, repeats) -> None:
        """An order is called off; its release is asked for several times at once, and may crash."""
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        step = ["insert", "change", "conclude", "unmark"][number % 4]

        async def ask(pools):
            with contextlib.suppress(Crash):
                await carry_out(
                    pools,
                    self.mall.reference,
                    operation=f"{order.id}:off",
                    event=Event.RELEASED,
                    order_id=order.id,
                    shares=order.shares,
                    cause=self.mall.act().cause(),
                )

        async def work():
            broken = crashing_ledger(self.mall.pools, step, after=bool(number % 2))
            act = by_the_clock(self.mall.now, new_id)
            await settle(self.mall.ordering, act, order.id)
            await asyncio.gather(ask(broken), *(ask(self.mall.pools) for _ in range(repeats)))

        self.run(work())
        self.orders.remove(order)
        self.hold(order, -1)

    @rule(store=a_store, sku=which, n=some)
    def release_more_than_is_held(self, store, sku, n) -> None:
        """Whoever asks for that is wrong, and changes nothing."""
        before = self.pools()[self.skus[sku]].store(store)

        async def work():
            await carry_out(
                self.mall.pools,
                self.mall.reference,
                operation=new_id("wrong"),
                event=Event.RELEASED,
                order_id=OrderId("order"),
                shares={store: {self.skus[sku]: before.reserved + n}},
                cause=self.mall.act().cause(),
            )

        self.run(work())
        assert self.pools()[self.skus[sku]].store(store) == before

    @rule(store=a_store, step=a_step, spared=which)
    def move(self, store, step, spared) -> None:
        """A store with promises goes to another region and comes back, each way cut short once."""
        self.sweep()
        self.count(store=store, sku=0, n=6)
        self.buy_at_once(wanted=[(2, 0), (1, 0)])
        before = {sku: pool.store(store) for sku, pool in self.pools().items()}
        self.run(self._there_and_back(store, step, spared))
        after = {sku: pool.store(store) for sku, pool in self.pools().items()}
        for sku in self.skus:
            assert replace(after[sku], safety=0) == replace(before[sku], safety=0)

    async def _there_and_back(self, store, step, spared) -> None:
        """Each way is cut short at a step of leaving or, where that is spared, of arriving."""
        act = self.mall.act(HEAD_OFFICE)
        whole = self.mall.stocking
        for region in (ELSEWHERE, REGION):
            await self._set_state(store, StoreState.PAUSED)
            ports = replace(self.mall.moving, network=self.network)
            broken = crashing_ledger(self.mall.pools, step, after=True, spared=spared)
            with contextlib.suppress(Crash):
                await move_store(
                    replace(ports, stocking=replace(whole, pools=broken)), act, store, region
                )
            if self.mall.source.view.store(store).region_id != region:
                await move_store(ports, act, store, region)
            await self._set_state(store, StoreState.OPEN)

    async def _set_state(self, store, state) -> None:
        found = self.mall.source.view.store(store)
        await self.network.writer.save_stores(
            [replace(found, state=state, version=found.version + 1)]
        )
        await follow_states(self.mall.stocking, self.mall.act())

    @rule(number=few)
    def pay_late(self, number) -> None:
        """The money comes when the order has lapsed, or amid that: its units are taken anew."""
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        self.mall.now += timedelta(minutes=16)
        pools = self.mall.pools
        if number % 2:
            pools = crashing_ledger(pools, "insert", after=False)
        ports = replace(self.mall.sweeping, pools=pools)
        with contextlib.suppress(Crash, ExceptionGroup):
            self.run(sweeping.sweep_orders(ports, by_the_clock(self.mall.now, new_id)))
        order = self.run(self._half_expired()) or order
        self.expire()

        async def work():
            act = by_the_clock(self.mall.now, new_id)
            await settle(self.mall.ordering, act, order.id)
            return await self.mall.orders.by_id(order.id)

        after = self.run(work())
        assert after.release is None, "what it held is given back before it takes anything anew"
        if after.state is OrderState.PAID:
            self.hold(after, 1)
        else:
            assert any(self.pools()[sku].available < n for sku, n in after.units.items())
        self.clean = not number % 2  # the others of a sweep that was cut short wait for the next

    async def _half_expired(self) -> Order | None:
        """An order that has expired and whose units are not given back, if there is one."""
        for order in self.orders:
            found = await self.mall.orders.by_id(order.id)
            if found is not None and found.release is not None:
                return order
        return None

    @rule()
    def sweep(self) -> None:
        self.mall.now += GRACE + timedelta(milliseconds=1)
        self.run(finish_movements(self.mall.stocking, self.mall.act()))
        self.run(sweeping.sweep_orders(self.mall.sweeping, by_the_clock(self.mall.now, new_id)))
        self.expire()
        self.clean = True

    @rule()
    def wait_a_quarter_of_an_hour(self) -> None:
        self.mall.now += timedelta(minutes=15)
        self.run(sweeping.sweep_orders(self.mall.sweeping, by_the_clock(self.mall.now, new_id)))
        self.expire()
        self.clean = True

    @rule(number=few, event=st.sampled_from([Event.SHIPPED, Event.RELEASED, Event.WRITTEN_OFF]))
    def pay_and_finish(self, number, event) -> None:
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]

        async def work():
            act = by_the_clock(self.mall.now, new_id)
            await settle(self.mall.ordering, act, order.id)
            for _ in range(2):
                await carry_out(
                    self.mall.pools,
                    self.mall.reference,
                    operation=f"{order.id}:done",
                    event=event,
                    order_id=order.id,
                    shares=order.shares,
                    cause=act.cause(),
                )

        self.run(work())
        self.orders.remove(order)
        self.hold(order, -1)

    @rule(store=a_store, sku=which, n=some)
    def reserve_by_hand(self, store, sku, n) -> None:
        shelves = StockShelves(
            stocking=self.mall.stocking,
            outcomes=self.mall.outcomes,
            workload=self.mall.ordering.workload,
            new_id=new_id,
        )
        before = self.pools()[self.skus[sku]].store(store).available
        reserved = self.run(
            shelves.reserve(new_id("part"), "order", store, {self.skus[sku]: n}, now=self.mall.now)
        )
        assert reserved == (n <= before)
        if reserved:
            self.held[store, self.skus[sku]] += n


def test_stock_is_right_after_anything_that_can_happen(mongodb_uri: str):
    Stock.uri, Stock.name = mongodb_uri, "machine"
    run_state_machine_as_test(
        Stock,
        settings=settings(
            max_examples=15,
            stateful_step_count=50,
            deadline=None,
            # To shrink a failure here takes minutes; what it prints is short enough as it is.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
