"""One process of several that send the same facts, and die by `kill -9` between any two writes.

Run as `python -m tests.support.racing_movements URI NAME SEED`.
"""

import asyncio
import os
import random
import signal
import sys
from datetime import UTC, datetime
from typing import Any

from domain.kernel.apply_once import Posting, apply_once
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.database import Database, connect

FACTS = 60
POINTS = 50
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def counters(database: Database, **more: Any) -> MongoApplyOnce:
    """The ledger that they write to."""
    return MongoApplyOnce(database, movements="race_entries", targets="race_wallets", **more)


def facts() -> list[Posting]:
    """Of each of two wallets, a third of what is asked for can't be had."""
    return [
        Posting(
            id=f"fact:{number}",
            target=f"wallet {number % 2}",
            at=AT,
            add={"points": -2, "spent": 1},
            at_least={"points": 2},
        )
        for number in range(FACTS)
    ]


class Mortal:
    """A ledger whose process may end before any of its steps."""

    def __init__(self, ledger: MongoApplyOnce, dice: random.Random) -> None:
        self._ledger, self._dice = ledger, dice

    def __getattr__(self, name: str) -> Any:
        if self._dice.random() < 0.01:
            os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self._ledger, name)


async def race(uri: str, name: str, dice: random.Random) -> None:
    """Send all facts, in an order of its own and a few at a time."""
    database = connect(uri, name)
    ledger = Mortal(counters(database), dice)
    left = facts()
    dice.shuffle(left)
    parts = [left[start : start + 3] for start in range(0, FACTS, 3)]
    for some in range(0, len(parts), 2):
        await asyncio.gather(*(apply_once(ledger, part) for part in parts[some : some + 2]))
    database.client.close()


if __name__ == "__main__":
    asyncio.run(race(sys.argv[1], sys.argv[2], random.Random(int(sys.argv[3]))))
