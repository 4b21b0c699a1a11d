"""scripts/import against a running service."""

import os
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_thread

from domain.people.act import by_the_clock
from domain.people.staff import NewAccount, open_account
from domain.people.viewer import Role
from qianmian.composition import now
from qianmian.wiring.people import operator_ports
from scripts import import_file
from storage.mongo.kernel.database import Database
from tests.conftest import PASSWORD, Service
from tests.support.foundations import a_foundation
from tests.support.network import OWNERS, a_store_row, as_csv

ROOT = Path(import_file.__file__).parent.parent


async def run(service: Service, kind: str, file: Path, *more: str):
    command = [sys.executable, "-m", "scripts.import_file", kind, str(file)]
    command += ["--url", service.url, "--login", "office", *more]
    environment = {**os.environ, "QIANMIAN_PASSWORD": PASSWORD}
    return await anyio.to_thread.run_sync(
        lambda: subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    )


async def head_office(database: Database) -> None:
    account = NewAccount(login="office", name="周岚", role=Role.HEAD_OFFICE, password=PASSWORD)
    act = by_the_clock(now(), lambda kind: f"{kind}_office")
    await open_account(operator_ports(a_foundation(database)), act, account)


async def test_a_file_is_taken_in_and_a_repeat_changes_nothing(
    service: Service, database: Database, tmp_path: Path
):
    await head_office(database)
    (tmp_path / "owners.csv").write_bytes(OWNERS)
    stores = tmp_path / "stores.csv"
    stores.write_bytes(as_csv(a_store_row("S1"), a_store_row("S2")))
    assert (await run(service, "owners", tmp_path / "owners.csv")).returncode == 0
    first = await run(service, "stores", stores)
    assert (first.returncode, "2 rows, 2 created" in first.stdout) == (0, True), first
    again = await run(service, "stores", stores)
    assert "0 created, 0 changed, 2 unchanged" in again.stdout


async def test_errors_are_told_by_file_line_and_column_and_by_the_exit_status(
    service: Service, database: Database, tmp_path: Path
):
    await head_office(database)
    stores = tmp_path / "stores.csv"
    stores.write_bytes(as_csv(a_store_row("S1"), a_store_row("S2", datum="BD09")))
    refused = await run(service, "stores", stores)
    assert refused.returncode == 1
    assert f"{stores}:3: datum: " in refused.stderr
    assert f"{stores}:2: owner_code: " in refused.stderr
    missing = await run(service, "stores", tmp_path / "nothing.csv")
    assert (missing.returncode, "No such file" in missing.stderr) == (1, True)
