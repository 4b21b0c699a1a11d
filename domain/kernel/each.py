"""Work on many things of which one's trouble is not the others'."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from domain.kernel.refusals import Conflict

T = TypeVar("T")
U = TypeVar("U")


async def both(one: Awaitable[T], other: Awaitable[U]) -> tuple[T, U]:
    """Wait for two things at once, and for both of them; the first fault is raised after that."""
    done = await asyncio.gather(one, other, return_exceptions=True)
    for found in done:
        if isinstance(found, BaseException):
            raise found
    first, second = done
    assert not isinstance(first, BaseException), "it would have been raised"
    assert not isinstance(second, BaseException), "it would have been raised"
    return first, second


async def each(
    items: Iterable[T],
    work: Callable[[T], Awaitable[object]],
    *,
    at_once: int = 1,
    due_again: bool = True,
) -> int:
    """Do work on each item, and tell on how many; a Conflict says that somebody else is at it.

    It is passed over where the item is `due_again` as long as it is not done, and else is a fault.
    So many are worked on at once, begun in their order: what waits for somebody outside holds the
    others up only where all that are worked on do. What else goes wrong with some is raised as one
    ExceptionGroup, once all have had their turn.
    """
    done, faults = 0, []
    waiting = iter(items)

    async def worker() -> None:
        nonlocal done
        for item in waiting:
            try:
                await work(item)
            except Exception as fault:
                if due_again and isinstance(fault, Conflict):
                    continue
                fault.add_note(f"while working on {item!r:.200}")
                faults.append(fault)
            else:
                done += 1

    if at_once == 1:
        await worker()  # without a task of its own, which would need an event loop
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    if faults:
        raise ExceptionGroup(f"{len(faults)} could not be attended to, {done} were", faults)
    return done
