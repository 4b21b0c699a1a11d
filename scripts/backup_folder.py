"""What a backup is on disk: copies of collections, files, and a signed list of both."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

FORMAT = 1
LIST = "backup.json"
FILES, FILE_LIST = "files", "files.jsonl"
COLLECTIONS = "collections"
ID = "id"


class BadBackup(Exception):
    """A folder is no backup that can be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCopy:
    """One file of the service: its key, its size and the SHA-256 of its bytes."""

    key: str
    bytes: int
    sha256: str

    def line(self) -> str:
        """Its line in the list of files."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def file_copies(folder: Path) -> Iterator[FileCopy]:
    """The list of files, without a line that was cut off."""
    path = folder / FILE_LIST
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            yield from (FileCopy(**json.loads(line)) for line in lines if line.endswith("\n"))


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_list(folder: Path, secret: str, **facts: Any) -> dict[str, Any]:
    """Write what belongs to a backup, signed with the service's secret, once all of it is there."""
    collections = sorted((folder / COLLECTIONS).glob("*.bson"))
    known = {
        "format": FORMAT,
        **facts,
        "collections": {one.stem: hash_of(one) for one in collections},
        "files": hash_of(folder / FILE_LIST),
    }
    (folder / f".{LIST}").write_text(json.dumps({**known, "signature": _signature(known, secret)}))
    (folder / f".{LIST}").replace(folder / LIST)
    return known


def read_list(folder: Path, secret: str) -> dict[str, Any]:
    """Read the list and compare everything with it; BadBackup where anything is not as it was."""
    try:
        known = json.loads((folder / LIST).read_text())
        signature = known.pop("signature")
    except (OSError, ValueError, KeyError, AttributeError):
        raise BadBackup(f"{folder} is no finished backup.") from None
    if not hmac.compare_digest(str(signature), _signature(known, secret)):
        raise BadBackup(
            f"{LIST} was changed, or was signed with another QIANMIAN_SECRET than this one."
        )
    if known["format"] != FORMAT:
        raise BadBackup(f"the backup has format {known['format']}; this program reads {FORMAT}.")
    for name, wanted in known["collections"].items():
        _require(folder / COLLECTIONS / f"{name}.bson", wanted)
    _require(folder / FILE_LIST, known["files"])
    for one in file_copies(folder):
        _require(folder / FILES / one.key, one.sha256)
    return dict(known)


def _require(path: Path, wanted: str) -> None:
    if not path.is_file() or hash_of(path) != wanted:
        raise BadBackup(f"{path} is missing or was changed; use another backup.")


def _signature(known: dict[str, Any], secret: str) -> str:
    key = sha256(b"backup:" + secret.encode()).digest()
    return hmac.new(key, json.dumps(known, sort_keys=True).encode(), "sha256").hexdigest()
