"""See and mend how followers keep up with what happens.

A follower hears of facts (an order was paid, a product was renamed) and does what follows from
them. A fact that fails is tried again for about an hour and a half and then parked; it holds up
what it is about, and nothing else. Works on the database that the environment names, as the service
does (MONGODB_URI and so on).

  list                   every follower: its place, how far behind it is, what it holds
  parked                 every parked fact, with the error and what waits behind it
  retry NAME [SUBJECT]   try what is held for a follower again now, or one subject of it
  skip NAME SUBJECT      give up the fact at which a subject fails; those behind it go on
  rebuild NAME           forget what a follower has made; the running service makes it anew

Exits with 1 where something is parked (list, parked) or what was asked for is not there.
"""

import argparse
import asyncio
from collections.abc import Sequence

from domain.kernel.facts import Follower
from domain.kernel.operating_followers import (
    FollowerStanding,
    named,
    rebuild,
    retry,
    skip,
    standings,
)
from domain.kernel.refusals import Refusal
from qianmian.clock import now
from qianmian.composition import followers_of
from qianmian.opening import opened
from qianmian.settings import Settings, SettingsError
from scripts.bootstrap import say, stop
from storage.mongo.kernel.collections import FACT_SOURCES
from storage.mongo.kernel.database import DatabaseUnreachable
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream
from storage.mongo.kernel.following import MongoPlaces

MOST_WAITING = 1_000


def main() -> int:
    """Run one command."""
    options = read_options()
    try:
        return asyncio.run(run(Settings.from_environment(), options))
    except (SettingsError, DatabaseUnreachable, Refusal) as fault:
        stop(str(fault))
    return 2


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/facts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list")
    commands.add_parser("parked")
    for name in ("retry", "skip", "rebuild"):
        command = commands.add_parser(name)
        command.add_argument("name", metavar="NAME", help="a follower, as `list` names it")
        if name != "rebuild":
            command.add_argument("subject", metavar="SUBJECT", nargs="?" if name == "retry" else 1)
    return parser.parse_args()


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do what was asked for; 1 where something is parked."""
    async with opened(settings) as base:
        places, stream = base.made(MongoPlaces), base.made(MongoStream)
        followers = followers_of(base)
        if options.command in ("list", "parked"):
            found = await standings(places, stream, followers, now=now())
            if options.command == "list":
                outboxes = MongoOutboxes(base.database, FACT_SOURCES)
                show(found, len(await outboxes.waiting(MOST_WAITING)), await stream.head())
            else:
                show_parked(found)
            return 1 if any(one.parked for one in found) else 0
        await mend(places, followers, options)
    return 0


async def mend(
    places: MongoPlaces, followers: Sequence[Follower], options: argparse.Namespace
) -> None:
    """Retry, skip or rebuild."""
    follower = named(followers, options.name)
    if options.command == "retry":
        count = await retry(places, follower.name, options.subject, now=now())
        say(f"{follower.name} tries {count} subjects again")
    elif options.command == "skip":
        number = await skip(places, follower.name, options.subject[0], now=now())
        say(f"{follower.name} gives up fact {number} and goes on behind it")
    else:
        await rebuild(places, follower)
        say(f"{follower.name} begins anew; `scripts/facts list` shows how far it is")


def show(found: Sequence[FollowerStanding], waiting: int, head: int) -> None:
    """Print a line for each follower."""
    many = "+" if waiting >= MOST_WAITING else ""
    print(f"{head} facts in the stream; {waiting}{many} documents wait to be relayed")
    print(f"{'follower':<16}{'place':>10}{'behind':>10}{'late by':>10}{'held':>6}{'parked':>8}")
    for one in found:
        late = f"{one.late_by.total_seconds():.1f} s"
        print(
            f"{one.name:<16}{one.place:>10}{one.behind:>10}{late:>10}"
            f"{len(one.held):>6}{len(one.parked):>8}"
        )
        if one.rebuilding:
            print("  is to be rebuilt")
        if one.resting:
            print(f"  rests: {one.resting}")


def show_parked(found: Sequence[FollowerStanding]) -> None:
    """Print what is parked."""
    for one in found:
        for held in one.parked:
            behind = len(held.waiting) - 1
            print(f"{one.name}: {held.subject}, fact {held.waiting[0]}, {behind} behind it")
            print(f"  {held.error}")
    if not any(one.parked for one in found):
        say("nothing is parked")


if __name__ == "__main__":
    raise SystemExit(main())
