"""Back up the database and the files while the service goes on.

All collections are as they were at one moment, which is told at the end; files are those that were
there then. Run again with the same folder after it was cut short, it goes on where it was. Works on
what the environment names, as the service does (MONGODB_URI, QIANMIAN_FILES and so on).

Not in it: the environment with its secrets and keys, and files that somebody deleted meanwhile.
"""

import argparse
import asyncio
import os
import secrets
import time
from hashlib import sha256
from pathlib import Path

from domain.kernel.files import Files
from qianmian.opening import reached
from qianmian.settings import Settings, SettingsError
from scripts import backup_folder
from scripts.backup_folder import COLLECTIONS, FILE_LIST, FILES, ID, LIST, FileCopy, file_copies
from scripts.bootstrap import say, stop
from storage.mongo.kernel.backing_up import DatabaseBackup, NotCopied
from storage.mongo.kernel.database import DatabaseUnreachable

PIECE = 8 * 1024 * 1024
SAY_EVERY_S = 5.0


def main() -> int:
    """Make one backup."""
    parser = argparse.ArgumentParser(prog="scripts/backup", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, or one of a backup cut short")
    options = parser.parse_args()
    try:
        began = time.monotonic()
        settings = Settings.from_environment()
        n = asyncio.run(run(settings, options.folder, begun(options.folder)))
    except (SettingsError, DatabaseUnreachable, NotCopied) as fault:
        stop(str(fault))
    size = sum(one.stat().st_size for one in options.folder.rglob("*") if one.is_file())
    took = time.monotonic() - began
    say(f"backed up {n} and {size / 1e6:.1f} MB in {took:.0f} s")
    say("keep QIANMIAN_SECRET and the other settings elsewhere: they are not in it")
    return 0


def begun(folder: Path) -> str:
    """The id of the backup in a folder; NotCopied where the folder has something else."""
    if (folder / LIST).exists():
        raise NotCopied(f"{folder} has a finished backup; choose another folder.")
    if folder.exists() and any(folder.iterdir()) and not (folder / ID).exists():
        raise NotCopied(f"{folder} has other things in it; choose another folder.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / ID
    if not path.exists():
        path.write_text(secrets.token_hex(8))
    return path.read_text()


async def run(settings: Settings, folder: Path, backup_id: str) -> str:
    """Copy the collections, then the files, then write down what belongs to the backup."""
    async with reached(settings) as base:
        copying = DatabaseBackup(base.database, folder / COLLECTIONS, backup_id, say)
        moment = await copying.copy()
        say(f"all collections are as they were at {moment.isoformat(timespec='milliseconds')}")
        n = await _copy_files(base.files, folder)
    known = backup_folder.write_list(
        folder,
        settings.secret,
        id=backup_id,
        database=settings.mongodb_database,
        moment=moment.isoformat(),
    )
    copying.tidy()
    return f"{len(known['collections'])} collections, {n} files"


async def _copy_files(files: Files, folder: Path) -> int:
    """Copy every file that is not copied yet; one that goes meanwhile is left out."""
    copied = list(file_copies(folder))
    done = {one.key for one in copied}
    keys = await files.keys()
    said = time.monotonic()
    # Without a line that was cut off.
    (folder / FILE_LIST).write_text("".join(one.line() for one in copied), encoding="utf-8")
    with (folder / FILE_LIST).open("a", encoding="utf-8") as listed:
        for number, key in enumerate(keys, 1):
            if key not in done and (copy := await _copy_file(files, key, folder / FILES / key)):
                listed.write(copy.line())
                listed.flush()
                done.add(key)
            if time.monotonic() - said > SAY_EVERY_S:
                said = time.monotonic()
                say(f"{number} of {len(keys)} files")
        os.fsync(listed.fileno())
    return len(done)


async def _copy_file(files: Files, key: str, path: Path) -> FileCopy | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashed, size = sha256(), 0
    with path.open("wb") as target:
        while True:
            piece = await files.read(key, size, PIECE)
            if piece is None:
                await asyncio.to_thread(path.unlink)
                return None
            target.write(piece)
            hashed.update(piece)
            size += len(piece)
            if len(piece) < PIECE:
                break
        target.flush()
        os.fsync(target.fileno())
    return FileCopy(key=key, bytes=size, sha256=hashed.hexdigest())


if __name__ == "__main__":
    raise SystemExit(main())
