"""Apply once: a fact changes a small document exactly once, without a transaction.

A movement is written down first, under an id that is the fact's own; then its target is changed,
and the same write leaves the movement's mark in the target; then the movement is concluded. Who
inserted it changes the target at once, and takes the mark off if it also concluded it. Everybody
else, be it a retry or a sweeper, claims the movement first and never takes a mark off: a writer
that was paused may still wake up, and must find it. So marks are left only where something was cut
short or sent again meanwhile. They are kept for a day, which is longer than any writer sleeps.

A change may have a guard, such as a balance that must suffice. Where the guard is not met, that is
decided in the target too, by a mark that says refused: two that try at different moments would
otherwise decide differently.

    wallet = MongoApplyOnce(database, movements="wallet_entries", targets="wallets")
    spent = Posting(
        id=f"spend:{order_id}",
        target=member_id,
        at=act.at,
        add={"points": -300},
        at_least={"points": 300},
    )
    [entry] = await apply_once(wallet, [spent])
    if entry.movement != spent: ...  # this id was another fact's: a conflict
    if entry.state is State.REFUSED: ...  # there were not enough

Sent again, it answers as it did the first time. `finish_open`, by the clock, ends what a crash has
cut short.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

# How long whoever inserted a movement has to conclude it, before a sweeper does.
GRACE = timedelta(seconds=15)
MARKS_KEPT = timedelta(days=1)
MOST_AT_ONCE = 200


class State(StrEnum):
    """How far a movement has got."""

    NEW = "NEW"
    TAKING = "TAKING"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"


CONCLUDED = frozenset({State.APPLIED, State.REFUSED})


class Identified(Protocol):
    """Anything that has an id."""

    @property
    def id(self) -> str:
        """What names it, for ever."""


M = TypeVar("M", bound=Identified)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A change of one small document: what is added to its fields, and what is set.

    It is refused where a field has less than `at_least` says, or does not exist.
    """

    id: str
    target: str
    at: datetime
    add: Mapping[str, int] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    put: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[M]):
    """A movement as it was written down and, once it is concluded, as it was done.

    It is `fresh` for the one call that wrote it down.
    """

    movement: M
    state: State
    fresh: bool = False

    @property
    def concluded(self) -> bool:
        """Whether nothing will change it any more."""
        return self.state in CONCLUDED


class Told(Protocol[M]):
    """Told what was decided before it is concluded, so that no crash loses what follows from it.

    It may be told of a movement twice.
    """

    async def __call__(self, entries: Sequence[Entry[M]], /) -> None:
        """Do what follows."""


class Ledger(Protocol[M]):
    """Movements and their targets; each write is one atomic change of one document of each.

    Movements handed over together are independent: any of them may be done and others not.
    """

    async def insert(self, movements: Sequence[M]) -> Collection[str]:
        """Write down as new those whose ids are not known yet; answer their ids."""

    async def change(self, movements: Sequence[M]) -> Mapping[str, Entry[M]]:
        """Change each target that holds no mark of the movement, and mark it in the same write.

        Answers what the mark says, whoever left it: what was done there may depend on the target.
        A movement that is missing in the answer found its guard unmet.
        """

    async def refuse(self, movements: Sequence[M]) -> Mapping[str, Entry[M]]:
        """Mark each target that holds no mark of the movement: refused. Answers all marks."""

    async def conclude(self, entries: Collection[Entry[M]], before: State) -> Collection[str]:
        """Set movements from a state to what was decided; answer those certainly set by this."""

    async def unmark(self, entries: Collection[Entry[M]]) -> None:
        """Take marks off their targets."""

    async def claim(self, ids: Collection[str]) -> None:
        """Set new movements to taking."""

    async def entries(self, ids: Collection[str]) -> Mapping[str, Entry[M]]:
        """The movements of those ids that are written down."""

    async def open_since(self, before: datetime, most: int) -> Sequence[str]:
        """Movements that were inserted before a moment and are not concluded."""

    async def forget_marks(self, before: datetime, most: int) -> None:
        """Take off the marks from before a moment whose movements are concluded."""


async def apply_once(
    ledger: Ledger[M],
    movements: Sequence[M],
    *,
    first: Told[M] | None = None,
    concluding: Told[M] | None = None,
) -> list[Entry[M]]:
    """Do each movement once, however often it is sent; answer what became of each, in order.

    Of a movement that was known the answer is the one written down first: compare it where an id
    may have been used for something else. `first` is told before anything is concluded. Whoever
    takes over the `concluding` of what is decided does so soon; until then it is not on record
    with the movement, which `take` makes up for.
    """
    if not movements:
        return []
    fresh = await ledger.insert(movements)
    mine = [one for one in movements if one.id in fresh]
    done = await _decide(ledger, mine, first)
    if done:
        await (concluding or partial(conclude, ledger))(list(done.values()))
    known = [one.id for one in movements if one.id not in fresh]
    done |= await take(ledger, known, first=first)
    return [replace(done[one.id], fresh=one.id in fresh) for one in movements]


async def conclude(ledger: Ledger[M], entries: Sequence[Entry[M]]) -> None:
    """Put on record what was decided, and take off the marks of what nobody else has touched."""
    by_id = {entry.movement.id: entry for entry in entries}
    if won := await ledger.conclude(entries, State.NEW):
        await ledger.unmark([by_id[one] for one in won])


async def apply_all(ledger: Ledger[M], movements: Sequence[M]) -> list[Entry[M]]:
    """Do any number of movements, so many at once; answer what became of each, in order."""
    done: list[Entry[M]] = []
    for start in range(0, len(movements), MOST_AT_ONCE):
        done += await apply_once(ledger, movements[start : start + MOST_AT_ONCE])
    return done


async def take(
    ledger: Ledger[M], ids: Collection[str], *, first: Told[M] | None = None
) -> dict[str, Entry[M]]:
    """Finish movements that somebody else has begun; of a concluded one, answer what it came to."""
    found = dict(await ledger.entries(ids)) if ids else {}
    begun = [one for one, entry in found.items() if not entry.concluded]
    if not begun:
        return found
    await ledger.claim(begun)
    claimed = await ledger.entries(begun)
    taking = [entry.movement for entry in claimed.values() if not entry.concluded]
    done = await _decide(ledger, taking, first)
    if done:
        await ledger.conclude(done.values(), State.TAKING)
    return {**found, **claimed, **done}


async def finish_open(
    ledger: Ledger[M], now: datetime, *, first: Told[M] | None = None
) -> list[Entry[M]]:
    """Finish what was cut short, and take old marks off; answer what was finished.

    One that can't be finished costs itself alone; all such are told in the end.
    """
    done: list[Entry[M]] = []
    faults: list[Exception] = []
    for begun in await ledger.open_since(now - GRACE, MOST_AT_ONCE):
        try:
            done += (await take(ledger, [begun], first=first)).values()
        except Exception as fault:
            faults.append(fault)
    await ledger.forget_marks(now - MARKS_KEPT, MOST_AT_ONCE)
    if faults:
        raise ExceptionGroup("some movements could not be finished", faults)
    return done


async def _decide(
    ledger: Ledger[M], movements: Sequence[M], first: Told[M] | None
) -> dict[str, Entry[M]]:
    """Change the targets, or have it on record there that they were not to be changed."""
    if not movements:
        return {}
    done = dict(await ledger.change(movements))
    left = [one for one in movements if one.id not in done]
    if left:
        done |= await ledger.refuse(left)
    if first is not None:
        await first(list(done.values()))
    return done
