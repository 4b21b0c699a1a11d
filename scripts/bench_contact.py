"""How many calls of WeCom's are kept a second, and how long it takes to read lists of friends.

Everything runs in one process on an embedded database of its own, with WeCom played on a port of
this machine. The calls are checked, opened and kept as they come, without HTTP; against them stand,
in the same run, bare inserts of as many documents of their size, as many at once. A list is read
when the mirror has none of it, and again when nothing has changed.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from domain.contact.hearing import hear_wecom
from domain.contact.inbox import Call, InboxPorts
from domain.contact.mirroring import read_list
from domain.contact.ports import ContactPorts
from domain.contact.wecom import LISTS_READ
from domain.people.accounts import Guide, GuideId
from domain.people.act import by_the_clock
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.contact import contact_ports, inbox_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from scripts import embedded
from scripts.demo_contact import connection, playing
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare
from storage.mongo.people.people import MongoGuides

AT_ONCE = 32
MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is measured with."""

    base: Foundation
    stub: WecomStub
    inbox: InboxPorts
    contact: ContactPorts


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench contact", description=__doc__)
    parser.add_argument("--calls", type=int, default=2_000, help="calls of WeCom's (2000)")
    parser.add_argument("--guides", type=int, default=8, help="people with lists (8)")
    parser.add_argument("--friends", type=int, default=1_000, help="friends of each (1000)")
    options = parser.parse_args()
    stub = WecomStub()
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.running(Path(folder) / "data") as uri,
        playing(stub) as gateway,
    ):
        asyncio.run(measure(stub, uri, gateway, options))
    return 0


async def measure(stub: WecomStub, uri: str, gateway: str, options: argparse.Namespace) -> None:
    """Run each measurement on the same database."""
    database = connect(uri, "bench")
    await prepare(database)
    environment = {
        "QIANMIAN_MODE": "demo",
        "MONGODB_URI": uri,
        "QIANMIAN_SECRET": "a secret of this measurement alone, long enough",
        "QIANMIAN_PERSONAL_KEYS": "bench:a secret of this measurement alone and long enough",
        **connection(gateway),
    }
    base = Foundation(settings=Settings.from_environment(environment), database=database)
    contact = contact_ports(base, member_ports(base, people_ports(base)))
    bench = Bench(base=base, stub=stub, inbox=inbox_ports(base), contact=contact)
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    await calls(bench, options.calls)
    await lists(bench, options.guides, options.friends)
    await base.http.aclose()
    database.client.close()


async def calls(bench: Bench, many: int) -> None:
    """How many calls are kept a second, beside bare inserts."""
    told = [bench.stub.add("guide", f"wm{number}", "state") for number in range(many)]
    made = [_call(bench.stub, event) for event in told]

    async def hear(call: Call) -> None:
        await hear_wecom(bench.inbox, by_the_clock(now(), new_id), call)

    kept = await per_second([partial(hear, one) for one in made])
    documents = await bench.base.database["contact_inbox"].find({}).to_list(None)
    bare = bench.base.database["bare"]
    inserts = [{**one, "_id": number} for number, one in enumerate(documents)]
    floor = await per_second([partial(bare.insert_one, one) for one in inserts])
    print(f"calls of WeCom's: {kept:,.0f}/s, {kept / floor:.0%} of {floor:,.0f}/s bare inserts")


async def lists(bench: Bench, guides: int, friends: int) -> None:
    """How long it takes to read lists of friends, first and again."""
    people = [
        Guide(id=GuideId(f"G{one}"), name="小林", store_id="S1", wecom_user_id=f"user{one}")
        for one in range(guides)
    ]
    await bench.base.made(MongoGuides).save_all(people)
    for guide in people:
        for number in range(friends):
            bench.stub.add(guide.wecom_user_id, f"wm-{guide.id}-{number}")
    path = "/cgi-bin/externalcontact/batch/get_by_user"
    for what in ("read for the first time", "read again, unchanged"):
        before, took = bench.stub.asked[path], []
        act = by_the_clock(now(), new_id)
        for guide in people:
            began = time.perf_counter()
            await read_list(bench.contact, act, guide.wecom_user_id)
            took.append(time.perf_counter() - began)
        took_s = sum(took)
        asked, bonds = bench.stub.asked[path] - before, guides * friends
        hours = took_s * MILLION / bonds / 3_600
        minutes = asked * MILLION / bonds / LISTS_READ.most
        tenth = max(guides // 10, 1)
        early, late = (tenth * friends / sum(some) for some in (took[:tenth], took[-tenth:]))
        print(
            f"{bonds:,} bonds {what}: {took_s:.1f} s, {bonds / took_s:,.0f}/s, {asked} calls; "
            f"the first tenth at {early:,.0f}/s, the last at {late:,.0f}/s; a million, by "
            f"proportion: {hours:.2f} h in one process, and {minutes:.1f} min at "
            f"{LISTS_READ.most:,} calls a minute"
        )
    kept = await bench.base.database["bonds"].count_documents({"standing": True})
    if kept != guides * friends:
        raise SystemExit(f"{kept:,} bonds are in the mirror, not {guides * friends:,}")


async def per_second(work: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """How many of something are done a second, so many at once."""
    waiting = iter(work)

    async def worker() -> None:
        for one in waiting:
            await one()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return len(work) / (time.perf_counter() - began)


def _call(stub: WecomStub, event: dict[str, str]) -> Call:
    query, body = stub.call(event)
    return Call(
        signature=query["msg_signature"],
        timestamp=query["timestamp"],
        nonce=query["nonce"],
        body=body,
    )
