"""Restore a backup into an empty database and an empty store of files.

Everything is compared with the backup's list before anything is written, and in full after it. A
database that has anything is refused: it may be newer. Run again after it was cut short, it goes on
where it was. After that the books of stock are reconciled, and the provider is asked for each
payment that was open then. Stop the service of that database first, and start it after this.
"""

import argparse
import asyncio
import mimetypes
import time
from hashlib import sha256
from pathlib import Path

from domain.kernel.files import Files
from domain.kernel.refusals import Refusal
from domain.mall.fulfilment.paying import check
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.stock.reconciling import reconcile
from domain.people.act import by_the_clock
from qianmian.clock import new_id, now
from qianmian.composition import put_together
from qianmian.foundation import Foundation
from qianmian.migrations import migrations_of
from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from qianmian.wiring.stock import reconcile_ports
from scripts.backup_folder import COLLECTIONS, FILES, BadBackup, file_copies, read_list
from scripts.bootstrap import say, stop
from storage.mongo.kernel.database import DatabaseUnreachable
from storage.mongo.kernel.indexing import prepare
from storage.mongo.kernel.migrating import known_by, require_known
from storage.mongo.kernel.restoring import DatabaseRestore, NotRestored, floor_of


def main() -> int:
    """Restore one backup."""
    parser = argparse.ArgumentParser(prog="scripts/restore", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of a finished backup")
    options = parser.parse_args()
    try:
        return asyncio.run(run(Settings.from_environment(), options.folder))
    except (SettingsError, DatabaseUnreachable, BadBackup, NotRestored) as fault:
        stop(str(fault))
    return 2


async def run(settings: Settings, folder: Path) -> int:
    """Fill, compare, reconcile and ask for payments; 1 where books differ or nobody answers."""
    began = time.monotonic()
    known = await asyncio.to_thread(read_list, folder, settings.secret)
    say(f"the backup of {known['database']} at {known['moment']} is whole")
    async with reached(settings) as base:
        meta = folder / COLLECTIONS / "meta.bson"
        # A backup of before there were migrations has none.
        if meta.exists():
            require_known(floor_of(meta), known_by(migrations_of(base)))
        restoring = DatabaseRestore(base.database, known["id"])
        done, names = await restoring.begin(), sorted(known["collections"])
        for number, name in enumerate(names, 1):
            if name not in done:
                n = await restoring.fill(name, folder / COLLECTIONS / f"{name}.bson")
                say(f"{number} of {len(names)} collections: {n} documents of {name}, compared")
        n = await _put_files(base.files, folder)
        say(f"{n} files, compared")
        await prepare(base.database)
        await restoring.end()
    took = time.monotonic() - began
    say(f"restored in {took:.0f} s")
    async with reached(settings) as base:
        return await _look_after(base)


async def _put_files(files: Files, folder: Path) -> int:
    """Keep every file again and read it back."""
    await files.check()
    n = 0
    for one in file_copies(folder):
        kind = mimetypes.guess_type(one.key)[0] or "application/octet-stream"
        data = await asyncio.to_thread((folder / FILES / one.key).read_bytes)
        await files.put(one.key, data, kind)
        kept = await files.get(one.key)
        if kept is None or sha256(kept).hexdigest() != one.sha256:
            raise NotRestored(f"{one.key} is kept with other bytes; empty QIANMIAN_FILES first.")
        n += 1
    return n


async def _look_after(base: Foundation) -> int:
    """Reconcile the books, and ask how each payment stands that was open."""
    act = by_the_clock(now(), new_id)
    await base.reference.opened()
    differing = await reconcile(reconcile_ports(base), act)
    for one in differing:
        print(one)
    say(f"{len(differing)} numbers of stock differ from their movements and orders")
    bundles = put_together(base).world.bundles
    [ports] = [one for one in bundles if isinstance(one, FulfilmentPorts)]
    wanted = {"payment.state": PaymentState.OPEN.value}
    asked = [one["_id"] async for one in base.database["fulfilments"].find(wanted, {"_id": 1})]
    arrived, unanswered = 0, 0
    for order_id in asked:
        try:
            after = await check(ports, act, order_id)
        except Refusal:
            unanswered += 1
        else:
            arrived += after.payment.state is not PaymentState.OPEN
    say(
        f"asked the provider for {len(asked)} open payments: {arrived} had come, "
        f"{unanswered} could not be asked and are asked again by the service"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
