"""What many ask for at the same moment goes to the database once."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from domain.kernel.following import Place
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.following import MongoPlaces
from storage.mongo.kernel.together import Together
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


class Asked:
    """Doubles numbers but for odd ones, of which it knows nothing, and notes who asks."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.fault: Exception | None = None

    async def __call__(self, numbers: Sequence[int]) -> Mapping[int, int]:
        self.asked.append(sorted(numbers))
        if self.fault:
            raise self.fault
        return {one: 2 * one for one in numbers if one % 2 == 0}


async def test_what_is_asked_for_at_once_is_asked_once():
    asked = Asked()
    together = Together(asked)
    assert await asyncio.gather(*map(together.of, (4, 1, 4, 2))) == [8, None, 8, 4]
    assert asked.asked == [[1, 2, 4]]
    assert await together.of(6) == 12
    assert asked.asked == [[1, 2, 4], [6]]


async def test_what_fails_fails_for_everybody_who_waits_and_not_for_who_comes_later():
    asked = Asked()
    together = Together(asked)
    asked.fault = ValueError("no")
    outcomes = await asyncio.gather(*map(together.of, (2, 4)), return_exceptions=True)
    assert outcomes == [asked.fault] * 2
    asked.fault = None
    assert await together.of(2) == 4


async def test_who_waits_no_more_disturbs_nobody_else():
    together = Together(Asked())
    first, second = (asyncio.ensure_future(together.of(n)) for n in (2, 4))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == 8
    assert first.cancelled()


async def test_of_many_who_take_or_write_places_at_once_each_is_told_of_their_own(
    database: Database,
):
    places = MongoPlaces(database)
    until = now()

    async def taken(name: str) -> Place | None:
        return await places.claim(name, begin_at=0, now=NOON, until=until)

    found = await asyncio.gather(*map(taken, ("a", "b", "a", "c")))
    a, b, c = (next(one for one in found if one and one.follower == name) for name in "abc")
    assert found.count(None) == 1
    # Somebody else has b by now.
    await database["followers"].update_one({"_id": "b"}, {"$set": {"token": b.token + 1}})
    moves = await asyncio.gather(*(places.move(one, until=until) for one in (a, b, c)))
    assert moves == [True, False, True]
    looks = await asyncio.gather(*map(places.look, (a, b, c)))
    assert looks == [a, None, c]


async def test_the_later_of_two_writes_is_never_there_first():
    written: list[int] = []
    first_goes = asyncio.Event()

    async def write(numbers: Sequence[int]) -> Mapping[int, int]:
        if 1 in numbers:
            await first_goes.wait()  # a slow connection; the next would have another
        written.extend(numbers)
        return {one: one for one in numbers}

    together = Together(write)
    early = asyncio.ensure_future(together.of(1))
    await asyncio.sleep(0.05)
    late = asyncio.ensure_future(together.of(2))
    await asyncio.sleep(0.05)
    first_goes.set()
    assert await asyncio.gather(early, late) == [1, 2]
    assert written == [1, 2]
