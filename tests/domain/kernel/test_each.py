"""One thing's trouble is not the others'."""

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
