"""Counts and safety, explored: every order of turns and crashes of the code as it is.

The adapters run over a memory in which each command to the database is a turn. Counts, safety
rules, stores that pause, orders' promises and what tills, parcels, returns and transfers move meet
in one pool; whoever dies, tills send again what they were not told of, and the clock's jobs do the
rest.
"""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from typing import Any, ClassVar

import pytest
from pymongo import UpdateOne

from domain.kernel.apply_once import GRACE
from domain.kernel.states import SYSTEM, Cause
from domain.mall.orders.ordered_units import carry_out
from domain.mall.orders.sweeping import OrderSweepPorts, resolve_changes
from domain.mall.stock import holding_back, ledger
from domain.mall.stock.counts import Count, take_counts
from domain.mall.stock.differences import Difference, take_differences
from domain.mall.stock.heeding import finish_movements, heed
from domain.mall.stock.holding_back import follow_states, look_again, set_rule
from domain.mall.stock.moving import MovePorts
from domain.mall.stock.operations import do_once, take_once
from domain.mall.stock.pools import Delta, Event, Movement, OrderId, promise
from domain.mall.stock.reconciling import Promised, ReconcilePorts, reconcile
from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import StoreId, StoreState
from domain.people.act import Act
from storage.mongo.mall.stock import ledger as stock_ledger
from storage.mongo.mall.stock import pool_documents
from storage.mongo.mall.stock.books import MongoBooks
from storage.mongo.mall.stock.ledger import MongoStockLedger
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.safety import MongoAppliedStates, MongoSafetyDoubts, MongoSafetyRules
from storage.mongo.mall.stock.shortages import MongoShortages
from storage.mongo.mall.stock.stock import MongoPools
from tests.support.builders import a_store
from tests.support.exploring import Actor, explore
from tests.support.network import HEAD_OFFICE
from tests.support.selling import COAT, REGION, TILL, FixedReference, a_reference
from tests.support.turning_database import Fewer, TurningDatabase, copied

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
S1 = StoreId("S1")
PAUSED = a_reference([a_store("S1", state=StoreState.PAUSED, version=2)])
OPEN = a_reference([a_store("S1")])
RESUMED = a_reference([a_store("S1", version=3)])


class Pool(TurningDatabase):
    """One pool in which the store has counted five an hour ago."""

    begun: ClassVar[dict[str, dict]] = {}
    on_hand = 0

    def __init__(self) -> None:
        super().__init__()
        if not Pool.begun:
            run_alone(self, Process(self, "beginning").count(5, -60))
            Pool.begun = copied(self.documents)
        self.documents.update(copied(Pool.begun))

    def check(self):
        for pool in self.documents["pools"].values():
            for stock in pool["stores"].values():
                assert stock["on_hand"] >= 0, "fewer than none"
                assert stock["reserved"] >= 0, "released twice"
                free = stock["on_hand"] - stock["reserved"] - stock["safety"]
                assert stock["free"] == free, "free is not what it follows from"
            assert pool["available"] == sum(
                max(0, stock["free"]) for stock in pool["stores"].values()
            ), "the total is not the sum"

    def check_end(self, answers):
        wrong, stock = answers["finish"]
        assert wrong == [], f"not as it should be: {wrong}"
        assert stock.on_hand == self.on_hand, "not what was counted and moved since"
        assert stock.incoming == 0, "not arrived"


def run_alone(shared: Pool, work) -> None:
    shared.running = Actor(work)
    with suppress(StopIteration):
        while True:
            work.send(None)


class Promises:
    """What orders hold: what was decided and has not left, as each promise is of one unit."""

    def __init__(self, process: "Process") -> None:
        self._process = process

    async def read(self) -> Promised:
        stands = await self._process.outcomes.of("part-1:0")
        left = await self._process.pools.ledger.entries([f"shipped/{COAT}/S1"])
        stands = stands and not left
        return Promised(units=Counter({(S1, COAT): 1} if stands else {}))


class Process:
    """The ports of one process over the shared memory, and what it does in what order."""

    def __init__(self, shared: Pool, name: str, *, view=OPEN, turns=()) -> None:
        self.name, self.numbers = name, numbers()
        self.database: Any = Fewer(shared, *turns)
        self.pools = MongoPools(self.database)
        self.pools._ledger = MongoStockLedger(self.database, clock=lambda: AT)
        self.outcomes = MongoOutcomes(self.database)
        self.ports = StockPorts(
            reference=FixedReference(view),
            pools=self.pools,
            safety=MongoSafetyRules(self.database),
            shortages=MongoShortages(self.database),
            applied=MongoAppliedStates(self.database),
            doubts=MongoSafetyDoubts(self.database),
        )

    def act(self, viewer=TILL, at=AT) -> Act:
        return Act(
            viewer=viewer, at=at, new_id=lambda kind: f"{kind}-{self.name}-{next(self.numbers)}"
        )

    async def count(self, on_hand: int, minutes: int) -> None:
        taken = Count(
            store_id=S1, sku=COAT, on_hand=on_hand, counted_at=AT + timedelta(minutes=minutes)
        )
        await take_counts(self.ports, self.act(at=AT + timedelta(minutes=9)), [taken])

    async def sell(self, minutes: int) -> None:
        told = Difference(
            id="r1", store_id=S1, sku=COAT, units=-1, at=AT + timedelta(minutes=minutes)
        )
        await take_differences(self.ports, self.act(), [told])

    async def rule(self, units: int) -> None:
        await set_rule(self.ports, self.act(HEAD_OFFICE), SafetyRule(units=units, store_id=S1))

    async def follow(self) -> None:
        await follow_states(self.ports, self.act())

    async def order(self) -> bool:
        changes = promise(
            id="part-1:0",
            attempt=self.name,
            region_id=REGION,
            order_id="order",
            at=AT,
            actor="system",
            shares={S1: {COAT: 1}},
            tentative=False,
        )
        return await take_once(self.pools, self.outcomes, changes)

    async def ship(self, minutes: int) -> None:
        """Let the order's unit leave; the order is sure of it."""
        await self.order()
        await self._carry_out(Event.SHIPPED, minutes)

    async def take_back(self, minutes: int) -> None:
        await self._carry_out(Event.RETURNED, minutes)

    async def receive(self, minutes: int) -> None:
        """Receive the one unit of a transfer, which was sent an hour before all else."""
        coming = self._of_transfer(Event.TRANSFER_COMING, -60, incoming=1)
        arrived = self._of_transfer(Event.TRANSFER_RECEIVED, minutes, incoming=-1, on_hand=1)
        for one in (coming, arrived):
            await do_once(self.pools, [one], first=heed(self.ports, self.act()))

    async def _carry_out(self, event: Event, minutes: int) -> None:
        await carry_out(
            self.pools,
            self.ports.reference.now(),
            operation=event.lower(),
            event=event,
            order_id=OrderId("order"),
            shares={S1: {COAT: 1}},
            cause=Cause(actor=SYSTEM, at=AT + timedelta(minutes=minutes)),
            first=heed(self.ports, self.act()),
        )

    def _of_transfer(self, event: Event, minutes: int, **units: int) -> Movement:
        return Movement(
            change_id=event.lower(),
            region_id=REGION,
            sku=COAT,
            event=event,
            delta=Delta(store_id=S1, **units),
            actor=SYSTEM,
            at=AT + timedelta(minutes=minutes),
        )

    async def sweep(self) -> None:
        act = self.act(at=AT + GRACE + timedelta(seconds=1))
        sweeping: Any = OrderSweepPorts(
            reference=self.ports.reference,
            orders=None,
            pools=self.pools,
            outcomes=self.outcomes,
            budgets=None,
        )
        await resolve_changes(sweeping, act)
        await finish_movements(self.ports, act)
        await follow_states(self.ports, act)
        await look_again(self.ports, act)

    async def wrong(self) -> list[str]:
        moving: Any = MovePorts(network=None, stocking=self.ports, moves=None)
        ports = ReconcilePorts(
            books=MongoBooks(self.database), promises=Promises(self), moving=moving
        )
        return [str(one) for one in await reconcile(ports, self.act())]


def does(name: str, *args, view=OPEN, turns=()):
    """An actor that is a process of its own and does one thing, waiting where others matter."""

    def make(shared: Pool):
        me = f"{name} {args} {view.store(S1).version}"
        return getattr(Process(shared, me, view=view, turns=turns), name)(*args)

    make.__name__ = name
    return make


def explored(*actors, on_hand: int, again=(), view=OPEN):
    """Take actors through all orders; then tills send again, and the clock does its work."""

    class Expecting(Pool):
        pass

    Expecting.on_hand = on_hand

    async def finish(shared: Pool):
        process = Process(shared, "finish", view=view)
        for name, *args in again:
            await getattr(process, name)(*args)
        await process.sweep()
        pool = (await process.pools.load(REGION, [COAT]))[COAT]
        return await process.wrong(), pool.store(S1)

    cast = {f"{number} {one.__name__}": one for number, one in enumerate(actors)}
    found = explore(Expecting, cast, mortal=tuple(cast), finish=finish)
    assert found.states > 100
    assert found.ends > 10


OLDER, NEWER = ("count", 6, 1), ("count", 8, 2)
STOCK = ("pools", "movements")
RULES = ("pools", "safety_rules")
STATES = ("pools", "applied_states")


def test_of_two_counts_the_newest_wins_whoever_is_paused_or_dies_when():
    explored(does(*OLDER), does(*NEWER), on_hand=8, again=[OLDER, NEWER])


@pytest.mark.parametrize(("minutes", "on_hand"), [(1, 8), (3, 7)])
def test_a_sale_before_a_count_is_in_it_and_one_after_it_is_taken_off(minutes, on_hand):
    sale = ("sell", minutes)
    explored(does(*NEWER), does(*sale), on_hand=on_hand, again=[NEWER, sale])


@pytest.mark.parametrize(
    ("name", "minutes", "on_hand"),
    [
        ("ship", 1, 8),
        ("ship", 3, 7),
        ("take_back", 1, 8),
        ("take_back", 3, 9),
        ("receive", 1, 8),
        ("receive", 3, 9),
    ],
)
def test_what_moved_before_a_count_is_in_it_and_what_moved_after_it_is_not(name, minutes, on_hand):
    moved = (name, minutes)
    actors = [does(*one, turns=STOCK) for one in (NEWER, moved)]
    explored(*actors, on_hand=on_hand, again=[NEWER, moved])


def test_a_promise_amid_a_count_is_kept_or_not_made():
    explored(does(*NEWER), does("order"), on_hand=8, again=[NEWER])


def test_a_count_amid_a_new_rule_ends_as_the_rule_says():
    actors = does(*NEWER, turns=RULES), does("rule", 2, turns=RULES)
    explored(*actors, on_hand=8, again=[NEWER])


def test_rules_that_are_set_at_once_end_as_one_of_them_says():
    setters = [does("rule", units, turns=("pools",)) for units in (2, 3)]
    explored(*setters, on_hand=5)


def test_a_count_by_who_has_not_heard_of_a_pause_sells_nothing():
    actors = does(*NEWER, turns=STATES), does("follow", view=PAUSED, turns=STATES)
    explored(*actors, on_hand=8, again=[NEWER], view=PAUSED)


def test_a_store_that_is_paused_and_resumed_at_once_sells_again():
    actors = [does("follow", view=view, turns=STATES) for view in (PAUSED, RESUMED)]
    explored(*actors, on_hand=5, view=RESUMED)


def test_a_count_a_sale_and_a_promise_at_once_end_as_they_should():
    sale = ("sell", 3)
    actors = [does(*one, turns=("pools",)) for one in (NEWER, sale, ("order",))]
    explored(*actors, on_hand=7, again=[NEWER, sale])


# The faults that conditions and doubts are there against: each of these must be found.


def _without(*kinds: str):
    """Writes that do not ask whether some numbers of the store are still as they were found."""
    as_found = pool_documents._as_found

    def careless(pool, deltas):
        wanted = as_found(pool, deltas)
        return {path: one for path, one in wanted.items() if not path.endswith(kinds)}

    return lambda patch: patch.setattr(pool_documents, "_as_found", careless)


def _nobody_doubts(patch) -> None:
    async def forget(self, doubt) -> None:
        pass

    patch.setattr(MongoSafetyDoubts, "put", forget)


def _doubts_end_early(patch) -> None:
    """Before it was looked whether the stores' states are still the same."""

    async def hold(doubting, stores, skus):
        await holding(doubting, stores, skus)
        await doubting.end()

    holding = holding_back._hold_back
    patch.setattr(holding_back, "_hold_back", hold)


def _only_tills_heed_counts(patch) -> None:
    """As it was: what a count has seen leave or arrive changed the count's number again."""
    is_counted = ledger._is_counted

    def careless(movement, stock):
        return movement.event in ledger.TOLD_BY_TILLS and is_counted(movement, stock)

    patch.setattr(ledger, "_is_counted", careless)


def _not_asked_again(patch) -> None:
    """A movement is written without asking whether a count has come since it was looked at."""
    moving = stock_ledger.moving

    def careless(movement, document, mark):
        write = moving(movement, document, mark)
        if isinstance(write, UpdateOne):
            write._filter.pop("stores.S1.counted_at", None)
        return write

    patch.setattr(stock_ledger, "moving", careless)


def _shipped_at_once() -> None:
    test_what_moved_before_a_count_is_in_it_and_what_moved_after_it_is_not("ship", 1, 8)


@pytest.mark.parametrize(
    ("plant", "scenario"),
    [
        (_only_tills_heed_counts, _shipped_at_once),
        (_not_asked_again, _shipped_at_once),
        (_without(".safety"), test_rules_that_are_set_at_once_end_as_one_of_them_says),
        (
            _without(".counted_at", ".on_hand"),
            test_of_two_counts_the_newest_wins_whoever_is_paused_or_dies_when,
        ),
        (_nobody_doubts, test_a_count_amid_a_new_rule_ends_as_the_rule_says),
        (_doubts_end_early, test_a_store_that_is_paused_and_resumed_at_once_sells_again),
    ],
)
def test_the_exploration_finds_what_is_wrong_without_them(monkeypatch, plant, scenario):
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="not "):
        scenario()
