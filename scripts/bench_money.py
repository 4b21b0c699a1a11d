"""How fast the ledger books, how long a month takes to be settled, and what a ranking costs.

Everything runs on an embedded database of its own. Journals of four lines are held against bare
inserts of as many documents as each of them writes down; the balances are changed beyond that. The
month has so many orders, each with a part that became payable to one of the owners; what a month
of 800,000 takes at that rate is told with it.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

from domain.earnings.journals import Account, Journal, JournalId, JournalLine, post_journals
from domain.earnings.rankings import guide_ranking
from domain.earnings.settling import go_on_settling, run_settlement
from domain.kernel.days import month_ends, month_of
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.people.act import Act, by_the_clock
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.earnings import bookkeeping_ports, earned_ports, settling_ports
from scripts.benching import (
    Meter,
    Part,
    Spent,
    Trips,
    arguments,
    counted_trips,
    database,
    measured,
    meter_here,
    report,
)
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare

AT = datetime(2026, 10, 15, 4, tzinfo=UTC)
GUIDES = 12_000
POSTED_TOGETHER = 50
# A journal of four lines is written down with those, and with what its guide earned in the day and
# the month; each of the six then changes a balance, too.
WRITTEN_DOWN = 1 + 4 + 2
WHOLE_MONTH = 800_000


def main() -> int:
    """Measure and print."""
    parser = arguments("money", __doc__)
    parser.add_argument("--orders", type=int, default=20_000, help="of the month (%(default)s)")
    parser.add_argument("--owners", type=int, default=100, help="who share them (%(default)s)")
    options = parser.parse_args()
    trips = counted_trips()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "data") as (uri, pid):
        asyncio.run(measure(uri, pid, trips, options))
    return 0


async def measure(uri: str, pid: int, trips: Trips, options: argparse.Namespace) -> None:
    """Each measurement on the same database."""
    made = connect(uri, "bench")
    await prepare(made)
    settings = Settings.from_environment(
        {
            "QIANMIAN_MODE": "demo",
            "MONGODB_URI": uri,
            "QIANMIAN_SECRET": "a secret of this measurement alone, long enough",
            "QIANMIAN_PERSONAL_KEYS": "bench:another secret of this measurement alone",
        }
    )
    base = Foundation(settings=settings, database=made)
    act = by_the_clock(AT, str)
    parts = journal_parts(base, act, options.seconds)
    meter = meter_here(trips, pid)
    report(await measured(parts, meter, rounds=options.rounds), options)
    await settle_a_month(base, act, meter, options.orders, options.owners)
    await rank(base, act, trips)
    await base.http.aclose()
    made.client.close()


def journal_parts(base: Foundation, act: Act, seconds: float) -> Sequence[Part]:
    """Journals, and bare inserts of as many documents."""
    ledger, bare, numbers = bookkeeping_ports(base).ledger, base.database["bare"], count()

    async def book() -> Spent:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            batch = [an_order_s_journal(next(numbers)) for _ in range(POSTED_TOGETHER)]
            await post_journals(ledger, act, batch)
            done += POSTED_TOGETHER
        return Spent(done=done, seconds=time.perf_counter() - started)

    async def insert() -> Spent:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            for _ in range(WRITTEN_DOWN):
                await bare.insert_many(
                    [{"_id": uuid4().hex, "fen": n} for n in range(POSTED_TOGETHER)], ordered=False
                )
            done += POSTED_TOGETHER
        return Spent(done=done, seconds=time.perf_counter() - started)

    return (
        Part(name="bare inserts of as many documents", run=insert),
        Part(name="journals", run=book, floor="bare inserts of as many documents"),
    )


def an_order_s_journal(number: int) -> Journal:
    """What a payment books: the provider's, the brand's, an owner's and a guide's line."""
    amounts = {
        "provider": -10_000,
        "brand": 950,
        f"owner:W{number % 800}:pending": 8_550,
        f"guide:G{number % GUIDES}:pending": 500,
    }
    lines = tuple(
        JournalLine(account=Account(name), amount=Fen(fen)) for name, fen in amounts.items()
    )
    return Journal(
        id=JournalId(f"bench:{number}"), order_id=f"o{number}", cause="bench", at=AT, lines=lines
    )


async def settle_a_month(
    base: Foundation, act: Act, meter: Meter, orders: int, owners: int
) -> None:
    """Put a month's payable journals there, and close the month for all owners."""
    ledger = bookkeeping_ports(base).ledger
    for start in range(0, orders, 1_000):
        batch = [released(n, owners) for n in range(start, min(start + 1_000, orders))]
        await ledger.journals.write(batch)
    # The balances only say who the owners are.
    one_each = [released(orders + n, owners) for n in range(owners)]
    await post_journals(ledger, act, one_each)
    ports, period = settling_ports(base), month_of(AT)
    over = by_the_clock(month_ends(period) + timedelta(hours=1), str)
    before, started = meter.read(), time.perf_counter()
    await run_settlement(ports, over, period)
    await go_on_settling(ports, over)
    took_s, after = time.perf_counter() - started, meter.read()
    done = await ports.settlements.newest_run()
    assert done is not None
    assert done.done_at is not None
    each, settled = WHOLE_MONTH / (orders + owners), orders + owners
    service_s = after.service_s - before.service_s
    database_s = after.database_s - before.database_s
    print(
        f"{settled:,} orders of {owners} owners settled in {took_s:.1f} s with {service_s:.1f} s "
        f"of the service's processor and {database_s:.1f} s of the database's; {WHOLE_MONTH:,} at "
        f"that rate: {each * took_s:.0f} s, {each * service_s:.0f} s, {each * database_s:.0f} s"
    )


def released(number: int, owners: int) -> Journal:
    """What makes an order's part payable."""
    owner = f"owner:O{number % owners}"
    lines = (
        JournalLine(account=Account(f"{owner}:pending"), amount=Fen(-8_550)),
        JournalLine(account=Account(f"{owner}:payable"), amount=Fen(8_550)),
    )
    return Journal(
        id=JournalId(f"release:{number}"),
        order_id=f"r{number}",
        cause="return window over",
        at=AT + timedelta(seconds=number % 86_400),
        lines=lines,
    )


async def rank(base: Foundation, act: Act, trips: Trips) -> None:
    """Rank all guides by a month in which each has earned."""
    period = month_of(AT)
    await base.database["earned"].delete_many({})
    await base.database["earned"].insert_many(
        [
            {"_id": f"{period}|G{n}", "period": period, "guide_id": f"G{n}", "fen": n * 7 % 9_999}
            for n in range(GUIDES)
        ]
    )
    before, started = trips.sent, time.perf_counter()
    page = await guide_ranking(earned_ports(base), act, period, PageRequest(first=20))
    took_ms = 1000 * (time.perf_counter() - started)
    print(f"{page.total:,} guides ranked in {trips.sent - before} round trips, {took_ms:.0f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
