"""Bounds: so much of a thing in all, checked in the write that takes some of it.

Counted is what was taken, from 0 downwards, so that whoever takes says how much there is, and a
bound that is set anew holds at once, whatever was taken under the one before it.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.kernel.apply_once import Ledger, Posting, apply_once


async def open_bound(totals: Ledger[Posting], target: str, at: datetime, *names: str) -> None:
    """Begin to count; again, it changes nothing. Nothing can be taken before."""
    begin = Posting(id=f"open:{target}", target=target, at=at, add=dict.fromkeys(names, 0))
    await apply_once(totals, [begin])


def taking(
    id: str, target: str, at: datetime, taken: Mapping[str, int], most: Mapping[str, int]
) -> Posting:
    """The taking of so much, refused where with what was taken before it is more than `most`."""
    return Posting(
        id=id,
        target=target,
        at=at,
        add={name: -n for name, n in taken.items()},
        at_least={name: taken[name] - n for name, n in most.items()},
    )
