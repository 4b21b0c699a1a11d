"""Work that a process does by the clock."""

import asyncio
from typing import Any

import pytest

from qianmian.clock import Job, repeating

pytestmark = pytest.mark.anyio


async def test_what_comes_first_is_done_before_the_process_serves_and_then_again():
    done: list[int] = []
    again = asyncio.Event()

    async def work(_: Any) -> None:
        await asyncio.sleep(0)
        done.append(1)
        if len(done) > 1:
            again.set()

    async with repeating(Job(name="work", work=work, every_s=0.001, first=True)):
        assert done == [1]
        await asyncio.wait_for(again.wait(), 10)


async def test_what_fails_first_keeps_no_process_from_serving(caplog: pytest.LogCaptureFixture):
    async def work(_: Any) -> None:
        raise ValueError("broken")

    async with repeating(Job(name="work", work=work, every_s=10, first=True)):
        assert "work could not do all of its work" in caplog.text
