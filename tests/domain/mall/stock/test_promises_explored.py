"""Promises outside placing, explored: every order of turns and crashes of `take_once`.

Pools are a memory whose writes are those of the adapter, each a turn of its own: the take, the line
in the ledger, taking marks off, undoing. The sweeper does what `resolve_changes` does with a mark.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.kernel.refusals import Unavailable
from domain.mall.stock.operations import take_once
from domain.mall.stock.pools import promise
from tests.support.exploring import Shared, explore, turn

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_promise(attempt: str):
    return promise(
        id="part-1:0",
        attempt=attempt,
        region_id="R",
        order_id="order",
        at=AT,
        actor="system",
        shares={"S1": {"A": 1}},
        tentative=False,
    )


class Memory(Shared):
    """One pool with two units, the ledger's line of the promise, and what was decided of it."""

    def __init__(self):
        self.free = 2
        self.mark = None
        self.line = None
        self.stands = None

    def snapshot(self):
        return repr((self.free, self.mark, self.line, self.stands))

    def check(self):
        assert self.free >= 0, "sold twice"
        assert self.free <= 2, "given back twice"

    def check_end(self, answers):
        told = {one for one in answers.values() if isinstance(one, bool)}
        assert self.mark is None, "a mark was left"
        assert self.free == (1 if self.line else 2), "the ledger tells otherwise"
        if self.stands is not None:
            assert bool(self.line) == self.stands, "what was decided is not what is there"
            assert told <= {self.stands}, "not all were told the same"

    @turn
    def of(self, promise_id):
        return self.stands

    @turn
    def decide(self, promise_id, stands):
        self.stands = stands if self.stands is None else self.stands
        return self.stands

    @turn
    def _take(self, change):
        if self.mark is None and self.free:
            self.free, self.mark = self.free - 1, change.attempt
        return self.mark

    @turn
    def _write_line(self, change):
        self.line = self.line or change.attempt
        return self.line

    @turn
    def _unmark(self, change):
        self.mark = None if self.mark == change.attempt else self.mark

    @turn
    def _undo(self, change):
        if self.mark == change.attempt:
            self.free, self.mark = self.free + 1, None

    @turn
    def _marked(self):
        return self.mark

    async def take(self, changes):
        [change] = changes
        attempt = await self._take(change)
        return [replace(change, attempt=attempt)] if attempt else []

    async def undo(self, changes):
        for change in changes:
            await self._undo(change)

    async def settle(self, changes):
        for change in changes:
            if await self._write_line(change) == change.attempt:
                await self._unmark(change)
            else:
                await self._undo(change)


def taker(attempt: str, take=take_once):
    async def try_it(memory: Memory):
        try:
            return await take(memory, memory, a_promise(attempt))
        except Unavailable:
            return None

    return try_it


async def sweep(memory: Memory):
    attempt = await memory._marked()
    if attempt is None:
        return
    [change] = a_promise(attempt)
    if await memory.decide(change.id, False):
        await memory.settle([change])
    else:
        await memory.undo([change])


def explored(take=take_once):
    actors = {"one": taker("one", take), "two": taker("two", take), "sweeper": sweep}
    return explore(Memory, actors, mortal=("one", "two", "sweeper"), finish=sweep)


def test_a_promise_is_made_once_or_not_whoever_is_paused_or_dies_when():
    found = explored()
    assert found.states > 300
    assert found.ends > 10


async def _without_deciding(pools, outcomes, changes):
    """Whoever finds the units takes them, and asks nobody whether the promise stands."""
    taken = await pools.take(changes)
    if taken:
        await pools.settle(changes)
    return bool(taken)


async def _never_a_ghost(pools, outcomes, changes):
    """As it is, but what another attempt has done is not taken back."""
    if (decided := await outcomes.of("")) is not None:
        return decided
    taken = await pools.take(changes)
    mine = [one for one in taken if one.attempt == changes[0].attempt]
    if len(mine) < len(taken):
        raise Unavailable("")
    stands = await outcomes.decide("", bool(mine))
    for one in mine:
        if stands:
            await pools._write_line(one)
            await pools._unmark(one)
        else:
            await pools.undo([one])
    return stands


@pytest.mark.parametrize("take", [_without_deciding, _never_a_ghost])
def test_the_exploration_finds_what_is_wrong_with_simpler_ways(take):
    with pytest.raises(AssertionError):
        explored(take)
