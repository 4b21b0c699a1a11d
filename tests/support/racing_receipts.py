"""One process of several that tell of the same receipts, and may die by `kill -9` between writes.

Run as `python -m tests.support.racing_receipts URI NAME SEED MORTAL`.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unavailable
from domain.mall.stock import transferring
from domain.mall.stock.transferring import TransferPorts
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import connect
from storage.mongo.mall.stock.transfers import MongoTransfers
from tests.support.selling import COAT, SmallMall, a_reference, stores_in_a_row

RECEIPTS, UNITS = 12, 8
RECEIVER = Viewer(id=PersonId("staff_2"), role=Role.STORE_MANAGER, store_id="S2")


class Mortal:
    """A port whose process may end before any of its steps."""

    def __init__(self, port: Any, dice: random.Random) -> None:
        self._port, self._dice = port, dice

    def __getattr__(self, name: str) -> Any:
        if self._dice.random() < 0.02:
            os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self._port, name)


class MortalPools(Mortal):
    """Pools and the steps of their ledger."""

    @property
    def ledger(self) -> Mortal:
        """The ledger, each step of which may be the last."""
        return Mortal(self._port.ledger, self._dice)


@contextlib.contextmanager
def its_mall(uri: str, name: str) -> Iterator[SmallMall]:
    """The mall of this process."""
    database = connect(uri, name)
    yield SmallMall(database, a_reference(stores_in_a_row(2)))
    database.client.close()


async def race(uri: str, name: str, dice: random.Random, *, mortal: bool) -> None:
    """Tell of all receipts, in an order of its own and a few at a time, until each is taken."""
    with its_mall(uri, name) as mall:
        if mortal:
            mall.stocking = replace(mall.stocking, pools=MortalPools(mall.pools, dice))
        ports = TransferPorts(
            stocking=mall.stocking,
            outcomes=mall.outcomes,
            transfers=MongoTransfers(mall.database),
            pause=asyncio.sleep,
        )

        async def tell(key: str) -> None:
            while True:
                with contextlib.suppress(Unavailable):
                    await transferring.receive(
                        ports, mall.act(RECEIVER), "T1", {COAT: UNITS}, key=key
                    )
                    return

        keys = [f"r{number}" for number in range(RECEIPTS)]
        dice.shuffle(keys)
        for start in range(0, RECEIPTS, 3):
            await asyncio.gather(*(tell(key) for key in keys[start : start + 3]))


if __name__ == "__main__":
    asyncio.run(
        race(
            sys.argv[1],
            sys.argv[2],
            random.Random(int(sys.argv[3])),
            mortal=sys.argv[4] == "mortal",
        )
    )
