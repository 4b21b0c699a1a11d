"""scripts/import against a running service."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_thread

from domain.people.act import by_the_clock
from domain.people.staff import NewAccount, open_account
from domain.people.viewer import Role
from qianmian.clock import now
from qianmian.wiring.people import operator_ports
from scripts import import_file
from scripts.client import Client
from scripts.import_file import Sending, send
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
    copy = (tmp_path / "stores.errors.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(copy, newline="")))
    assert [row["store_id"] for row in rows] == ["S1", "S2"]
    assert "datum: " in rows[1]["错误 errors"]
    missing = await run(service, "stores", tmp_path / "nothing.csv")
    assert (missing.returncode, "No such file" in missing.stderr) == (1, True)


EXAMPLES = ROOT / "demo" / "imports"


async def names_of_stores(service: Service) -> set[str]:
    answer = await service.query("{ stores(first: 100) { nodes { id } } }", None)
    return {node["id"] for node in answer.data["stores"]["nodes"]}


async def test_a_check_shows_what_would_change_and_writes_nothing(
    service: Service, database: Database, tmp_path: Path
):
    await head_office(database)
    owners = tmp_path / "owners.csv"
    owners.write_bytes(OWNERS)
    checked = await run(service, "owners", owners, "--check")
    assert checked.returncode == 0
    assert "  brand: new" in checked.stdout
    assert "nothing was written" in checked.stdout
    assert "1 created" in (await run(service, "owners", owners)).stdout
    owners.write_bytes(OWNERS.replace("山屿".encode(), "千面".encode()))
    checked = await run(service, "owners", owners, "--check")
    assert "  brand: name: 山屿 → 千面" in checked.stdout


async def test_a_large_file_is_taken_whole_or_not_at_all(
    service: Service, database: Database, tmp_path: Path, monkeypatch
):
    await head_office(database)
    (tmp_path / "owners.csv").write_bytes(OWNERS)
    assert (await run(service, "owners", tmp_path / "owners.csv")).returncode == 0
    rows = [a_store_row(f"S{n}") for n in range(9)]
    stores = tmp_path / "stores.csv"
    door = Client(service.url)
    client = await anyio.to_thread.run_sync(lambda: door.signed_in("office", PASSWORD))
    sending = Sending(client, "stores", "ALL_OR_NOTHING")
    monkeypatch.setattr(import_file, "ROWS_A_PART", 3)

    async def sent(*rows: dict[str, str]):
        stores.write_bytes(as_csv(*rows))
        file = import_file.read("stores", stores, None)
        return await anyio.to_thread.run_sync(lambda: send(sending, file, check=False))

    refused = await sent(*rows, a_store_row("S9", datum="BD09"))
    assert list(refused.errors) == [11]
    assert await names_of_stores(service) == set()
    taken = await sent(*rows)
    assert (taken.errors, taken.total["created"]) == ({}, 9)
    assert len(await names_of_stores(service)) == 9
    client.close()
    door.close()


async def test_all_errors_stand_beside_their_rows_also_where_they_are_very_many(
    service: Service, database: Database, tmp_path: Path
):
    await head_office(database)
    stores = tmp_path / "stores.csv"
    stores.write_bytes(as_csv(*(a_store_row(f"S{n}", datum="x", kind="x") for n in range(400))))
    assert (await run(service, "stores", stores)).returncode == 1
    copy = (tmp_path / "stores.errors.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(copy, newline="")))
    assert len(rows) == 400
    for row in rows:
        for column in ("datum", "kind", "owner_code"):
            assert f"{column}: " in row["错误 errors"]


async def test_the_examples_of_other_systems_files_are_taken_in(
    service: Service, database: Database, tmp_path: Path
):
    await head_office(database)
    (tmp_path / "owners.csv").write_bytes(OWNERS)
    (tmp_path / "stores.csv").write_bytes(as_csv(a_store_row("SH001")))
    for kind in ("owners", "stores"):
        assert (await run(service, kind, tmp_path / f"{kind}.csv")).returncode == 0
    for kind, file, mapping, came in (
        ("products", "shopify-products.csv", "shopify.toml", "3 rows, 3 created"),
        ("products", "taobao.xlsx", "taobao.toml", "3 rows, 3 created"),
        ("stock", "till-stock.csv", "till.toml", "3 rows, 3 created"),
    ):
        done = await run(service, kind, EXAMPLES / file, "--mapping", str(EXAMPLES / mapping))
        assert (done.returncode, came in done.stdout) == (0, True), done
        again = await run(service, kind, EXAMPLES / file, "--mapping", str(EXAMPLES / mapping))
        assert "0 created, 0 changed, 3 unchanged" in again.stdout
    assert "-1.00 is below 0 and counts as 0" in done.stderr
    wrong = await run(service, "stock", EXAMPLES / "till-stock.csv")
    assert wrong.returncode == 1
    assert "缺少列" in wrong.stderr
