"""Make the changes of what is kept that this version of the service knows of.

A step of every deployment, after `scripts/indexes apply` and before the new version starts, and
once more when no process of the version before runs: some changes wait for that. Works on the
database that the environment names (MONGODB_URI and so on), while the service goes on. Cut short,
it goes on where it was.

  plan     what is left to do and what that waits for; changes nothing
  apply    do it

Exits with 1 where something is left.
"""

import argparse
import asyncio

from qianmian.migrations import migrations_of
from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable, PyMongoError
from storage.mongo.kernel.migrating import (
    Migration,
    Phase,
    known_by,
    migrate,
    older_processes,
    require_known,
    schema_of,
)


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(
        prog="scripts/migrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("plan", "apply"))
    command = parser.parse_args().command
    try:
        settings = Settings.from_environment()
        return asyncio.run(planned(settings) if command == "plan" else applied(settings))
    except (SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    except PyMongoError as fault:
        stop(f"the database refuses: {fault}. What was done stays; mend this and run it again.")
    return 2


async def planned(settings: Settings) -> int:
    """Print what is left to do; 1 if something is."""
    async with reached(settings) as base:
        migrations = migrations_of(base)
        schema = await schema_of(base.database)
        require_known(schema.floor, known_by(migrations))
        left = [one for one in migrations if one.number > schema.version]
        for one in left:
            older = await older_processes(base.database, one.number)
            waits = f", waits for {older} older processes to end" if _waits(one, older) else ""
            print(f"{one.number} {one.phase.value.lower()} {one.name}{waits}")
    say(f"the database is at version {schema.version} of {known_by(migrations)}")
    return 1 if left else 0


def _waits(one: Migration, older: int) -> bool:
    return bool(older) and one.phase is not Phase.EXPAND


async def applied(settings: Settings) -> int:
    """Do what can be done; 1 if something has to wait."""
    async with reached(settings) as base:
        left = await migrate(base.database, migrations_of(base), print)
    for one in left:
        say(f"{one.number} {one.name} waits for older processes to end; run this again then")
    if not left:
        say("everything is done")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
