"""One process of several that order with the same keys; `python -m tests.support.racing_keys`."""

import asyncio
import json
import sys
from dataclasses import replace

from domain.kernel.ids import PersonId
from domain.kernel.refusals import OutOfStock, Unavailable
from domain.people.viewer import Viewer
from storage.mongo.kernel.database import connect
from tests.support.selling import BUYER, COAT, SmallMall, a_reference, stores_in_a_row

KEYS = [f"k{number}" for number in range(12)]


async def race(uri: str, name: str) -> dict[str, str]:
    """Send each key until it gets an answer that stands: the order's id, or nothing is left."""
    database = connect(uri, name)
    mall = SmallMall(database, a_reference(stores_in_a_row(3)))
    placed: dict[str, str] = {}

    async def order(key: str, viewer: Viewer) -> None:
        while True:
            try:
                placed[key] = (await mall.buy({COAT: 2}, key=key, viewer=viewer)).id
            except Unavailable:
                continue
            except OutOfStock:
                pass
            return

    # A buyer of their own for each, or they would have more unpaid orders than one may.
    buyers = {key: replace(BUYER, id=PersonId(f"member_{key}")) for key in KEYS}
    await asyncio.gather(*(order(key, buyers[key]) for key in KEYS for _ in range(2)))
    database.client.close()
    return placed


if __name__ == "__main__":
    json.dump(asyncio.run(race(sys.argv[1], sys.argv[2])), sys.stdout)
