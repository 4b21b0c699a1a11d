"""Facts while processes and the database end by `kill -9`: none is lost, none counts twice."""

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.kernel.refusals import Conflict
from scripts import embedded
from storage.mongo.kernel.database import Database, PyMongoError, connect
from storage.mongo.kernel.facts import MongoStream
from storage.mongo.kernel.following import MongoPlaces
from storage.mongo.kernel.indexing import prepare
from tests.support.facts import Sums, a_fact, say
from tests.support.reacting_process import FOLLOWERS

pytestmark = pytest.mark.anyio
SUBJECTS = [f"thing:{letter}" for letter in "abcdefgh"]
KILLS = 5
WITHIN_S = 90.0


class Killable:
    """A database of its own and two processes that react, each of which may be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder / "data", embedded.free_port()
        self._epoch = str(time.time())
        self._server = embedded.start(self._folder, self._port)
        self.database = connect(embedded.uri(self._port), "killed")
        self._reacting: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Have two processes react, and wait until both have begun."""
        self._reacting = [one for one in self._reacting if one.poll() is None]
        while len(self._reacting) < 2:
            command = [sys.executable, "-m", "tests.support.reacting_process"]
            command += [embedded.uri(self._port), "killed", self._epoch]
            begun = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            assert begun.stdout is not None
            with begun.stdout as out:
                assert out.readline() == b"begins\n"
            self._reacting.append(begun)

    def kill(self, chance: random.Random) -> None:
        """End one of them, or now and then the database, and start it again."""
        if chance.random() < 0.25:
            self._server.kill()
            self._server.wait()
            self._server = embedded.start(self._folder, self._port)
            return
        victim = chance.choice(self._reacting)
        victim.kill()
        victim.wait()
        self.start()

    def stop(self) -> None:
        """End everything."""
        self.database.client.close()
        for one in [*self._reacting, self._server]:
            one.kill()
            one.wait()


@pytest.fixture
async def killable(tmp_path: Path) -> AsyncIterator[Killable]:
    killable = Killable(tmp_path)
    try:
        await prepare(killable.database)
        yield killable
    finally:
        killable.stop()


async def say_for_certain(database: Database, subject: str, number: int) -> None:
    """Say a fact again until it is known to be written; a second time is a conflict."""
    while True:
        try:
            return await say(database, subject, a_fact(subject, number), expected=number - 1)
        except PyMongoError:
            await asyncio.sleep(0.02)
        except Conflict:
            return None


async def followed_up_to(database: Database, n: int) -> None:
    """Wait until every follower has come so far."""
    until = time.monotonic() + WITHIN_S
    while True:
        places = {one.follower: one.n for one in await MongoPlaces(database).all()}
        if all(places.get(name, 0) >= n for name in FOLLOWERS):
            return
        assert time.monotonic() < until, places
        await asyncio.sleep(0.05)


async def test_killed_processes_and_databases_lose_nothing_and_count_nothing_twice(
    killable: Killable,
):
    chance, database, said = random.Random(3), killable.database, 0
    await asyncio.to_thread(killable.start)
    over = asyncio.Event()

    async def speak() -> None:
        nonlocal said
        while not over.is_set():
            said += 1
            for subject in SUBJECTS:
                await say_for_certain(database, subject, said)

    speaking = asyncio.create_task(speak())
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        await asyncio.to_thread(killable.kill, chance)
    over.set()
    await speaking
    every = len(SUBJECTS) * said
    await followed_up_to(database, every)
    facts = await MongoStream(database).after(0, every + 100)
    assert [fact.n for fact in facts] == list(range(1, every + 1))
    assert Counter(fact.id for fact in facts) == Counter(
        f"{one}:{i}" for one in SUBJECTS for i in range(1, said + 1)
    )
    for one in SUBJECTS:
        assert [fact.id for fact in facts if fact.subject == one] == [
            f"{one}:{i}" for i in range(1, said + 1)
        ]
    expected = {"all": every, **{one[-1]: said for one in SUBJECTS}}
    for name in FOLLOWERS:
        assert await Sums(database, name).read() == expected
