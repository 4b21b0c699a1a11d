"""Subjects that say facts, and processes that relay and follow them until they are killed."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from domain.kernel.facts import Batch, Fact, Follower
from domain.kernel.following import Following, FollowPorts
from domain.kernel.refusals import Conflict
from domain.kernel.relaying import Relaying, relay
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import save_version
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream, Tail
from storage.mongo.kernel.folds import MongoFolds
from storage.mongo.kernel.following import MongoPlaces
from tests.support.builders import NOON

SOURCE = "orders"


def a_fact(subject: str, number: int, kind: str = "thing.done", **data: object) -> Fact:
    return Fact(id=f"{subject}:{number}", subject=subject, kind=kind, at=NOON, data=data)


async def say(database: Database, subject: str, *facts: Fact, expected: int) -> None:
    """Change a subject's document once, and say what happened in the same write."""
    document = {
        "_id": subject,
        "version": expected + 1,
        "buyer_id": subject,
        "idempotency_key": subject,
    }
    await save_version(database[SOURCE], document, expected=expected, facts=facts)


async def say_one_each(database: Database, subjects: Sequence[str], number: int) -> None:
    for subject in subjects:
        await say(database, subject, a_fact(subject, number), expected=number - 1)


def a_relay(database: Database) -> tuple[MongoOutboxes, MongoStream]:
    return MongoOutboxes(database, [SOURCE]), MongoStream(database)


async def relay_all(database: Database) -> None:
    while await relay(*a_relay(database)):
        pass


def follow_ports(database: Database) -> FollowPorts:
    return FollowPorts(
        stream=Tail(MongoStream(database), every_s=0.0), places=MongoPlaces(database)
    )


def fast_clock(times: int) -> Callable[[], datetime]:
    """A clock that runs faster than time, so that leases end soon."""
    began = time.monotonic()
    return lambda: NOON + timedelta(seconds=(time.monotonic() - began) * times)


class Sums:
    """Counts facts in documents by their subject's last letter, and in one for all of them."""

    def __init__(self, database: Database, collection: str = "sums") -> None:
        self.collection = database[collection]
        self._folds = MongoFolds(
            self.collection,
            lambda found: found.get("count"),
            lambda _, count: {"count": count},
        )

    async def add(self, batch: Batch) -> None:
        concerned: dict[str, list[Fact]] = {}
        for fact in batch.facts:
            for key in ("all", fact.subject[-1]):
                concerned.setdefault(key, []).append(fact)
        await self._folds.fold(batch, concerned, lambda value, facts: (value or 0) + len(facts))

    async def forget(self) -> None:
        await self.collection.delete_many({})

    async def read(self) -> dict[str, int]:
        return {one["_id"]: one["count"] for one in await self.collection.find({}).to_list(None)}


class Diary:
    """Writes down whatever it is handed, and fails where it is told to."""

    def __init__(self, *, fails: Callable[[Fact], bool] = lambda _: False) -> None:
        self.heard: list[Fact] = []
        self.fails = fails

    async def take(self, batch: Batch) -> None:
        for fact in batch.facts:
            if self.fails(fact):
                raise ValueError(f"{fact.id} is poison")
            self.heard.append(fact)

    def of(self, subject: str) -> list[int]:
        """The numbers of a subject's facts as they came, without repeats."""
        return list(dict.fromkeys(fact.n for fact in self.heard if fact.subject == subject))


def following(database: Database, follower: Follower) -> Following:
    return Following(follow_ports(database), follower)


async def follow_all(one: Following, now: datetime = NOON) -> None:
    """Turn until nothing moves any more."""
    before = after = one._place
    for turns in range(100):
        with contextlib.suppress(ExceptionGroup):
            await one.turn(now)
        before, after = after, one._place
        if turns and before == after:
            return
    raise AssertionError("there is always more to do")


async def killed_again_and_again(
    start: Callable[[], asyncio.Task[None]], *, within_s: float, chance: random.Random
) -> None:
    """Run a process, kill it at some moment, run the next one, until the time is over."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        task = start()
        await asyncio.sleep(chance.uniform(0.01, 0.25))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def run_for_ever(turn: Callable[[datetime], object], clock: Callable[[], datetime]) -> None:
    """What the service does in its loop."""
    while True:
        try:
            more = await turn(clock())
        except (ExceptionGroup, Conflict, RuntimeError):
            more = False
        if not more:
            await asyncio.sleep(0.01)


def relaying(database: Database) -> Relaying:
    return Relaying(*a_relay(database), MongoPlaces(database))
