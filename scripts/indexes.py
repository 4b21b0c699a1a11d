"""Compare the database's indexes with those that the service needs, and make them.

A step of every deployment, before the new version starts: the service does not start on a database
that lacks an index. Works on the database that the environment names (MONGODB_URI and so on).

  plan     what is lacking, what is there otherwise, what is not declared; changes nothing
  apply    make what is lacking and make anew what is there otherwise, one by one
  shards   the commands for mongosh that shard a cluster, as they are declared

An index that is not declared stays: the version before may need it still. Exits with 1 where `plan`
finds something to do.
"""

import argparse
import asyncio
import json
import time

from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from scripts.bootstrap import say, stop
from storage.mongo.kernel.collections import HASHED, Kept, sharded
from storage.mongo.kernel.database import DatabaseUnreachable, PyMongoError
from storage.mongo.kernel.indexing import make, plan


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        prog="scripts/indexes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("plan", "apply", "shards"))
    command = parser.parse_args().command
    try:
        settings = Settings.from_environment()
        if command == "shards":
            print("\n".join(shard_commands(settings.mongodb_database)))
            return 0
        return asyncio.run(planned(settings) if command == "plan" else applied(settings))
    except (SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    except PyMongoError as fault:
        stop(f"the database refuses: {fault}. What was made stays; mend this and run it again.")
    return 2


async def planned(settings: Settings) -> int:
    """Print what there is to do; 1 if there is something."""
    async with reached(settings) as base:
        steps = await plan(base.database)
    for step in steps:
        print(f"{step.what:<14} {step.collection}.{step.name}")
    to_make = sum(step.index is not None for step in steps)
    say(f"{to_make} to make, {len(steps) - to_make} not declared")
    return 1 if to_make else 0


async def applied(settings: Settings) -> int:
    """Make what is lacking, saying how long each took."""
    async with reached(settings) as base:
        steps = [step for step in await plan(base.database) if step.index is not None]
        for number, step in enumerate(steps, 1):
            started = time.monotonic()
            await make(base.database, step)
            took = time.monotonic() - started
            print(f"{number} of {len(steps)}: {step.collection}.{step.name} ({took:.1f} s)")
    say("every index is there")
    return 0


def shard_commands(database: str) -> list[str]:
    """What mongosh is told, once, before there is data."""
    return [
        f"sh.enableSharding({json.dumps(database)})",
        *(
            f"sh.shardCollection({json.dumps(f'{database}.{one.name}')}, {json.dumps(_key(one))})"
            for one in sharded()
        ),
    ]


def _key(one: Kept) -> dict[str, int | str]:
    if HASHED in one.shard_key:
        return {"_id": HASHED}
    return dict.fromkeys(one.shard_key, 1)


if __name__ == "__main__":
    raise SystemExit(main())
