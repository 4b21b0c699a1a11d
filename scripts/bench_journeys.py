"""How many steps of journeys a second are done, and whether more runs make them slower.

Everything runs on an embedded database of its own, which is filled with runs that wait. Beside them
members enter by an order, and three times a message is due and noted; the door of messages answers
at once, so that what is measured is the engine and its writes. Against each rate stand, in the same
round, bare changes of as many of the same documents, a hundred in a command. As others may be at
work on the machine, the processor time of the database and of who works is told too.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
from scripts.benching import database, paced
from scripts.demo_journeys import NOON, Platform, Room, the_journey
from storage.mongo.kernel.database import Database, UpdateOne
from storage.mongo.kernel.indexing import prepare
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoMembers

BATCH = 100
WAITING = PersonId("member_waiting")


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
    parser.add_argument(
        "--runs", type=int, nargs="*", default=[5_000, 50_000, 500_000], help="that wait meanwhile"
    )
    parser.add_argument("--steps", type=int, default=1_000, help="members who go on (1000)")
    parser.add_argument("--workers", type=int, default=2, help="who work at the same time (2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "data") as (uri, server):
        asyncio.run(measure(uri, server, options, Path(folder)))
    return 0


async def measure(uri: str, server: int, options: argparse.Namespace, folder: Path) -> None:
    """Let members enter beside more and more who wait, then do three messages for each."""
    room, door = Room(uri, Platform(folder / "platform.txt")), AtOnce()
    base = room.base.database
    await prepare(base)
    ports = replace(room.ports, doors={StepKind.MESSAGE: door})
    await ports.rules.add(SpeakingRules(version=1, a_day=20, a_week=100))
    await ports.journeys.save(the_journey(), expected=0)
    standing = 0
    for n, size in enumerate(options.runs):
        members = [PersonId(f"member_{n}_{one:08d}") for one in range(options.steps)]
        await everybody(base, members)
        if standing == 0:
            await entering(ports, [WAITING])
        await fill(base, range(standing, size))
        standing = size
        print(f"{size:,} runs wait; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        pace = await paced(server, entering(ports, members))
        print(f"  entering: {pace}")
        paces = []
        for step in range(3):
            act = by_the_clock(NOON + step * timedelta(hours=2, minutes=5), new_id)
            paces.append(await paced(server, all_work(ports, act, options, door)))
        if door.done != 3 * options.steps * (n + 1):
            raise SystemExit(f"{door.done:,} were done, and {3 * options.steps * (n + 1):,} due")
        steps = sorted(paces, key=lambda one: one.rate)[1]
        print(f"  steps: {steps}")
        bare = await paced(server, bare_changes(base, members))
        print(f"  bare changes: {bare}")
        print(
            f"  a step takes {bare.rate / steps.rate:.1f} bare changes, and "
            f"{steps.database_ms / bare.database_ms:.1f} of the database's processor; "
            f"of {size:,} runs one step is {size / steps.rate / 60:,.0f} minutes here, and "
            f"{size * max(steps.database_ms, steps.service_ms) / 60_000:,.0f} of one processor",
            flush=True,
        )
    base.client.close()


async def fill(base: Database, numbers: Sequence[int]) -> None:
    """Copies of somebody's run, who wait for a month."""
    one = await base["journey_members"].find_one({"_id": WAITING})
    assert one is not None, "they have entered"
    del one["outbox"]
    for start in range(0, len(numbers), 1_000):
        copies = []
        for number in numbers[start : start + 1_000]:
            who, due = f"member_copy_{number:08d}", NOON + timedelta(days=30, seconds=number)
            run = {**one["runs"][0], "id": f"journey_three|{who}|1", "due_at": due}
            copies.append({**one, "_id": who, "due_at": due, "runs": [run]})
        await base["journey_members"].insert_many(copies, ordered=False)


async def everybody(base: Database, members: Sequence[PersonId]) -> None:
    """Members who allow everything."""
    said = Consent(purpose=Purpose.MARKETING, given=True, at=NOON, place="bench")
    for start in range(0, len(members), BATCH):
        some = members[start : start + BATCH]
        people = [Member(id=one, joined_at=NOON) for one in some]
        await MongoMembers(base).join_all(people, dict.fromkeys(some, ()))
        profiles = [
            MemberProfile(id=one, consents={Purpose.MARKETING: said}, version=1) for one in some
        ]
        await MongoMemberProfiles(base).add_new(profiles, dict.fromkeys(some, ()))


async def entering(ports: JourneyPorts, members: Sequence[PersonId]) -> int:
    """All enter by orders of theirs."""
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
    for start in range(0, len(facts), 500):
        some = tuple(facts[start : start + 500])
        await follow_members(ports, by_the_clock(NOON, new_id), Batch(facts=some, upto=some[-1].n))
    return len(members)


async def all_work(ports: JourneyPorts, act: Act, options: argparse.Namespace, door: AtOnce) -> int:
    """Let all work until nothing is due; tell how much was done."""
    before = door.done
    await asyncio.gather(*(until_nothing(ports, act) for _ in range(options.workers)))
    return door.done - before


async def until_nothing(ports: JourneyPorts, act: Act) -> None:
    """Work until nothing is due."""
    while await work_on_journeys(ports, act):
        pass


async def bare_changes(base: Database, members: Sequence[PersonId]) -> int:
    """One change of each member's document, a hundred in a command."""
    for n, start in enumerate(range(0, len(members), BATCH)):
        change = {"$set": {"due_at": NOON + timedelta(days=60, seconds=n)}}
        some = [UpdateOne({"_id": one}, change) for one in members[start : start + BATCH]]
        await base["journey_members"].bulk_write(some, ordered=False)
    return len(members)


if __name__ == "__main__":
    raise SystemExit(main())
