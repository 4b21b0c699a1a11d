"""Audit the ledger of what orders earn.

Every journal must sum to zero, every balance be the sum of its account's lines, and every line be
in its balance. Works on the database that the environment names, as the service does (MONGODB_URI
and so on), and may run while the service does: what is in flight then is told apart from faults.

  audit       all journals and balances
  reconcile   what was paid and given back, as the ledger has it and as the payments say
  recount     counts what is not counted yet of what guides earned by day and month

Exits with 1 where something is wrong, or still in flight.
"""

import argparse
import asyncio
from collections import Counter

from domain.earnings.journals import EARNED, Journal, count_journals, counts_of
from domain.mall.fulfilment.payments import RefundState
from domain.people.act import by_the_clock
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from qianmian.wiring.earnings import bookkeeping_ports
from scripts.bootstrap import say, stop
from storage.mongo.earnings.journals import MongoJournals
from storage.mongo.kernel.database import Database, DatabaseUnreachable, Document
from storage.mongo.kernel.documents import from_document

MOST_SHOWN = 50
COUNTED_AT_ONCE = 500


def main() -> int:
    """Run one command."""
    options = read_options()
    try:
        return asyncio.run(run(Settings.from_environment(), options.command))
    except (SettingsError, DatabaseUnreachable) as fault:
        stop(str(fault))
    return 2


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/ledger",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("audit")
    commands.add_parser("reconcile")
    commands.add_parser("recount")
    return parser.parse_args()


async def run(settings: Settings, command: str) -> int:
    """Look, and tell what is wrong."""
    look = faults_of_payments if command == "reconcile" else faults_of_ledger
    async with reached(settings) as base:
        if command == "recount":
            await recount(base)
        faults = await look(base.database)
        count = await base.database["journals"].count_documents({})
    for fault in faults[:MOST_SHOWN]:
        print(fault)
    say(f"{len(faults)} faults in {count} journals")
    return 1 if faults else 0


async def faults_of_ledger(database: Database) -> list[str]:
    """Journals that do not sum to zero, balances that are not their lines', lines in flight."""
    faults, sums, counted = [], Counter[str](), Counter[str]()
    async for journal in database["journals"].find({}):
        balanced = sum(line["amount"] for line in journal["lines"]) == 0
        if not balanced:
            faults.append(f"journal {journal['_id']} does not sum to 0")
        for line in journal["lines"]:
            sums[line["account"]] += line["amount"]
        for count in counts_of(from_document(Journal, journal)) if balanced else ():
            counted[count.target] += count.add[EARNED]
    balances: Counter[str] = Counter()
    async for account in database["ledger_accounts"].find({}, {"fen": 1}):
        balances[account["_id"]] = account.get("fen", 0)
    faults += [
        f"{account} has {balances[account]} fen, its journals come to {sums[account]}"
        for account in sorted({*sums, *balances})
        if sums[account] != balances[account]
    ]
    faults += await _faults_of_counts(database, counted)
    if in_flight := await MongoJournals(database).in_flight():
        faults.append(f"{in_flight} lines are in flight")
    return faults


async def recount(base: Foundation) -> None:
    """Count every journal, those of before there were counts, too; each counts once."""
    act = by_the_clock(now(), str)
    ledger = bookkeeping_ports(base).ledger
    journals: list[Journal] = []
    async for one in base.database["journals"].find({}):
        journals.append(from_document(Journal, one))
        if len(journals) == COUNTED_AT_ONCE:
            await count_journals(ledger, act, journals)
            journals = []
    await count_journals(ledger, act, journals)


async def _faults_of_counts(database: Database, counted: Counter[str]) -> list[str]:
    """Guides' days and months that do not have what the journals come to."""
    has: Counter[str] = Counter()
    async for one in database["earned"].find({}, {EARNED: 1}):
        has[one["_id"]] = one.get(EARNED, 0)
    return [
        f"{target} has {has[target]} fen earned, the journals come to {counted[target]}"
        for target in sorted({*has, *counted})
        if has[target] != counted[target]
    ]


async def faults_of_payments(database: Database) -> list[str]:
    """Orders of which the ledger has other money than their payments say."""
    sums = await _held_by_order(database)
    async for one in database["fulfilments"].find({}, {"payment": 1}):
        sums[one["_id"]] += _kept(one["payment"])
    return [
        f"{order_id}: the provider holds {fen} fen more than the ledger has"
        for order_id, fen in sorted(sums.items())
        if fen
    ]


async def _held_by_order(database: Database) -> Counter[str]:
    """What the journals have of the provider, which is below 0, by order."""
    sums: Counter[str] = Counter()
    async for journal in database["journals"].find({"accounts": "provider"}):
        # What somebody took back by hand is a correction beside what was paid; fees have no order.
        if journal["reverses"] is None and journal["order_id"] is not None:
            for line in journal["lines"]:
                sums[journal["order_id"]] += line["amount"] if line["account"] == "provider" else 0
    return sums


def _kept(payment: Document) -> int:
    if not payment["transaction_id"]:
        return 0
    done = (one["amount"] for one in payment["refunds"] if one["state"] == RefundState.DONE)
    kept: int = payment["amount"] - sum(done)
    return kept
