"""Handing the stream's facts to a follower: each at least once, one subject's in order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from domain.kernel.facts import Batch, Fact, Follower, Stream
from domain.kernel.ports import Ports

# How long a process has a follower to itself without saying so again.
LEASE = timedelta(seconds=15)
# What an operator asks for, and what others hold, is looked at this often.
LOOK_EVERY = timedelta(seconds=1)
# A place is written at once where facts were handled, else this often.
WRITE_EVERY = timedelta(seconds=2)
MOST_AT_ONCE = 1_000
FIRST_RETRY = timedelta(seconds=1)
LAST_RETRY = timedelta(minutes=10)
# With waits doubling from a second to ten minutes, that is about an hour and a half.
MOST_FAILURES = 18
# Where so many subjects fail and not one is handled, the trouble is the follower's own. It waits as
# a whole, and only after so many tries is each of them held by itself.
MOST_HELD_AT_ONCE = 10
MOST_WHOLE_FAILURES = 5
LONGEST_ERROR = 500
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a follower has come, and the token of whoever has it to itself.

    `failures` counts its last tries that failed as a whole; `rebuild` asks it to begin anew.
    """

    follower: str
    n: int
    token: int
    generation: int = 1
    failures: int = 0
    error: str = ""
    rebuild: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Facts of one subject that wait for a follower, by number, since the first of them failed.

    They are tried again at a moment; parked, only once an operator says so.
    """

    follower: str
    subject: str
    waiting: tuple[int, ...]
    failures: int
    error: str
    next_at: datetime
    parked: bool = False
    version: int = 0


class Places(Protocol):
    """How far each follower has come, and what waits for it; each changed by its holder alone."""

    async def claim(
        self, follower: str, *, begin_at: int, now: datetime, until: datetime
    ) -> Place | None:
        """Have a follower to oneself, unless somebody else has; a new one begins at a place."""

    async def look(self, place: Place) -> Place | None:
        """The place as it is now; None if somebody else has the follower by now."""

    async def move(self, place: Place, *, until: datetime) -> bool:
        """Write a place; False, and nothing written, if somebody else has the follower by now."""

    async def begin_anew(self, place: Place) -> Place | None:
        """Go to the first fact in a new generation, with nothing held; None as `look`."""

    async def all(self) -> Sequence[Place]:
        """The places of all that ever began."""

    async def ask_for_rebuild(self, follower: str) -> bool:
        """Have whoever runs a follower begin anew; False if it has never begun."""

    async def held(self, follower: str) -> Sequence[Held]:
        """What is held for a follower."""

    async def hold(self, held: Held) -> Held:
        """Write what is held over the version that it was made from; answer the new version.

        Raises Conflict if that is not the newest.
        """

    async def let_go(self, held: Held) -> None:
        """Hold a subject no more; raises Conflict as `hold`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPorts(Ports):
    """What following the stream needs."""

    stream: Stream
    places: Places


class FollowersTrouble(Exception):
    """A follower fails whatever it is given; it is tried again as a whole."""


class Following:
    """One process's part in following: it has the follower to itself, or waits until it may."""

    def __init__(self, ports: FollowPorts, follower: Follower) -> None:
        self._ports = ports
        self._follower = follower
        self._place: Place | None = None
        self._held: dict[str, Held] = {}
        self._look_at = self._rests_until = self._write_at = _LONG_AGO

    @property
    def n(self) -> int | None:
        """The number of the last fact that it is through with; None while others have it."""
        return self._place.n if self._place else None

    async def turn(self, now: datetime) -> bool:
        """Handle the next facts; tell whether there is more to do at once.

        That is so where there were as many as are taken at a time. What comes meanwhile is better
        handled together, a little later.

        Raises what the follower raised, once whatever it concerns is held and others have gone on.
        """
        if now >= self._look_at:
            await self._look(now)
        if self._place is None or now < self._rests_until:
            return False
        faults: list[Exception] = []
        try:
            retried = await self._try_again(now, faults)
            facts = await self._ports.stream.after(self._place.n, MOST_AT_ONCE)
            if facts:
                await self._hand_over(facts, now, faults)
            await self._move(self._place, facts, now)
        except BaseException:
            # Whatever this process believes about its place may be wrong.
            self._look_at = _LONG_AGO
            raise
        if faults:
            raise ExceptionGroup(f"{self._follower.name} could not handle some facts", faults)
        return retried or len(facts) >= MOST_AT_ONCE

    async def stop(self) -> None:
        """Let other processes have the follower at once."""
        if self._place is not None:
            await self._ports.places.move(self._place, until=_LONG_AGO)
            self._place = None

    async def _look(self, now: datetime) -> None:
        """Take the follower if it is free, see what operators ask for, and what is held."""
        places, name = self._ports.places, self._follower.name
        mine = self._place
        place = mine and await places.look(mine)
        if mine and place:
            # What was not wanted may be passed over here and not be written yet.
            place = replace(place, n=mine.n)
        if place is None:
            self._write_at = now
            begin_at = 0 if self._follower.from_the_first else await self._ports.stream.head()
            place = await places.claim(name, begin_at=begin_at, now=now, until=now + LEASE)
        if place is not None and place.rebuild and self._follower.forget is not None:
            await self._follower.forget()
            place = await places.begin_anew(place)
        self._place, self._look_at = place, now + LOOK_EVERY
        self._held = {one.subject: one for one in await places.held(name)} if place else {}

    async def _hand_over(
        self, facts: Sequence[Fact], now: datetime, faults: list[Exception]
    ) -> None:
        """Handle what is wanted of the next facts; those of held subjects wait behind the held."""
        wanted = [fact for fact in facts if fact.kind in self._follower.kinds]
        for subject, later in _by_subject(wanted):
            if held := self._held.get(subject):
                numbers = dict.fromkeys([*held.waiting, *(fact.n for fact in later)])
                await self._hold(replace(held, waiting=tuple(numbers)))
        free = [fact for fact in wanted if fact.subject not in self._held]
        if not free:
            return
        try:
            await self._handle(free, facts[-1].n, self._pending())
        except Exception as fault:
            faults.append(fault)
            await self._subject_by_subject(free, now)

    async def _subject_by_subject(self, facts: Sequence[Fact], now: datetime) -> None:
        """Find out which subjects fail, and hold them alone."""
        left = {fact.n for fact in facts}
        failed: list[Held] = []
        for subject, some in _by_subject(facts):
            first = Held(
                follower=self._follower.name,
                subject=subject,
                waiting=tuple(fact.n for fact in some),
                failures=0,
                error="",
                next_at=now,
            )
            after = await self._handle_in_turn(first, some, now, left)
            if after is not None:
                failed.append(after)
            if len(failed) >= MOST_HELD_AT_ONCE and len(left) == len(facts):
                await self._wait_as_a_whole(failed[-1].error, now)
        for held in failed:
            await self._hold(held)

    async def _try_again(self, now: datetime, faults: list[Exception]) -> bool:
        """Try the held subjects that are due; tell whether there were any."""
        due = [one for one in self._held.values() if one.next_at <= now and not one.parked]
        for held in due:
            facts = await self._ports.stream.by_numbers(held.waiting)
            after = await self._handle_in_turn(held, facts, now, set(self._pending()))
            if after is None:
                await self._ports.places.let_go(held)
                del self._held[held.subject]
            else:
                await self._hold(after)
                faults.append(RuntimeError(f"{held.subject} is held: {after.error}"))
        return bool(due)

    async def _handle_in_turn(
        self, held: Held, facts: Sequence[Fact], now: datetime, left: set[int]
    ) -> Held | None:
        """Handle one subject's facts until one fails; what is to be held of it after that.

        What is handled goes out of `left`, the numbers that are not.
        """
        for i, fact in enumerate(facts):
            pending = (left | self._pending()) - {fact.n}
            try:
                await self._handle([fact], fact.n, frozenset(pending))
            except Exception as fault:
                failures = held.failures + 1 if i == 0 else 1
                return replace(
                    held,
                    waiting=tuple(one.n for one in facts[i:]),
                    failures=failures,
                    error=_told(fault),
                    next_at=now + retry_in(failures),
                    parked=failures >= MOST_FAILURES,
                )
            left.discard(fact.n)
        return None

    async def _handle(self, facts: Sequence[Fact], upto: int, pending: frozenset[int]) -> None:
        generation = self._place.generation if self._place else 1
        await self._follower.handle(
            Batch(facts=tuple(facts), upto=upto, pending=pending, generation=generation)
        )

    async def _wait_as_a_whole(self, error: str, now: datetime) -> None:
        """Stay where the follower is and rest, unless it has rested too often here."""
        assert self._place is not None
        failures = self._place.failures + 1
        if failures > MOST_WHOLE_FAILURES:
            return
        self._rests_until = now + retry_in(failures)
        resting = replace(self._place, failures=failures, error=error)
        await self._ports.places.move(resting, until=now + LEASE)
        raise FollowersTrouble(f"{self._follower.name} fails whatever it is given: {error}")

    async def _move(self, place: Place, facts: Sequence[Fact], now: datetime) -> None:
        """Note how far the follower has come; what it did not want may be looked at again."""
        n = facts[-1].n if facts else place.n
        moved = replace(place, n=n, failures=0, error="")
        self._place = moved
        wanted = any(fact.kind in self._follower.kinds for fact in facts)
        if not wanted and now < self._write_at + WRITE_EVERY:
            return
        self._write_at = now
        if not await self._ports.places.move(moved, until=now + LEASE):
            self._place, self._look_at = None, _LONG_AGO

    async def _hold(self, held: Held) -> None:
        self._held[held.subject] = await self._ports.places.hold(held)

    def _pending(self) -> frozenset[int]:
        return frozenset(n for held in self._held.values() for n in held.waiting)


def retry_in(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    doubled: timedelta = FIRST_RETRY * 2 ** min(failures - 1, 20)
    return min(doubled, LAST_RETRY)


def _by_subject(facts: Iterable[Fact]) -> Iterable[tuple[str, list[Fact]]]:
    subjects: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        subjects[fact.subject].append(fact)
    return subjects.items()


def _told(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:LONGEST_ERROR]
