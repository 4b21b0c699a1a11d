"""Work on threads."""

import asyncio
import threading

import pytest

from storage.threads import Threads

pytestmark = pytest.mark.anyio


async def test_work_is_done_beside_the_event_loop_and_its_fault_is_raised_there():
    threads = Threads()
    assert await threads.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_the_same_work_asked_for_at_once_is_done_once():
    threads, go, done = Threads(), threading.Event(), []

    def work() -> int:
        go.wait(5)
        done.append(1)
        return len(done)

    asked = [asyncio.create_task(threads.share("a", work)) for _ in range(5)]
    other = asyncio.create_task(threads.share("b", lambda: "other"))
    assert await other == "other"
    asked[0].cancel()
    go.set()
    assert await asyncio.gather(*asked[1:]) == [1, 1, 1, 1]
    assert await threads.share("a", work) == 2


async def test_a_fault_of_shared_work_reaches_all_who_wait_and_is_not_kept():
    threads, go = Threads(), threading.Event()

    def work() -> None:
        go.wait(5)
        raise ValueError

    asked = [asyncio.create_task(threads.share("a", work)) for _ in range(3)]
    await asyncio.sleep(0)
    go.set()
    faults = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(fault) for fault in faults] == [ValueError] * 3
    assert await threads.share("a", lambda: "well") == "well"
