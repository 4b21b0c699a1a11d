"""Changes of what is kept, while versions of the service run side by side."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from scripts.migrate import applied, planned
from storage.mongo.kernel import migrating
from storage.mongo.kernel.database import Database, DatabaseUnreachable, connect
from storage.mongo.kernel.heart import Heart
from storage.mongo.kernel.migrating import (
    LEASE,
    Migration,
    Phase,
    Schema,
    Walk,
    migrate,
    require_schema,
    schema_of,
)
from tests.conftest import settings_for
from tests.support.statements import looking_away
from tests.support.waiting import comes_to

THINGS = 25


@pytest.fixture
async def bare(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database of its own with some things, which are walked through five at a time."""
    monkeypatch.setattr(migrating, "BATCH", 5)
    monkeypatch.setattr(migrating, "LOOK_S", 0.01)
    database = connect(mongodb_uri, "migrating")
    with looking_away():
        await database["things"].insert_many({"_id": f"{n:02d}", "n": n} for n in range(THINGS))
        yield database
        await database.client.drop_database("migrating")
    database.client.close()


def a_migration(number: int, phase: Phase = Phase.EXPAND, work=None) -> Migration:
    async def nothing(_: Walk) -> None:
        pass

    return Migration(number=number, name=f"change_{number}", phase=phase, work=work or nothing)


def doubling(database: Database, batches: list[list[str]], fails_at: int | None = None):
    """Writes the double beside each number; it may fail once in a batch."""

    async def work(walk: Walk) -> None:
        async for some in walk.batches(database["things"]):
            batches.append([one["_id"] for one in some])
            if len(batches) == fails_at:
                raise ConnectionError("cut short")
            for one in some:
                await database["things"].update_one(
                    {"_id": one["_id"]}, {"$set": {"double": 2 * one["n"]}}
                )

    return work


async def doubles(database: Database) -> list[int | None]:
    found = await database["things"].find({}).sort("_id", 1).to_list(None)
    return [one.get("double") for one in found]


DOUBLED = [2 * n for n in range(THINGS)]


async def beat(database: Database, name: str, at: datetime, **more: int) -> None:
    await database["hearts"].insert_one({"_id": name, "at": at, **more})


async def told(heart: Heart) -> bool:
    return heart.reads


async def test_each_is_made_once_in_order_and_the_database_tells_its_version(bare: Database):
    made: list[str] = []
    three = [a_migration(1), a_migration(2, Phase.MIGRATE), a_migration(3, Phase.CONTRACT)]

    assert await migrate(bare, three[:1], made.append) == ()
    assert await schema_of(bare) == Schema(version=1, floor=0)
    assert await migrate(bare, three, made.append) == ()
    assert await migrate(bare, three, made.append) == ()

    assert made == ["1 expand change_1", "2 migrate change_2", "3 contract change_3"]
    assert await schema_of(bare) == Schema(version=3, floor=3)


async def test_one_that_is_cut_short_goes_on_with_the_batch_in_which_it_was(
    bare: Database, monkeypatch: pytest.MonkeyPatch
):
    batches: list[list[str]] = []
    cut = a_migration(1, work=doubling(bare, batches, fails_at=3))
    with pytest.raises(ConnectionError):
        await migrate(bare, [cut], print)
    assert (await schema_of(bare)).version == 0
    # Whoever was cut short is gone, and what they had is free in its time.
    await bare["migrations"].update_one(
        {"_id": "change_1"}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}}
    )

    await migrate(bare, [cut], print)

    assert [one[0] for one in batches] == ["00", "05", "10", "10", "15", "20"]
    assert await doubles(bare) == DOUBLED


async def test_of_several_at_once_one_makes_it_and_the_others_wait_for_it(bare: Database):
    batches: list[list[str]] = []
    one = a_migration(1, work=doubling(bare, batches))

    await asyncio.gather(*(migrate(bare, [one], print) for _ in range(4)))

    assert len(batches) == THINGS / 5
    assert await doubles(bare) == DOUBLED


async def test_who_was_away_for_too_long_stops_and_another_has_done_it(bare: Database):
    away, back = asyncio.Event(), asyncio.Event()
    batches: list[list[str]] = []
    doubled = doubling(bare, batches)

    async def slow(walk: Walk) -> None:
        async for _ in walk.batches(bare["things"]):
            away.set()
            await back.wait()

    sleeping = asyncio.create_task(migrate(bare, [a_migration(1, work=slow)], print))
    await asyncio.wait_for(away.wait(), 60)
    await bare["migrations"].update_one(
        {"_id": "change_1"}, {"$set": {"until": datetime.now(UTC) - timedelta(seconds=1)}}
    )
    await migrate(bare, [a_migration(1, work=doubled)], print)
    back.set()

    with pytest.raises(DatabaseUnreachable, match="somebody else goes on with change_1"):
        await sleeping
    assert await doubles(bare) == DOUBLED


async def test_a_lease_taken_by_a_clock_that_was_wrong_holds_nobody_up(bare: Database):
    ahead = datetime.now(UTC) + 3 * LEASE
    await bare["migrations"].insert_one({"_id": "change_1", "done": False, "until": ahead})

    await migrate(bare, [a_migration(1)], print)

    assert (await schema_of(bare)).version == 1


@pytest.mark.parametrize("phase", [Phase.MIGRATE, Phase.CONTRACT])
async def test_what_older_processes_do_not_bear_waits_until_they_are_gone(
    bare: Database, phase: Phase
):
    two, now = [a_migration(1), a_migration(2, phase)], datetime.now(UTC)
    # One of before processes told what they know, one that knows the first, one that is gone.
    await beat(bare, "oldest", now)
    await beat(bare, "older", now, knows=1)
    await beat(bare, "gone", now - timedelta(minutes=5))
    await beat(bare, "new", now, knows=2)

    for name in ("oldest", "older"):
        assert await migrate(bare, two, print) == two[1:]
        # Until then the version before may be started again.
        assert await schema_of(bare) == Schema(version=1, floor=0)
        await require_schema(bare, two[:1])
        await bare["hearts"].delete_one({"_id": name})
    assert await migrate(bare, two, print) == ()

    with pytest.raises(DatabaseUnreachable, match="needs a service that knows version 2"):
        await require_schema(bare, two[:1])
    with pytest.raises(DatabaseUnreachable, match="needs a service that knows version 2"):
        await migrate(bare, two[:1], print)


async def test_an_older_process_that_starts_just_then_is_seen(
    bare: Database, monkeypatch: pytest.MonkeyPatch
):
    made: list[str] = []
    honest = migrating._raise

    async def while_somebody_starts(database: Database, field: str, number: int) -> None:
        if field == "floor":
            await beat(database, "older", datetime.now(UTC), knows=0)
        await honest(database, field, number)

    monkeypatch.setattr(migrating, "_raise", while_somebody_starts)
    one = a_migration(1, Phase.CONTRACT)

    assert await migrate(bare, [one], made.append) == [one]
    assert made == []
    with pytest.raises(DatabaseUnreachable):
        await require_schema(bare, [a_migration(0)])


async def test_a_version_waits_for_what_it_needs_and_for_no_more(bare: Database):
    expanding, moving = a_migration(1), a_migration(2, Phase.MIGRATE)
    contracting = a_migration(3, Phase.CONTRACT)
    with pytest.raises(DatabaseUnreachable, match="is at version 0 and 1 is needed"):
        await require_schema(bare, [expanding, moving])
    await migrate(bare, [expanding], print)

    await require_schema(bare, [expanding, moving])
    # Who knows how to take the old form away reads the new one alone.
    with pytest.raises(DatabaseUnreachable, match="is at version 1 and 2 is needed"):
        await require_schema(bare, [expanding, moving, contracting])
    await migrate(bare, [expanding, moving], print)
    await require_schema(bare, [expanding, moving, contracting])


async def test_a_process_that_stayed_away_for_too_long_learns_that_it_reads_no_more(
    bare: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("storage.mongo.kernel.heart.CLOCKS_EVERY_S", 0.01)
    heart = Heart(bare, knows=1)
    async with heart.beating():
        beats = await bare["hearts"].find({}).to_list(None)
        assert [one["knows"] for one in beats] == [1]
        assert heart.reads
        await bare["meta"].insert_one({"_id": "schema", "version": 2, "floor": 2})
        await comes_to(False, partial(told, heart))
    # One that has stopped holds up no migration.
    assert await bare["hearts"].find({}).to_list(None) == []


async def test_the_command_tells_what_is_left_and_does_it(
    bare: Database, mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    settings = settings_for(mongodb_uri, bare.name, tmp_path)

    assert await planned(settings) == 1
    assert "1 expand member_identities" in capsys.readouterr().out.splitlines()
    assert await applied(settings) == 0
    assert await planned(settings) == 0
