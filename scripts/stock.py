"""Keep the books of stock.

`reconcile` recomputes every number from the movements and the orders, and tells what differs; with
--repair it puts that right. It can run while the service does. Works on the database that the
environment names, as the service does (MONGODB_URI and so on). Exits with 1 where numbers differ.
"""

import argparse
import asyncio

from domain.mall.stock.reconciling import reconcile, repair
from domain.people.act import by_the_clock
from qianmian.clock import new_id, now
from qianmian.opening import opened
from qianmian.settings import Settings, SettingsError
from qianmian.wiring.stock import reconcile_ports
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="scripts/stock", description=__doc__)
    parser.add_argument("command", choices=["reconcile"])
    parser.add_argument("--repair", action="store_true", help="put right what differs")
    options = parser.parse_args()
    try:
        return asyncio.run(run(Settings.from_environment(), mend=options.repair))
    except (SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    return 2


async def run(settings: Settings, *, mend: bool) -> int:
    """Reconcile, and repair if asked to; 1 where numbers differ after that."""
    async with opened(settings) as base:
        await base.reference.opened()
        ports, act = reconcile_ports(base), by_the_clock(now(), new_id)
        found = await reconcile(ports, act)
        for one in found:
            print(one)
        if found and mend:
            await repair(ports, act, found)
            found = await reconcile(ports, act)
            say(f"repaired; {len(found)} numbers differ now")
        elif not found:
            say("every number is what the movements and the orders make of it")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
