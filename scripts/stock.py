"""Keep the books of stock.

`reconcile` recomputes every number from the movements and the orders, and tells what differs; with
--repair it puts that right. It can run while the service does. Works on the database that the
environment names, as the service does (MONGODB_URI and so on). Exits with 1 where numbers differ.
"""

import argparse
import asyncio

from domain.mall.stock.reconciling import reconcile, repair
from qianmian.composition import DatabaseUnreachable, new_id, now, opened
from qianmian.settings import Settings, SettingsError
from scripts.bootstrap import say, stop
from storage.mongo.mall.stock.books import MongoBooks
from storage.mongo.mall.stock.stock import MongoPools


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
        books = base.made(MongoBooks)
        found = await reconcile(books)
        for one in found:
            print(one)
        if found and mend:
            await repair(books, base.made(MongoPools), found, now=now(), new_id=new_id)
            found = await reconcile(books)
            say(f"repaired; {len(found)} numbers differ now")
        elif not found:
            say("every number is what the movements and the orders make of it")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
