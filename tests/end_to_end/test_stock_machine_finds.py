"""Faults, each planted in a copy of the code that had it, and what of the machine finds it."""

import contextlib
from dataclasses import replace

import pytest

from domain.kernel.apply_once import State
from domain.mall.orders.ordered_units import carry_out
from domain.mall.stock.pools import Change, Event
from storage.mongo.mall.stock.pool_documents import moving
from tests.end_to_end.test_stock_machine import Stock
from tests.support.selling import new_id
from tests.support.stock_machine import STORES


async def _pool_first(pools, movements, *, first=None, meanwhile=None):
    """The pool is changed before the ledger: a second attempt is a ghost, and is undone.

    What somebody has bought meanwhile of the ghost's units is then missing, and nobody is told.
    """
    changes = [
        Change(
            id=one.change_id,
            attempt=new_id("try"),
            region_id=one.region_id,
            sku=one.sku,
            event=one.event,
            deltas=(one.delta,),
            actor=one.actor,
            at=one.at,
        )
        for one in movements
    ]
    by_key = {one.key: one for one in changes}
    done = await pools.apply(list(by_key), lambda pool: by_key[pool.key])
    if meanwhile:
        await meanwhile()
    await pools.settle(done)


async def _look_first(pools, movements, *, first=None):
    """Who finds nothing in the ledger changes the pool, however long ago they have looked."""
    ledger = pools.ledger
    known = await ledger.entries([one.id for one in movements])
    done = await ledger.change([one for one in movements if one.id not in known])
    await ledger.insert(movements)
    await ledger.conclude(done.values(), State.NEW)
    await ledger.unmark(done.values())
    return [replace(one, fresh=True) for one in done.values()]


def a_ghost_is_undone(machine: Stock, patch) -> None:
    """Found by: where units are missing, a shortage waits."""
    machine.count(store=STORES[0], sku=0, n=2)
    machine.buy_at_once(wanted=[(2, 0)])
    buyer = iter([None, lambda: machine.mall.buy({machine.skus[0]: 4}, key="amid")])
    patch.setattr(
        "domain.mall.orders.ordered_units.do_once",
        lambda *args, **more: _pool_first(*args, **more, meanwhile=next(buyer, None)),
    )
    [order] = machine.orders
    for _ in range(2):
        machine.run(
            carry_out(
                machine.mall.pools,
                machine.mall.reference,
                operation="off",
                event=Event.RELEASED,
                order_id=order.id,
                shares=order.shares,
                cause=machine.mall.act().cause(),
            )
        )
    machine.where_units_are_missing_a_shortage_waits()


def a_look_before_a_change(machine: Stock, patch) -> None:
    """Found by: a till that sleeps before the change tells its sale again, and it counts twice."""
    machine.count(store=STORES[0], sku=0, n=6)
    patch.setattr("domain.mall.stock.differences.do_once", _look_first)
    machine.sell_offline(store=STORES[0], sku=0, n=2, step="change")
    machine.every_number_is_what_its_movements_make_of_it()


def a_loose_release(machine: Stock, patch) -> None:
    """Found by: who releases more than is held changes nothing."""
    machine.count(store=STORES[0], sku=0, n=6)
    patch.setattr("storage.mongo.mall.stock.ledger.as_done", lambda movement, _: movement)
    patch.setattr("storage.mongo.mall.stock.ledger.moving", _loosely)
    machine.release_more_than_is_held(store=STORES[0], sku=0, n=1)


def _loosely(movement, document, mark):
    write = moving(movement, document, mark)
    write._filter.pop(f"stores.{movement.delta.store_id}.reserved", None)
    return write


def a_sale_that_raises_no_shortage(machine: Stock, patch) -> None:
    """Found by: where units are missing, a shortage waits."""
    machine.count(store=STORES[0], sku=0, n=2)
    machine.buy_at_once(wanted=[(2, 0)])
    patch.setattr("domain.mall.stock.heeding.TOLD_BY_TILLS", frozenset())
    machine.sell_offline(store=STORES[0], sku=0, n=1, step="insert")
    machine.where_units_are_missing_a_shortage_waits()


class Unplanted:
    """Leaves the code as it is."""

    def setattr(self, *_) -> None:
        pass


@pytest.mark.parametrize("planted", [True, False])
@pytest.mark.parametrize(
    "find",
    [a_ghost_is_undone, a_look_before_a_change, a_loose_release, a_sale_that_raises_no_shortage],
)
def test_the_machine_finds_a_planted_fault(mongodb_uri: str, monkeypatch, find, planted):
    Stock.uri, Stock.name = mongodb_uri, "machine"
    machine = Stock()
    machine.open()
    try:
        with pytest.raises(AssertionError) if planted else contextlib.nullcontext():
            find(machine, monkeypatch if planted else Unplanted())
    finally:
        machine.teardown()
