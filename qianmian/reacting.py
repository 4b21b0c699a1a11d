"""Relaying facts and handing them to followers, for as long as a process serves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from domain.kernel.facts import Batch, Fact, FactKind, Follower, Stream
from domain.kernel.following import LEASE, Following, FollowPorts
from domain.kernel.operating_followers import FollowerStanding, standings
from domain.kernel.ports import Ports
from domain.kernel.relaying import Relaying
from domain.people.act import Act, by_the_clock
from qianmian.clock import Job, new_id, now, repeating
from storage.mongo.kernel.collections import FACT_SOURCES
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream, Tail
from storage.mongo.kernel.following import MongoPlaces

# A fact waits in its document, and then in the stream, at most about so long while all is well.
RELAY_EVERY_S = 0.2
READ_EVERY_S = 0.1
# Followers look so often whether they still have their places, and what is due to be tried again.
FOLLOW_EVERY_S = 0.5
MOST_HEARD = 500
STANDINGS_EVERY_S = 15.0
# Whoever handles facts longer than this is stopped, well before others may take the follower.
MOST_S = LEASE.total_seconds() / 2


P = TypeVar("P", bound=Ports)


def follower(
    name: str,
    kinds: frozenset[FactKind],
    use_case: Callable[[P, Act, Batch], Awaitable[None]],
    ports: P,
    *,
    forget: Callable[[], Awaitable[None]] | None = None,
    from_the_first: bool = True,
) -> Follower:
    """A follower that handles facts by a use case of the service's own accord."""

    async def handle(batch: Batch) -> None:
        await use_case(ports, by_the_clock(now(), new_id), batch)

    return Follower(
        name=name, kinds=kinds, handle=handle, forget=forget, from_the_first=from_the_first
    )


class Listener(Protocol):
    """Somebody in this process who hears of facts as they come, each once, and keeps no place."""

    def hear(self, facts: Sequence[Fact]) -> None:
        """Take what came, in order."""


class Listening:
    """Where one listener is in the stream."""

    def __init__(self, stream: Stream, listener: Listener, n: int) -> None:
        self._stream = stream
        self._listener = listener
        self.n = n

    async def turn(self, now: datetime) -> bool:
        """Tell what came; tell whether there may be more."""
        facts = await self._stream.after(self.n, MOST_HEARD)
        self._listener.hear(facts)
        self.n += len(facts)
        return bool(facts)


@contextlib.asynccontextmanager
async def reacting(
    database: Database,
    followers: Sequence[Follower],
    listeners: Sequence[Listener] = (),
    told: Callable[[Sequence[FollowerStanding]], None] = lambda _: None,
) -> AsyncIterator[None]:
    """Relay and follow for the length of a block; other processes may take over after it.

    How all followers stand, whoever has them, is `told` now and then.
    """
    stream, places = MongoStream(database), MongoPlaces(database)
    outboxes = MongoOutboxes(database, FACT_SOURCES)
    relaying = Relaying(outboxes, stream, places)
    tail = Tail(stream, every_s=READ_EVERY_S)
    ports = FollowPorts(stream=tail, places=places)

    async def read(_: Act) -> None:
        await tail.head()

    async with contextlib.AsyncExitStack() as stack:
        reading = Job(name="reading of facts", work=read, every_s=READ_EVERY_S)
        await stack.enter_async_context(repeating(reading))
        followings = [Following(ports, _in_time(each)) for each in followers]
        stack.push_async_callback(_stop_all, followings)
        for each, following in zip(followers, followings, strict=True):
            await stack.enter_async_context(
                repeating(_on_news(f"following by {each.name}", tail, following))
            )
        for listener in listeners:
            listening = Listening(tail, listener, await tail.head())
            await stack.enter_async_context(repeating(_on_news("listening", tail, listening)))

        async def look(_: Act) -> None:
            told(await standings(places, stream, followers, now=now()))

        standing = Job(name="standings of followers", work=look, every_s=STANDINGS_EVERY_S)
        await stack.enter_async_context(repeating(standing))
        stack.push_async_callback(relaying.stop)
        await stack.enter_async_context(
            repeating(_all_there_is("relaying of facts", relaying.turn, RELAY_EVERY_S))
        )
        yield


async def _stop_all(followings: Sequence[Following]) -> None:
    """Let others have all followers, even if one of them can't be given back."""
    outcomes = await asyncio.gather(*(one.stop() for one in followings), return_exceptions=True)
    faults = [one for one in outcomes if isinstance(one, Exception)]
    if faults:
        raise ExceptionGroup("followers could not be given back", faults)


def _on_news(name: str, tail: Tail, one: Following | Listening) -> Job:
    """Somebody who takes all there is, and again once there is more."""

    async def rest(within_s: float) -> None:
        if one.n is None:
            await asyncio.sleep(within_s)
        else:
            await tail.beyond(one.n, within_s)

    return replace(_all_there_is(name, one.turn, FOLLOW_EVERY_S), rest=rest)


def _all_there_is(name: str, turn: Callable[[datetime], Awaitable[bool]], every_s: float) -> Job:
    async def work(_: Act) -> None:
        while await turn(now()):
            pass

    return Job(name=name, work=work, every_s=every_s)


def _in_time(follower: Follower) -> Follower:
    async def handle(batch: Batch) -> None:
        async with asyncio.timeout(MOST_S):
            await follower.handle(batch)

    return replace(follower, handle=handle)
