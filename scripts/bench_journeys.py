"""How many steps of journeys a second are done, and by how many processes at once.

Everything runs on an embedded database of its own. Members enter by an order, three times a message
is due and noted; the door of messages answers at once, so that what is measured is the engine and
its writes. Against each rate stand, in the same run, bare changes of as many documents of about the
same size, a hundred in a command. What 500,000 runs would take is told from the rates.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from domain.journeys.ports import Effected, JourneyEffect, JourneyPorts
from domain.journeys.running import follow_members, work_on_journeys
from domain.journeys.runs import StepOutcome
from domain.journeys.speaking import SpeakingRules
from domain.journeys.steps import JourneyStep, StepKind
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.members.consent import Consent, Purpose
from domain.members.profiles import MemberProfile
from domain.people.accounts import Member
from domain.people.act import Act, by_the_clock
from qianmian.clock import new_id
from scripts import embedded
from scripts.demo_journeys import NOON, Platform, Room, the_journey
from storage.mongo.kernel.database import Collection, Database, UpdateOne
from storage.mongo.kernel.indexing import prepare
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoMembers

BATCH = 100
HALF_A_MILLION = 500_000


class AtOnce:
    """Does everything at once, and counts it."""

    def __init__(self) -> None:
        self.done = 0

    async def do(self, act: Act, effect: JourneyEffect) -> Effected:
        """Count it."""
        self.done += 1
        return Effected(outcome=StepOutcome.DONE)

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Anything will do."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench journeys", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="members who enter (2000)")
    parser.add_argument("--workers", type=int, default=2, help="who work at the same time (2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "data") as uri:
        asyncio.run(measure(uri, options, Path(folder)))
    return 0


async def measure(uri: str, options: argparse.Namespace, folder: Path) -> None:
    """Let members enter, then do each of three messages for all of them."""
    room, door = Room(uri, Platform(folder / "platform.txt")), AtOnce()
    database = room.base.database
    await prepare(database)
    ports = replace(room.ports, doors={StepKind.MESSAGE: door})
    await ports.rules.add(SpeakingRules(version=1, a_day=20, a_week=100))
    await ports.journeys.save(the_journey(), expected=0)
    members = [PersonId(f"member_{n:08d}") for n in range(options.runs)]
    await everybody(database, members)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.workers} workers")
    took = await entering(ports, members)
    print(f"{options.runs:,} members enter: {options.runs / took:,.0f}/s")
    rates = []
    for n in range(3):
        act = by_the_clock(NOON + n * timedelta(hours=2, minutes=5), new_id)
        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(until_nothing(ports, act) for _ in range(options.workers)))
        took, busy = time.perf_counter() - started, time.process_time() - cpu
        rates.append(options.runs / took)
        print(
            f"message {n + 1}: {rates[-1]:,.0f} steps/s, "
            f"{1000 * busy / options.runs:.2f} ms of this process's time each"
        )
    if door.done != 3 * options.runs:
        raise SystemExit(f"{door.done:,} were done instead of {3 * options.runs:,}")
    yardstick = await bare(database["bare"], options.runs)
    rate = median(rates)
    print(f"bare changes of such documents, a hundred in a command: {yardstick:,.0f}/s")
    print(f"a step takes {yardstick / rate:.1f} bare changes; it writes its member three times")
    minutes = HALF_A_MILLION / rate / 60
    print(f"so one step of {HALF_A_MILLION:,} runs takes {minutes:.0f} minutes on this machine")
    database.client.close()


async def everybody(database: Database, members: Sequence[PersonId]) -> None:
    """Members who allow everything."""
    said = Consent(purpose=Purpose.MARKETING, given=True, at=NOON, place="bench")
    for start in range(0, len(members), BATCH):
        some = members[start : start + BATCH]
        people = [Member(id=one, joined_at=NOON) for one in some]
        await MongoMembers(database).join_all(people, dict.fromkeys(some, ()))
        profiles = [
            MemberProfile(id=one, consents={Purpose.MARKETING: said}, version=1) for one in some
        ]
        await MongoMemberProfiles(database).add_new(profiles, dict.fromkeys(some, ()))


async def entering(ports: JourneyPorts, members: Sequence[PersonId]) -> float:
    """How long it takes until all have entered by orders of theirs, in seconds."""
    facts = [
        Fact(
            id=FactId(f"order:{one}:1"),
            subject=f"order:{one}",
            kind=FactKind("order.placed"),
            at=NOON,
            data={"buyerId": one, "orderId": one, "lines": []},
            n=n,
        )
        for n, one in enumerate(members, 1)
    ]
    started = time.perf_counter()
    for start in range(0, len(facts), 500):
        some = tuple(facts[start : start + 500])
        await follow_members(ports, by_the_clock(NOON, new_id), Batch(facts=some, upto=some[-1].n))
    return time.perf_counter() - started


async def until_nothing(ports: JourneyPorts, act: Act) -> None:
    """Work until nothing is due."""
    while await work_on_journeys(ports, act):
        pass


async def bare(collection: Collection, count: int) -> float:
    """How many changes a second of documents of 1 KB, a hundred in a command."""
    await collection.insert_many(
        [{"_id": n, "text": "x" * 1_000, "due_at": NOON} for n in range(count)]
    )
    await collection.create_index("due_at")
    started = time.perf_counter()
    for start in range(0, count, BATCH):
        some = range(start, min(start + BATCH, count))
        change = {"$set": {"text": "y" * 1_000, "due_at": NOON + timedelta(hours=1)}}
        await collection.bulk_write([UpdateOne({"_id": n}, change) for n in some], ordered=False)
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    raise SystemExit(main())
