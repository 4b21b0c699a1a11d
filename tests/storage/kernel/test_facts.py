"""The stream of facts: nothing is lost, nothing is out of order, nobody holds up another."""

import asyncio
import random
import time
from collections import Counter
from datetime import timedelta

import pytest

from domain.kernel.facts import Batch, Follower
from domain.kernel.following import (
    LEASE,
    MOST_FAILURES,
    MOST_HELD_AT_ONCE,
    MOST_WHOLE_FAILURES,
    FollowersTrouble,
)
from domain.kernel.refusals import Conflict
from domain.kernel.relaying import QUIET, Relaying, relay
from storage.mongo.kernel import facts
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import replace_versions, save_version
from storage.mongo.kernel.facts import PAGE, MongoOutboxes, MongoStream
from storage.mongo.kernel.following import MongoPlaces
from tests.support.builders import NOON
from tests.support.crashing import Crash, Crashing
from tests.support.facts import (
    SOURCE,
    Diary,
    Sums,
    a_fact,
    a_relay,
    fast_clock,
    follow_all,
    following,
    killed_again_and_again,
    relay_all,
    relaying,
    run_for_ever,
    say,
    say_one_each,
)

pytestmark = pytest.mark.anyio
KINDS = frozenset({"thing.done"})
SUBJECTS = [f"thing:{letter}" for letter in "abc"]


async def streamed(database: Database) -> list[str]:
    """The ids of the stream in order, which are numbered from 1 without a gap."""
    found = await MongoStream(database).after(0, 10_000)
    assert [fact.n for fact in found] == list(range(1, len(found) + 1))
    pages = await database["facts"].find({}).to_list(None)
    assert sum(len(page["facts"]) for page in pages) == len(found)
    return [fact.id for fact in found]


async def test_a_fact_is_written_with_its_change_and_survives_the_next_change(database: Database):
    await say(database, "thing:a", a_fact("thing:a", 1), expected=0)
    await say(database, "thing:a", a_fact("thing:a", 2), a_fact("thing:a", 3), expected=1)
    await say(database, "thing:a", expected=2)
    with pytest.raises(Conflict):
        await say(database, "thing:a", a_fact("thing:a", 4), expected=1)
    assert await relay(*a_relay(database)) == 1
    assert await streamed(database) == ["thing:a:1", "thing:a:2", "thing:a:3"]
    found = await database[SOURCE].find_one({"_id": "thing:a"})
    assert found["version"] == 3
    assert "outbox" not in found
    assert await relay(*a_relay(database)) == 0


async def test_many_documents_are_saved_with_their_facts_at_once(database: Database):
    products = [{"_id": f"p{i}", "version": 1, "variants": [{"sku": i}]} for i in range(3)]
    await replace_versions(database["products"], products)
    changed = [{**one, "version": 2} for one in products]
    await save_version(database["products"], {**products[1], "version": 2}, expected=1)
    facts = {f"p{i}": [a_fact(f"p{i}", 2)] for i in range(3)}
    with pytest.raises(Conflict):
        await replace_versions(database["products"], changed, facts)
    found = (
        await database["products"]
        .find({"outbox.facts.id": {"$in": ["p0:2", "p1:2", "p2:2"]}})
        .to_list(None)
    )
    assert sorted(one["_id"] for one in found) == ["p0", "p2"]


@pytest.mark.parametrize("step", ["waiting", "append", "clear"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_relay_that_ends_anywhere_loses_and_repeats_nothing(
    database: Database, step: str, after: bool
):
    await say_one_each(database, SUBJECTS, 1)
    broken = [Crashing(port, step, after=after) for port in a_relay(database)]
    with pytest.raises(Crash):
        await relay(*broken)
    await say_one_each(database, SUBJECTS, 2)
    await relay_all(database)
    ids = await streamed(database)
    assert sorted(ids) == sorted(f"{one}:{i}" for one in SUBJECTS for i in (1, 2))
    assert all(ids.index(f"{one}:1") < ids.index(f"{one}:2") for one in SUBJECTS)


async def test_a_relay_that_was_paused_writes_behind_the_newest_or_not_at_all(database: Database):
    """It has looked into the outboxes and at the head; then others relay, and it wakes up."""
    outboxes, stream = a_relay(database)
    await say_one_each(database, SUBJECTS, 1)
    waiting = await outboxes.waiting(10)
    await relay_all(database)
    await say_one_each(database, SUBJECTS, 2)
    await relay_all(database)
    seen = await MongoStream(database).after(0, 100)
    fresh = a_fact("thing:z", 1)
    await stream.append([*(fact for one in waiting for fact in one.facts), fresh])
    assert (await MongoStream(database).after(0, 100))[: len(seen)] == seen
    assert (await streamed(database))[6:] == ["thing:z:1"]


async def test_a_relay_looks_where_its_process_says_something_and_everywhere_once_a_second(
    database: Database, monkeypatch: pytest.MonkeyPatch, round_trips: list[str]
):
    monkeypatch.setattr(facts, "SAID", facts.Said())
    monkeypatch.setattr(facts, "LATELY_S", float("inf"))
    outboxes = MongoOutboxes(database, [SOURCE, "others"])
    one = Relaying(outboxes, MongoStream(database), MongoPlaces(database))
    # Where a kind of facts waits is known once one of them was found.
    for turn in (1, 2):
        await say_one_each(database, ["thing:a"], turn)
        round_trips.clear()
        [waiting] = await outboxes.waiting(10, everywhere=False)
        assert waiting.source == SOURCE
        assert round_trips.count("find others") == (turn == 1)
        await one.turn(NOON)
    monkeypatch.setattr(facts, "LATELY_S", 0.0)
    await say_one_each(database, ["thing:b"], 1)
    assert await outboxes.waiting(10, everywhere=False) == []
    await one.turn(NOON + QUIET - timedelta(milliseconds=1))
    assert len(await streamed(database)) == 2
    await one.turn(NOON + QUIET)
    # While others say something, it looks everywhere at each turn.
    await say_one_each(database, ["thing:b"], 2)
    await one.turn(NOON + QUIET)
    assert len(await streamed(database)) == 4
    await one.turn(NOON + QUIET)
    round_trips.clear()
    await one.turn(NOON + QUIET)
    assert round_trips == []


async def test_two_relays_at_once_leave_no_gap_and_no_repeat(database: Database):
    await say_one_each(database, [f"thing:{i}" for i in range(150)], 1)
    relays = [a_relay(database) for _ in range(4)]

    async def all_there_is(ports) -> None:
        while await relay(*ports, most=7):
            pass

    await asyncio.gather(*map(all_there_is, relays))
    assert len(await streamed(database)) == 150


async def test_the_head_is_found_without_reading_the_stream(database: Database, round_trips):
    stream = MongoStream(database)
    assert await stream.head() == 0
    await stream.append([a_fact("thing:a", i) for i in range(1, 301)])
    round_trips.clear()
    assert await MongoStream(database).head() == 300
    assert len(round_trips) < 20


async def test_a_head_that_moves_while_it_is_looked_for_is_the_end_of_a_page(database: Database):
    """Whoever began to write within a page would give numbers a second time."""
    other, said, growing = MongoStream(database), iter(range(1, 10_000)), False

    class Overtaken(MongoStream):
        async def _end_behind(self, n: int) -> int:
            if growing:
                await other.append([a_fact("thing:a", next(said)) for _ in range(7)])
            return await super()._end_behind(n)

    stream = Overtaken(database)
    for number in range(1, 6):
        growing = True
        await stream.head()
        growing = False
        await stream.append([a_fact("thing:b", number)])
        ids = await streamed(database)
        assert len(ids) == len(set(ids)) >= 7 * number


async def test_facts_are_found_by_numbers_and_ids_across_pages(database: Database):
    stream = MongoStream(database)
    facts = [a_fact("thing:a", i) for i in range(1, 2 * PAGE + 11)]
    await stream.append(facts[:3])
    await stream.append([*facts[:3], *facts, facts[-1]])
    await stream.append(facts)
    assert len(await streamed(database)) == len(facts)
    numbers = [1, 3, 4, PAGE, PAGE + 3, PAGE + 4, 2 * PAGE + 10, 9_999]
    assert [fact.n for fact in await stream.by_numbers(numbers)] == numbers[:-1]
    ids = [facts[n - 1].id for n in numbers[:-1]]
    assert [fact.id for fact in await stream.by_ids([*reversed(ids), "thing:z:1"])] == ids
    for n in (0, 2, 3, PAGE + 2, PAGE + 3, 2 * PAGE + 9, 2 * PAGE + 10):
        assert [fact.n for fact in await stream.after(n, 5)] == list(
            range(n + 1, min(n + 5, len(facts)) + 1)
        )


async def test_a_follower_hears_all_in_order_and_goes_on_where_it_was(database: Database):
    diary = Diary()
    follower = Follower(name="diary", kinds=KINDS, handle=diary.take)
    await say_one_each(database, SUBJECTS, 1)
    await relay_all(database)
    first = following(database, follower)
    await follow_all(first)
    await say_one_each(database, SUBJECTS, 2)
    await relay_all(database)
    await follow_all(first)
    await first.stop()
    await follow_all(following(database, follower))
    assert [fact.n for fact in diary.heard] == [1, 2, 3, 4, 5, 6]


async def test_a_new_follower_begins_with_the_first_fact_or_with_the_next(database: Database):
    await say_one_each(database, SUBJECTS, 1)
    await relay_all(database)
    old, new = Diary(), Diary()
    followers = [
        following(database, Follower(name="old", kinds=KINDS, handle=old.take)),
        following(
            database, Follower(name="new", kinds=KINDS, handle=new.take, from_the_first=False)
        ),
    ]
    for one in followers:
        await follow_all(one)
    await say_one_each(database, SUBJECTS, 2)
    await relay_all(database)
    for one in followers:
        await follow_all(one)
    assert [fact.n for fact in old.heard] == [1, 2, 3, 4, 5, 6]
    assert [fact.n for fact in new.heard] == [4, 5, 6]


async def test_a_fact_that_fails_holds_up_its_own_subject_alone(database: Database):
    diary = Diary(fails=lambda fact: fact.id == "thing:b:1")
    one = following(database, Follower(name="diary", kinds=KINDS, handle=diary.take))
    for number in (1, 2):
        await say_one_each(database, SUBJECTS, number)
        await relay_all(database)
        await follow_all(one)
    assert (diary.of("thing:a"), diary.of("thing:b"), diary.of("thing:c")) == ([1, 4], [], [3, 6])
    [held] = await MongoPlaces(database).held("diary")
    assert (held.subject, held.waiting, held.error) == (
        "thing:b",
        (2, 5),
        "ValueError: thing:b:1 is poison",
    )
    diary.fails = lambda _: False
    await follow_all(one, NOON + timedelta(seconds=2))
    assert diary.of("thing:b") == [2, 5]
    assert await MongoPlaces(database).held("diary") == []


async def test_a_fact_that_fails_for_ever_is_parked(database: Database):
    diary = Diary(fails=lambda fact: fact.subject == "thing:b")
    one = following(database, Follower(name="diary", kinds=KINDS, handle=diary.take))
    await say_one_each(database, SUBJECTS, 1)
    await relay_all(database)
    now = NOON
    for _ in range(MOST_FAILURES + 3):
        await follow_all(one, now)
        now += timedelta(minutes=11)
    [held] = await MongoPlaces(database).held("diary")
    assert (held.parked, held.failures) == (True, MOST_FAILURES)


async def test_a_follower_that_fails_as_a_whole_rests_and_holds_nothing(database: Database):
    subjects = [f"thing:{i:02}" for i in range(MOST_HELD_AT_ONCE + 2)]
    diary = Diary(fails=lambda _: True)
    one = following(database, Follower(name="diary", kinds=KINDS, handle=diary.take))
    await say_one_each(database, subjects, 1)
    await relay_all(database)
    with pytest.raises(FollowersTrouble):
        await one.turn(NOON)
    assert not await one.turn(NOON)
    assert await MongoPlaces(database).held("diary") == []
    diary.fails = lambda _: False
    await follow_all(one, NOON + timedelta(minutes=1))
    assert len(diary.heard) == len(subjects)


async def test_so_many_poisoned_subjects_in_a_row_do_not_stop_the_others(database: Database):
    subjects = [f"thing:{i:02}" for i in range(MOST_HELD_AT_ONCE + 2)]
    diary = Diary(fails=lambda fact: fact.subject < f"thing:{MOST_HELD_AT_ONCE}")
    one = following(database, Follower(name="diary", kinds=KINDS, handle=diary.take))
    await say_one_each(database, subjects, 1)
    await relay_all(database)
    now = NOON
    for _ in range(MOST_WHOLE_FAILURES):
        with pytest.raises(FollowersTrouble):
            await one.turn(now)
        now += timedelta(minutes=11)
    await follow_all(one, now)
    assert {fact.subject for fact in diary.heard} == set(subjects[MOST_HELD_AT_ONCE:])
    assert len(await MongoPlaces(database).held("diary")) == MOST_HELD_AT_ONCE


async def test_one_that_was_paused_moves_no_place_and_counts_nothing_twice(database: Database):
    """It stops in the middle of a batch; its lease ends, another does the batch, and it wakes."""
    sums, woken, stopped = Sums(database), asyncio.Event(), asyncio.Event()

    async def slowly(batch: Batch) -> None:
        stopped.set()
        await woken.wait()
        await sums.add(batch)

    await say_one_each(database, SUBJECTS, 1)
    await relay_all(database)
    slow = following(database, Follower(name="sums", kinds=KINDS, handle=slowly))
    sleeping = asyncio.create_task(slow.turn(NOON))
    await stopped.wait()
    fast = following(database, Follower(name="sums", kinds=KINDS, handle=sums.add))
    await follow_all(fast)
    assert await sums.read() == {}
    await follow_all(fast, NOON + LEASE)
    await say_one_each(database, SUBJECTS, 2)
    await relay_all(database)
    await follow_all(fast, NOON + LEASE)
    woken.set()
    await sleeping
    assert await sums.read() == {"all": 6, "a": 2, "b": 2, "c": 2}
    assert (await MongoPlaces(database).all())[0].n == 6


async def test_a_rebuild_gives_what_was_there_before(database: Database):
    sums, places = Sums(database), MongoPlaces(database)
    one = following(
        database, Follower(name="sums", kinds=KINDS, handle=sums.add, forget=sums.forget)
    )
    for number in (1, 2, 3):
        await say_one_each(database, SUBJECTS, number)
        await relay_all(database)
        await follow_all(one)
    before = await sums.read()
    assert await places.ask_for_rebuild("sums")
    late = Batch(facts=tuple(await MongoStream(database).after(0, 3)), upto=3)
    await sums.collection.delete_many({})
    await sums.add(late)  # by a process that knows of no rebuild
    await follow_all(one, NOON + timedelta(seconds=2))
    assert await sums.read() == before == {"all": 9, "a": 3, "b": 3, "c": 3}
    with pytest.raises(Conflict):
        await sums.add(late)


@pytest.mark.parametrize("seed", range(3))
async def test_processes_killed_at_any_moment_lose_nothing_and_count_nothing_twice(
    database: Database, seed: int
):
    """Two relays and two of each follower at once, each killed and started again and again.

    One follower's subject fails now and then; the clock runs so fast that leases end on the way.
    """
    chance, clock = random.Random(seed), fast_clock(100)
    sums, diary = Sums(database), Diary(fails=lambda _: chance.random() < 0.02)
    poisoned = Sums(database, "poisoned")

    async def add_or_fail(batch: Batch) -> None:
        if chance.random() < 0.1:
            await poisoned.add(batch)  # and then it fails: it is done all the same
            raise ValueError("now and then")
        await poisoned.add(batch)

    followers = [
        Follower(name="sums", kinds=KINDS, handle=sums.add),
        Follower(name="diary", kinds=KINDS, handle=diary.take),
        Follower(name="poisoned", kinds=KINDS, handle=add_or_fail),
    ]

    def start(turn):
        return asyncio.create_task(run_for_ever(turn, clock))

    async def write() -> None:
        for number in range(1, 13):
            await say_one_each(database, subjects, number)

    subjects = [f"thing:{letter}" for letter in "abcdefgh"]
    await asyncio.gather(
        write(),
        *(
            killed_again_and_again(
                lambda: start(relaying(database).turn), within_s=3, chance=chance
            )
            for _ in range(2)
        ),
        *(
            killed_again_and_again(
                lambda one=one: start(following(database, one).turn), within_s=3, chance=chance
            )
            for one in followers
            for _ in range(2)
        ),
    )
    await relay_all(database)
    ids = await streamed(database)
    assert Counter(ids) == Counter(f"{one}:{i}" for one in subjects for i in range(1, 13))
    for one in subjects:
        assert [said for said in ids if said.startswith(one)] == [
            f"{one}:{i}" for i in range(1, 13)
        ]
    tasks = [start(following(database, one).turn) for one in followers]
    until = time.monotonic() + 60
    while True:
        places = {one.follower: one.n for one in await MongoPlaces(database).all()}
        held = [one for each in followers for one in await MongoPlaces(database).held(each.name)]
        if not held and all(places[each.name] == len(ids) for each in followers):
            break
        assert time.monotonic() < until, (places, held)
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    expected = {"all": len(ids), **{one[-1]: 12 for one in subjects}}
    assert await sums.read() == expected
    assert await poisoned.read() == expected
    for one in subjects:
        assert diary.of(one) == sorted(diary.of(one))
        assert len(diary.of(one)) == 12


async def test_who_is_stopped_while_taking_a_follower_leaves_it_to_the_next_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    diary = Diary()
    follower = Follower(name="diary", kinds=KINDS, handle=diary.take)
    await say_one_each(database, SUBJECTS, 1)
    await relay_all(database)
    first, asked, go_on = following(database, follower), asyncio.Event(), asyncio.Event()
    claim = MongoPlaces._claim

    async def slowly(*args):
        place = await claim(*args)
        asked.set()
        await go_on.wait()
        return place

    with monkeypatch.context() as patched:
        patched.setattr(MongoPlaces, "_claim", slowly)
        turning = asyncio.create_task(first.turn(NOON))
        await asked.wait()
        turning.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([turning])
    assert turning.cancelled()
    await first.stop()
    await following(database, follower).turn(NOON)
    assert len(diary.heard) == len(SUBJECTS)


async def test_a_follower_that_wants_nothing_goes_on_all_the_same(database: Database):
    idle = following(database, Follower(name="idle", kinds=frozenset(), handle=Diary().take))
    for second in range(4):
        await say_one_each(database, SUBJECTS, second + 1)
        await relay_all(database)
        await follow_all(idle, NOON + timedelta(seconds=second))
    [place] = await MongoPlaces(database).all()
    assert place.n >= 6
