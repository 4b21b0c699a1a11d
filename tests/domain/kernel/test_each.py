"""One thing's trouble is not the others'."""

import asyncio

import pytest

from domain.kernel.each import each
from domain.kernel.refusals import Conflict, NotFound

pytestmark = pytest.mark.anyio


async def test_all_have_their_turn_and_what_went_wrong_is_told_at_the_end():
    had = []

    async def work(item: str) -> None:
        had.append(item)
        if item in "bd":
            raise NotFound(item)

    with pytest.raises(ExceptionGroup, match="2 could not be attended to, 2 were") as told:
        await each("abcd", work)
    assert had == list("abcd")
    assert [fault.__notes__ for fault in told.value.exceptions] == [
        ["while working on 'b'"],
        ["while working on 'd'"],
    ]


async def test_what_somebody_else_is_at_is_no_trouble_and_is_not_counted():
    async def work(item: int) -> None:
        if item % 2:
            raise Conflict("somebody else")

    assert await each(range(5), work) == 3


async def test_a_conflict_over_what_does_not_come_again_is_a_fault():
    async def work(item: int) -> None:
        if item % 2:
            raise Conflict("somebody else")

    with pytest.raises(ExceptionGroup, match="2 could not be attended to, 3 were"):
        await each(range(5), work, due_again=False)


async def test_one_that_waits_holds_up_no_more_than_itself():
    had, woken = [], asyncio.Event()

    async def work(item: int) -> None:
        if item == 0:
            await woken.wait()
        had.append(item)
        if item == 5:
            woken.set()

    assert await asyncio.wait_for(each(range(6), work, at_once=2), 10) == 6
    assert had == [1, 2, 3, 4, 5, 0]


async def test_no_more_are_worked_on_than_was_said():
    at_work, most = 0, 0

    async def work(_: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0)
        at_work -= 1

    assert await each(range(20), work, at_once=3) == 20
    assert most == 3
