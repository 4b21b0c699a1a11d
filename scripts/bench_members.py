"""How fast members sign in, wallets' entries are written, and tags and segments change.

Everything runs on an embedded database of its own, with as many members as asked for: a thousand
come as members do, the others are copies of them under ids of their own. They are written without
indexes, which are made afterwards: that takes the server half as long. In a folder given by
`--data` they are there for the next time, and what was cut short goes on where it was. Against each
rate stand, in the same rounds, bare inserts and bare changes of as many small documents: a hundred
in a command, of which an entry takes at least one of each, and, for sign-ins, which come by
themselves, one in a command, twenty at a time. The count and the first page of a segment are timed
by themselves.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from domain.audiences.segment_rules import Rule, RuleKind
from domain.audiences.segments import MemberRules, Segment, SegmentId, decided
from domain.audiences.traits import MemberTraits, PutTag, TagSource, with_tag
from domain.kernel.apply_once import apply_once
from domain.kernel.days import month_of
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.members.identifying import sign_in_by_wechat
from domain.members.merging import MemberPorts
from domain.people.act import by_the_clock
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import Unit, wallet_id
from qianmian.clock import new_id, now
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from scripts import embedded
from scripts.foundations import sandbox_on
from storage.mongo.audiences.traits import CHANCES, MongoTraits
from storage.mongo.kernel.database import Database, Document, UpdateOne, connect
from storage.mongo.kernel.documents import insert_new, replace_all
from storage.mongo.kernel.indexing import prepare
from storage.mongo.wallets.ledger import MongoWalletLedger

BATCH = 100
MODELS = 1_000
COPIED = ("member_traits", "wallets", "members", "member_identities")
COPIED_AT_ONCE = 5_000
SAID_EVERY = 100_000
TAGS = 400
SEGMENTS = 50
BARE, BARE_ALONE = "bare inserts and changes", "bare inserts and changes, each by itself"
JOINING, COMING = "sign-ins of new members", "sign-ins of known members"
ALONE = frozenset({BARE_ALONE, JOINING, COMING})


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench members", description=__doc__)
    parser.add_argument("--members", type=int, default=10_000, help="how many there are (10000)")
    parser.add_argument("--changes", type=int, default=1_000, help="of each kind a round (1000)")
    parser.add_argument("--rounds", type=int, default=3, help="the median counts (3)")
    parser.add_argument("--data", type=Path, help="a folder in which the members stay")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data"
        # What fills it writes again what a crash of the machine takes away.
        with embedded.running(data, sync=False) as uri:
            asyncio.run(fill(uri, options.members))
        with embedded.running(data) as uri:
            asyncio.run(measure(uri, options))
    return 0


async def measure(uri: str, options: argparse.Namespace) -> None:
    """Measure in rounds."""
    database = connect(uri, "bench")
    rules = fifty_segments()
    members = [numbered(n) for n in range(options.members)]
    traits = MongoTraits(database)
    people = member_ports_of(database)
    print(f"{len(members):,} members with a tag each, {SEGMENTS} segments over {TAGS} tags;")
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    rounds = []
    for _ in range(options.rounds):
        some = random.sample(members, min(options.changes, len(members)))
        rounds.append(await one_round(database, traits, people, some, rules))
    rates = {name: median(one[name] for one in rounds) for name in rounds[0]}
    for name, rate in rates.items():
        bare_rate = rates[BARE_ALONE if name in ALONE else BARE]
        print(f"{name}: {rate:,.0f}/s, {rate / bare_rate:.0%} of bare ones")
    started = time.perf_counter()
    page = await traits.in_segment("s0@1", PageRequest(first=50))
    took_ms = 1_000 * (time.perf_counter() - started)
    print(f"a segment's {page.total:,} members counted and 50 of them shown: {took_ms:.1f} ms")
    database.client.close()


async def fill(uri: str, wanted: int) -> None:
    """Let as many members be there: accounts, what names them, wallets and traits."""
    database = connect(uri, "bench")
    await prepare(database)
    if await database["bench_models"].count_documents({}) < len(COPIED):
        people, rules = member_ports_of(database), fifty_segments()
        first = [numbered(n) for n in range(MODELS)]
        await alone(first, lambda one: sign_in(people, f"sandbox:{one}"))
        await in_batches(first, lambda some: grant(MongoWalletLedger(database), some))
        await in_batches(first, lambda some: tag(MongoTraits(database), some, rules))
        for name in COPIED:
            models = await database[name].find({}).sort("_id").to_list(None)
            await replace_all(database["bench_models"], [{"_id": name, "models": models}])
    for name in COPIED:
        await copied(database, name, wanted)
    await prepare(database)
    database.client.close()


async def copied(database: Database, name: str, wanted: int) -> None:
    """Copies of a collection's documents, until there is one for each member."""
    found = await database["bench_models"].find_one({"_id": name})
    assert found is not None, "its first documents are there"
    models = found["models"]
    have = await database[name].estimated_document_count()
    if have < wanted:
        await database[name].drop_indexes()
    for start in range(have, wanted, COPIED_AT_ONCE):
        some = range(start, min(start + COPIED_AT_ONCE, wanted))
        await insert_new(database[name], [copy_of(models, n) for n in some])
        if start // SAID_EVERY < some.stop // SAID_EVERY:
            print(f"  {name}: {some.stop:,} of {wanted:,}", flush=True)


def copy_of(models: Sequence[Document], n: int) -> Document:
    """A document like one of the first members', of another member."""
    model = models[n % len(models)]
    own = numbered(n % len(models))

    def named(text: str) -> str:
        return text.replace(own, numbered(n)) if own in text else f"{text}:{n}"

    copy = {**model, "_id": named(model["_id"])}
    for key in ("member_id", "openid", "unionid", "sole"):
        if copy.get(key) is not None:
            copy[key] = named(copy[key])
    if "chance" in copy:
        copy["chance"] = zlib.crc32(str(copy["_id"]).encode()) % CHANCES
    return copy


def numbered(n: int) -> PersonId:
    """The id of a member by their number."""
    return PersonId(f"member_{n:08d}")


def member_ports_of(database: Database) -> MemberPorts:
    """What signing in needs, with the sandbox for WeChat."""
    base = sandbox_on(database)
    return member_ports(base, people_ports(base))


async def one_round(
    database: Database,
    traits: MongoTraits,
    people: MemberPorts,
    members: Sequence[PersonId],
    rules: MemberRules,
) -> dict[str, float]:
    """Each rate once."""
    ledger = MongoWalletLedger(database)
    wider = with_another_segment(rules)
    turn = new_id("turn")
    rates = {}
    for name, work in (
        (BARE, lambda some: bare(database, some)),
        ("entries of wallets", lambda some: grant(ledger, some)),
        ("tags, with segments decided", lambda some: tag(traits, some, rules)),
        ("members of a new segment", lambda some: decide(traits, some, wider)),
        ("members who leave it", lambda some: decide(traits, some, rules)),
        (BARE_ALONE, lambda some: alone(some, lambda one: bare(database, [one]))),
        (JOINING, lambda some: alone(some, lambda one: sign_in(people, f"sandbox:{turn}-{one}"))),
        (COMING, lambda some: alone(some, lambda one: sign_in(people, f"sandbox:{turn}-{one}"))),
    ):
        started = time.perf_counter()
        await in_batches(members, work)
        rates[name] = len(members) / (time.perf_counter() - started)
    return rates


async def in_batches(
    members: Sequence[PersonId], work: Callable[[Sequence[PersonId]], Awaitable[object]]
) -> None:
    """Do some work for a hundred members after the other."""
    for start in range(0, len(members), BATCH):
        await work(members[start : start + BATCH])


async def alone(members: Sequence[PersonId], work: Callable[[PersonId], Awaitable[object]]) -> None:
    """Do some work for each member by themselves, twenty at a time."""
    await each(members, work, at_once=20)


async def sign_in(people: MemberPorts, code: str) -> None:
    """Somebody signs in by WeChat; the first time, they join."""
    await sign_in_by_wechat(people, by_the_clock(now(), new_id), code)


async def decide(traits: MongoTraits, members: Sequence[PersonId], rules: MemberRules) -> None:
    """Have some members be in the segments of the rules."""
    at = now()
    await traits.change(members, lambda one: decided(one, at, rules))


def with_another_segment(rules: MemberRules) -> MemberRules:
    """The rules with one more segment, of everybody who has any of the tags."""
    rule = Rule(kind=RuleKind.TAG, values=tuple(f"t{n}" for n in range(TAGS)))
    one = Segment(id=SegmentId("all"), name="all", rule=rule)
    return replace(rules, segments={**rules.segments, one.id: one})


async def bare(database: Database, members: Sequence[PersonId]) -> None:
    """An insert and a change for each member."""
    rows = [{"_id": new_id("row"), "target": one, "n": 1} for one in members]
    await database["bench_rows"].insert_many(rows, ordered=False)
    writes = [UpdateOne({"_id": one}, {"$inc": {"n": 1}}, upsert=True) for one in members]
    await database["bench_sums"].bulk_write(writes, ordered=False)


async def grant(ledger: MongoWalletLedger, members: Sequence[PersonId]) -> None:
    """A hundred points for each."""
    at = now()
    granted = [
        WalletMovement(
            id=new_id("grant"),
            target=wallet_id(Unit.POINTS, one),
            kind=MovementKind.GRANT,
            at=at,
            units=100,
            month=month_of(at, 11),
        )
        for one in members
    ]
    await apply_once(ledger, granted)


async def tag(traits: MongoTraits, members: Sequence[PersonId], rules: MemberRules) -> None:
    """One of all tags for each."""
    at = now()
    codes = {one: f"t{random.randrange(TAGS)}" for one in members}
    asked = frozenset({RuleKind.TAG})

    def tagged(one: MemberTraits) -> MemberTraits:
        put = PutTag(code=codes[one.id], source=TagSource.IMPORT, at=at)
        return decided(with_tag(one, put), at, rules, asked)

    await traits.change(members, tagged)


def fifty_segments() -> MemberRules:
    """Each of a fiftieth of all tags, and of who has paid within a month."""
    made = {}
    for n in range(SEGMENTS):
        codes = tuple(f"t{one}" for one in range(n, TAGS, SEGMENTS))
        rule = Rule(
            kind=RuleKind.ANY,
            parts=(
                Rule(kind=RuleKind.TAG, values=codes),
                Rule(kind=RuleKind.DAYS_SINCE_PAID, high=30 + n),
            ),
        )
        one = Segment(id=SegmentId(f"s{n}"), name=f"s{n}", rule=rule)
        made[one.id] = one
    return MemberRules(segments=made)


if __name__ == "__main__":
    raise SystemExit(main())
