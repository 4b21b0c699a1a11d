"""Apply once, explored: every order of turns and crashes of its real code over a memory."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from domain.kernel.apply_once import Entry, Posting, State, apply_once, take
from tests.support.exploring import Shared, explore, turn

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAIN = Posting(id="m", target="t", at=AT, add={"n": 1})
GUARDED = Posting(id="m", target="t", at=AT, add={"n": -1}, at_least={"n": 1})


class Memory(Shared):
    """One target and the movements, each write a turn of its own."""

    def __init__(self, n=0):
        self.begun = self.n = n
        self.marks = {}
        self.movements = {}
        self.times = {}

    def snapshot(self):
        return repr((self.n, sorted(self.marks.items()), sorted(self.movements.items())))

    def check(self):
        assert all(times == 1 for times in self.times.values()), "applied twice"
        assert self.n >= 0, "spent what was not there"

    def check_end(self, answers):
        state = self.movements["m"].state if self.movements else None
        if state is not None:
            assert state in (State.APPLIED, State.REFUSED), f"left {state}"
            assert (state is State.APPLIED) == ("m" in self.times), "the ledger tells otherwise"
        told = {entry.state for answer in answers.values() for entry in answer or ()}
        assert told <= {state}, "not all were told the same"

    @turn
    def insert(self, movements: Sequence[Posting]):
        fresh = [one for one in movements if one.id not in self.movements]
        self.movements |= {one.id: Entry(movement=one, state=State.NEW) for one in fresh}
        return [one.id for one in fresh]

    async def change(self, movements: Sequence[Posting]):
        return await self.write_change(movements) or await self.read_marks(movements)

    async def refuse(self, movements: Sequence[Posting]):
        return await self.write_refusal(movements) or await self.read_marks(movements)

    @turn
    def write_change(self, movements: Sequence[Posting]):
        [one] = movements
        if one.id in self.marks or self.n < one.at_least.get("n", 0):
            return {}
        self.n += one.add["n"]
        self.times[one.id] = self.times.get(one.id, 0) + 1
        self.marks[one.id] = State.APPLIED
        return {one.id: Entry(movement=one, state=State.APPLIED)}

    @turn
    def write_refusal(self, movements: Sequence[Posting]):
        [one] = movements
        if one.id in self.marks:
            return {}
        self.marks[one.id] = State.REFUSED
        return {one.id: Entry(movement=one, state=State.REFUSED)}

    @turn
    def read_marks(self, movements: Sequence[Posting]):
        return {
            one.id: Entry(movement=one, state=self.marks[one.id])
            for one in movements
            if one.id in self.marks
        }

    @turn
    def conclude(self, entries, before: State):
        won = [one for one in entries if self.movements[one.movement.id].state is before]
        self.movements |= {one.movement.id: one for one in won}
        return [one.movement.id for one in won]

    @turn
    def unmark(self, entries):
        for entry in entries:
            self.marks.pop(entry.movement.id, None)

    @turn
    def claim(self, ids):
        for one in ids:
            if self.movements[one].state is State.NEW:
                self.movements[one] = Entry(
                    movement=self.movements[one].movement, state=State.TAKING
                )

    @turn
    def entries(self, ids):
        return {one: self.movements[one] for one in ids if one in self.movements}

    @turn
    def add(self):
        self.n += 1

    @turn
    def take(self):
        self.n -= min(self.n, 1)


async def sweep(memory):
    return (await take(memory, ["m"])).values()


def sender(movement, send=apply_once):
    return lambda memory: send(memory, [movement])


async def rival(memory):
    """Meets the guard for a moment, and no longer."""
    await memory.add()
    await memory.take()


async def generous(memory):
    """Meets the guard from some moment on."""
    await memory.add()


def explored(movement, *others, send=apply_once, sweeping=sweep, senders=2, sweepers=1):
    actors = {f"sender {number}": sender(movement, send) for number in range(senders)}
    actors |= {f"sweeper {number}": sweeping for number in range(sweepers)}
    mortal = tuple(actors)
    actors |= {f"rival {number}": other for number, other in enumerate(others)}
    return explore(Memory, actors, mortal=mortal, finish=sweeping)


@pytest.mark.parametrize(("senders", "sweepers"), [(2, 1), (1, 2), (3, 0)])
def test_a_movement_is_applied_once_whoever_is_paused_or_dies_when(senders, sweepers):
    found = explored(PLAIN, senders=senders, sweepers=sweepers)
    assert found.states > 500
    assert found.ends > 10


@pytest.mark.parametrize("other", [rival, generous])
def test_a_guard_that_comes_and_goes_is_decided_once_for_all(other):
    found = explored(GUARDED, other, senders=1, sweepers=2)
    assert found.states > 1_000
    assert found.ends > 10


# The faults that the protocol is there against: each of these must be found.


async def _direct(memory, movements):
    """Whoever comes changes the target, concludes and takes the mark off."""
    await memory.insert(movements)
    known = await memory.entries([one.id for one in movements])
    if all(entry.concluded for entry in known.values()):
        return list(known.values())
    done = await memory.change(movements) or await memory.refuse(movements)
    await memory.conclude(done.values(), State.NEW)
    await memory.unmark(done.values())
    return []


async def _retry_acts_directly(memory, movements):
    """A retry does as the one who inserted it, and takes the mark off only where it concluded."""
    await memory.insert(movements)
    done = await memory.change(movements) or await memory.refuse(movements)
    won = await memory.conclude(done.values(), State.NEW)
    if won:
        await memory.unmark(done.values())
    return []


async def _loser_unmarks(memory, movements):
    """The one who inserted it takes the mark off, also where a taker has concluded."""
    if not await memory.insert(movements):
        return (await take(memory, ["m"])).values()
    done = await memory.change(movements) or await memory.refuse(movements)
    await memory.conclude(done.values(), State.NEW)
    await memory.unmark(done.values())
    return []


async def _guard_unmet_is_not_marked(memory, movements):
    """A guard that is not met is decided by each for itself."""
    if not await memory.insert(movements):
        return list((await _take_without_refusal(memory)).values())
    done = await memory.change(movements) or {
        one.id: Entry(movement=one, state=State.REFUSED) for one in movements
    }
    won = await memory.conclude(done.values(), State.NEW)
    if won:
        await memory.unmark(done.values())
    return []


async def _take_without_refusal(memory):
    await memory.claim(["m"] if memory.movements else [])
    found = await memory.entries(["m"])
    taking = [entry.movement for entry in found.values() if not entry.concluded]
    if not taking:
        return found
    done = await memory.change(taking) or {
        one.id: Entry(movement=one, state=State.REFUSED) for one in taking
    }
    await memory.conclude(done.values(), State.TAKING)
    return {}


async def _sweep_and_unmark(memory):
    """A sweeper that tidies up behind itself."""
    done = await take(memory, ["m"])
    await memory.unmark(done.values())
    return done.values()


async def _sweep_without_refusal(memory):
    return (await _take_without_refusal(memory)).values()


@pytest.mark.parametrize(
    ("movement", "send", "sweeping"),
    [
        (PLAIN, _direct, sweep),
        (PLAIN, _retry_acts_directly, sweep),
        (PLAIN, _loser_unmarks, sweep),
        (PLAIN, apply_once, _sweep_and_unmark),
        (GUARDED, _guard_unmet_is_not_marked, _sweep_without_refusal),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_exploration_finds_what_is_wrong_with_the_obvious_versions(movement, send, sweeping):
    others = [generous] if movement is GUARDED else []
    with pytest.raises(AssertionError, match=r"twice|otherwise|told the same|left"):
        explored(movement, *others, send=send, sweeping=sweeping)
