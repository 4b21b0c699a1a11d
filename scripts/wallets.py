"""Keep the books of wallets.

`reconcile` recounts every wallet from its entries, and tells which differ; with --repair it puts
those right. It can run while the service does. Works on the database that the environment names, as
the service does (MONGODB_URI and so on). Exits with 1 where a wallet differs and stays so.
"""

import argparse
import asyncio

from domain.people.act import by_the_clock
from domain.wallets.reconciling import reconcile_wallets
from qianmian.clock import new_id, now
from qianmian.opening import opened
from qianmian.settings import Settings, SettingsError
from qianmian.wiring.wallets import wallet_ports
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="scripts/wallets", description=__doc__)
    parser.add_argument("command", choices=["reconcile"])
    parser.add_argument("--repair", action="store_true", help="put right what differs")
    options = parser.parse_args()
    try:
        return asyncio.run(run(Settings.from_environment(), mend=options.repair))
    except (SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    return 2


async def run(settings: Settings, *, mend: bool) -> int:
    """Reconcile, and repair if asked to; 1 where wallets differ after that."""
    left = 0
    async with opened(settings) as base:
        act = by_the_clock(now(), new_id)
        async for one in reconcile_wallets(wallet_ports(base), act, mend=mend):
            left += not one.mended
            print(f"{one.wallet_id}: has {one.found.net}, entries come to {one.entries.net}")
            if one.mended:
                print("  mended")
    if not left:
        say("every wallet is the sum of its entries")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
