"""Keep what the service knows of people.

`reseal` seals all of it by the first key of QIANMIAN_PERSONAL_KEYS. It can run while the service
does, and again: what is sealed so already is passed over. Works on the database that the
environment names, as the service does (MONGODB_URI and so on).
"""

import argparse
import asyncio

from domain.kernel.sealing import KeyMissing
from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable
from storage.mongo.kernel.resealing import Resealing, reseal


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="scripts/personal", description=__doc__)
    parser.add_argument("command", choices=["reseal"])
    parser.parse_args()
    try:
        asyncio.run(resealed(Settings.from_environment()))
    except (SettingsError, DatabaseUnreachable, KeyMissing) as fault:
        stop(str(fault))
    return 0


async def resealed(settings: Settings) -> None:
    """Seal everything anew, and tell of how many documents."""
    async with reached(settings) as base:
        resealing = Resealing(ring=base.ring, older=base.phones.older)
        for name, changed in (await reseal(base.database, resealing)).items():
            print(f"{name}: {changed} sealed anew")
        say(f"everything is sealed by the key {base.ring.newest}")


if __name__ == "__main__":
    raise SystemExit(main())
