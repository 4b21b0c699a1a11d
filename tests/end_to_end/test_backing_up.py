"""Backups that are made while the service goes on, and what is restored of them."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bson import decode
from pymongo import MongoClient, UpdateOne

from scripts import backup, restore
from scripts.backup_folder import COLLECTIONS, LIST
from scripts.bootstrap import ROOT
from storage.mongo.kernel.backing_up import NOT_KEPT, DatabaseBackup, records_of
from storage.mongo.kernel.database import Database, DatabaseUnreachable, connect
from storage.mongo.kernel.restoring import DatabaseRestore, digest, digest_of
from tests.conftest import Service, settings_for
from tests.support.fulfilling import a_paid_order, open_stores_with_stock
from tests.support.services import environment_of

pytestmark = pytest.mark.anyio

CHAIN = [f"chain_{number}" for number in range(4)]


@pytest.fixture
async def elsewhere(mongodb_uri: str) -> AsyncIterator[Database]:
    database = connect(mongodb_uri, f"elsewhere_{secrets.token_hex(4)}")
    yield database
    await database.client.drop_database(database.name)
    database.client.close()


def upset(uri: str, name: str, turn: int) -> None:
    """Every way of writing, to documents copied already and to those that are not yet."""
    with MongoClient(uri, w="majority") as client:
        for collection in ("a", "b", "c"):
            one = client[name][collection]
            one.update_one({"_id": turn}, {"$push": {"list": turn}, "$set": {"x.y": turn}})
            one.update_one({"_id": turn + 1}, {"$pull": {"list": 2}, "$unset": {"x": 1}})
            one.update_many({}, {"$inc": {"n": 1}})
            one.update_one({"_id": 5}, [{"$set": {"x": {"z": "$n"}}}, {"$unset": "list"}])
            one.replace_one({"_id": 6}, {"anew": turn})
            one.delete_one({"_id": 7 + turn})
            one.insert_one({"_id": {"of": turn, "in": collection}, "n": 0})
            one.bulk_write([UpdateOne({"_id": "up"}, {"$inc": {"n": 1}}, upsert=True)])


async def test_all_collections_are_of_one_moment_whatever_is_written_while_they_are_copied(
    mongodb_uri: str, database: Database, elsewhere: Database, tmp_path: Path
):
    for name in ("a", "b", "c"):
        await database[name].insert_many(
            [{"_id": n, "n": n, "list": [1, 2, 3], "x": {"y": 0}} for n in range(20)]
        )
    turns: list[str] = []

    def write_on(said: str) -> None:
        turns.append(said)
        upset(mongodb_uri, database.name, len(turns))

    await DatabaseBackup(database, tmp_path, "one", write_on).copy()
    assert len(turns) >= 3
    restoring = DatabaseRestore(elsewhere, "one")
    await restoring.begin()
    for name in ("a", "b", "c"):
        here = [one async for one in database[name].find({})]
        await restoring.fill(name, tmp_path / f"{name}.bson")
        there = [one async for one in elsewhere[name].find({})]
        assert sorted(here, key=repr) == sorted(there, key=repr)


async def test_a_chain_of_writes_is_never_torn_and_a_killed_backup_goes_on_where_it_was(
    mongodb_uri: str, database: Database, service: Service, tmp_path: Path
):
    await open_stores_with_stock(service)
    await a_paid_order(service)
    for name in CHAIN:
        await database[name].insert_many([{"_id": n, "n": 0, "pad": "x" * 500} for n in range(400)])
    over = asyncio.Event()
    writing = asyncio.create_task(write_in_a_chain(database, over))
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    folder = tmp_path / "backup"
    done = await killed_until_done("scripts.backup", settings, folder, 1.2, 1.6)
    assert done.returncode == 0, done.stderr
    over.set()
    await writing
    heads = [head_of(folder / COLLECTIONS / f"{name}.bson") for name in CHAIN]
    assert heads == sorted(heads, reverse=True)
    assert heads[0] - heads[-1] <= 1
    assert heads[0] > 0
    again = await tried("scripts.backup", settings, folder)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    await restored_elsewhere(mongodb_uri, folder, tmp_path)


async def test_a_backup_that_a_later_version_made_is_not_restored_by_this_one(
    mongodb_uri: str, database: Database, elsewhere: Database, tmp_path: Path
):
    later = {"$set": {"version": 999, "floor": 999}}
    await database["meta"].update_one({"_id": "schema"}, later)
    source = settings_for(mongodb_uri, database.name, tmp_path)
    await backup.run(source, tmp_path / "copy", backup.begun(tmp_path / "copy"))

    with pytest.raises(DatabaseUnreachable, match="needs a service that knows version 999"):
        await restore.run(
            settings_for(mongodb_uri, elsewhere.name, tmp_path / "there"), tmp_path / "copy"
        )

    assert await elsewhere.list_collection_names() == []


async def restored_elsewhere(uri: str, folder: Path, tmp_path: Path) -> None:
    """A restore is compared and reconciled; tampering and what may be newer are refused."""
    name = f"elsewhere_{secrets.token_hex(4)}"
    target = settings_for(uri, name, tmp_path / "elsewhere")
    try:
        for path in (next((folder / COLLECTIONS).glob("orders.bson")), folder / LIST):
            whole = path.read_bytes()
            path.write_bytes(whole.replace(b"S1", b"S2", 1) if path.suffix == ".bson" else b"{}")
            refused = await tried("scripts.restore", target, folder)
            assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
            path.write_bytes(whole)
        done = await killed_until_done("scripts.restore", target, folder, 1.5)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "0 numbers of stock differ" in done.stdout
        there = connect(uri, name)
        for copy in (folder / COLLECTIONS).glob("*.bson"):
            assert copy.stem not in NOT_KEPT
            assert await digest_of(there[copy.stem]) == digest(records_of(copy)), copy.stem
        there.client.close()
        newer = await tried("scripts.restore", target, folder)
        assert newer.returncode == 2
        assert "newer" in newer.stderr
    finally:
        client = connect(uri, name).client
        await client.drop_database(name)
        client.close()


async def write_in_a_chain(database: Database, over: asyncio.Event) -> None:
    """One number goes into each collection in turn: at any moment they differ by one at most."""
    n = 0
    while not over.is_set():
        n += 1
        for name in CHAIN:
            await database[name].update_one({"_id": 0}, {"$set": {"n": n}})
        await asyncio.sleep(0.01)


def head_of(copy: Path) -> int:
    return next(one["n"] for one in map(decode, records_of(copy)) if one["_id"] == 0)


async def killed_until_done(
    module: str, settings, folder: Path, *after_s: float
) -> subprocess.CompletedProcess[str]:
    """Run a script that is killed so many times, unless it was faster, and then let it end."""
    for one in after_s:
        done = await tried(module, settings, folder, kill_after_s=one)
        if done.returncode == 0:
            return done
    return await tried(module, settings, folder)


async def tried(
    module: str, settings, folder: Path, *, kill_after_s: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script as an operator does, and kill it after a while where asked to."""
    environment = {**os.environ, **environment_of(settings)}
    process = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-m", module, str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if kill_after_s is not None:
        await asyncio.sleep(kill_after_s)
        process.send_signal(signal.SIGKILL)
    out, err = await asyncio.to_thread(process.communicate, timeout=120)
    return subprocess.CompletedProcess([module], process.returncode, out, err)
