"""One process of several that race for the last units; run as `python -m tests.support.racing`."""

import asyncio
import json
import os
import sys

from domain.kernel.ids import PersonId
from domain.kernel.refusals import OutOfStock
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import connect
from tests.support.selling import COAT, VEST, SmallMall, a_reference, stores_in_a_row

BUYERS = 4


async def race(uri: str, name: str) -> dict[str, list[int]]:
    """Buy pairs until nothing is left: how many were sold, and what the losers were told."""
    database = connect(uri, name)
    mall = SmallMall(database, a_reference(stores_in_a_row(3)))
    sold, left = [], []

    async def buyer(number: int) -> None:
        for i in range(100):
            # Nobody may hold so many orders unpaid.
            viewer = Viewer(id=PersonId(f"member_{os.getpid()}_{number}_{i}"), role=Role.MEMBER)
            try:
                await mall.buy({COAT: 1, VEST: 1}, key=f"k{i}", viewer=viewer)
            except OutOfStock as refusal:
                left.append(refusal.left)
                return
            sold.append(1)

    await asyncio.gather(*(buyer(number) for number in range(BUYERS)))
    database.client.close()
    return {"sold": sold, "left": left}


if __name__ == "__main__":
    json.dump(asyncio.run(race(sys.argv[1], sys.argv[2])), sys.stdout)
