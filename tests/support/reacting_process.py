"""A process that relays and follows until it is killed: `python -m … URI NAME EPOCH`.

It writes a line once it begins.
"""

import asyncio
import sys
import time
from datetime import timedelta

from domain.kernel.facts import Follower
from storage.mongo.kernel.database import PyMongoError, connect
from tests.support.builders import NOON
from tests.support.facts import Sums, following, relaying

KINDS = frozenset({"thing.done"})
# Leases of 15 seconds end within a fifth of one, by the clock that all these processes share.
TIMES = 75
FOLLOWERS = ("sums", "others")


async def main(uri: str, name: str, epoch: float) -> None:
    """Turn for ever, whatever fails."""
    database = connect(uri, name)
    followers = [
        Follower(name=one, kinds=KINDS, handle=Sums(database, one).add) for one in FOLLOWERS
    ]
    turns = [relaying(database).turn, *(following(database, one).turn for one in followers)]

    async def again_and_again(turn) -> None:
        while True:
            try:
                more = await turn(NOON + timedelta(seconds=(time.time() - epoch) * TIMES))
            except (PyMongoError, ExceptionGroup, RuntimeError, ValueError):
                more = False
            await asyncio.sleep(0 if more else 0.01)

    sys.stdout.write("begins\n")
    sys.stdout.flush()
    await asyncio.gather(*map(again_and_again, turns))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
