"""Work on many things of which one's trouble is not the others'."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from domain.kernel.refusals import Conflict

T = TypeVar("T")


async def each(items: Iterable[T], work: Callable[[T], Awaitable[object]]) -> int:
    """Do work on each item, and tell on how many; a Conflict says that somebody else is at it.

    What else goes wrong with some is raised as one ExceptionGroup, once all have had their turn.
    """
    done, faults = 0, []
    for item in items:
        try:
            await work(item)
        except Conflict:
            continue
        except Exception as fault:
            fault.add_note(f"while working on {item!r:.200}")
            faults.append(fault)
        else:
            done += 1
    if faults:
        raise ExceptionGroup(f"{len(faults)} could not be attended to, {done} were", faults)
    return done
