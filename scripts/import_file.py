"""Hand in a file of rows over the public API.

Workbooks (.xlsx), CSV and JSON Lines (.jsonl) are read; a mapping (--mapping) makes one of ours of
another system's file. The whole file is taken or nothing of it, unless --good-rows is said;
--check shows what would change and writes nothing. Large files are sent in parts, all of them
checked before the first is written; lines are counted in the whole file.

Leaves with 1 and one line for each error, as file:line: column: message, and a copy of the file
with the errors beside their rows. The password is read from QIANMIAN_PASSWORD, or asked for.
"""

import argparse
import getpass
import os
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.audiences import tag_files
from domain.catalogue import product_columns
from domain.content import importing
from domain.kernel.columns import Columns
from domain.kernel.refusals import Invalid
from domain.mall.stock import counts, differences
from domain.mall.storefronts import layer_files
from domain.members import member_files
from domain.network import store_files
from domain.people import guides
from scripts.bootstrap import say
from scripts.client import Client, Refused, Unreachable
from scripts.error_copy import write_copy
from scripts.file_parts import FileOfRows, Part, parts_of, read_file
from scripts.mappings import FileMapping, read_mapping

KINDS: Mapping[str, Columns] = {
    "owners": store_files.OWNER_COLUMNS,
    "stores": store_files.STORE_COLUMNS,
    "guides": guides.COLUMNS,
    "products": product_columns.COLUMNS,
    "stock": counts.COLUMNS,
    "differences": differences.COLUMNS,
    "posts": importing.COLUMNS,
    "layers": layer_files.COLUMNS,
    "members": member_files.COLUMNS,
    "tags": tag_files.COLUMNS,
}
MUTATIONS = {"differences": "stockDifferencesImport", "tags": "memberTagsImport"}
ROWS_A_PART = 10_000
# The service tells the first 1,000 errors of a request, and no row of a file has more than 15.
ROWS_WITH_ALL_ERRORS = 60
COUNTS = ("rows", "created", "changed", "unchanged")
MOST_SHOWN = 20


@dataclass(kw_only=True)
class Outcome:
    """What came of all parts that were sent: counts, errors and warnings by line, changes."""

    total: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    errors: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    warnings: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    changes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: Part, report: Mapping[str, Any]) -> None:
        """Add what came of a part."""
        for name in COUNTS:
            self.total[name] += report[name]
        self.changes += report["changes"]
        self.notes += report["notes"]
        self.add_rows(part, report["errors"], self.errors)
        self.add_rows(part, report["warnings"], self.warnings)

    @staticmethod
    def add_rows(
        part: Part, rows: Sequence[Mapping[str, Any]], found: dict[int, list[str]]
    ) -> None:
        """Add remarks on rows by their lines in the whole file, each once."""
        for row in rows:
            about = f"{row['column']}: " if row["column"] else ""
            line, text = part.line_in_file(row["line"]), f"{about}{row['message']}"
            if text not in found[line]:
                found[line].append(text)


def main() -> int:
    """Send one file."""
    options = read_options()
    try:
        mapping = read_mapping(options.mapping, KINDS) if options.mapping else None
        file = read(options.kind, options.file, mapping)
    except OSError as fault:
        return failed(f"{fault.filename}: {fault.strerror}.")
    except Invalid as refusal:
        return failed(refusal.message)
    password = os.environ.get("QIANMIAN_PASSWORD") or getpass.getpass("password: ")
    started = time.monotonic()
    try:
        client = Client(options.url).signed_in(options.login, password)
        done = send(Sending(client, options.kind, options.mode), file, check=options.check)
    except (Refused, Unreachable) as fault:
        return failed(str(fault))
    tell(options.file, done, check=options.check)
    if done.errors:
        say(f"the errors beside their rows: {write_copy(options.file, file, done.errors)}")
    counted = ", ".join(f"{done.total[name]} {name}" for name in COUNTS)
    say(f"{counted} in {time.monotonic() - started:.1f} seconds")
    return 1 if done.errors else 0


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/import",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=KINDS, help="what the file holds")
    parser.add_argument("file", type=Path, help="a workbook, CSV with a header, or JSON Lines")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running service")
    parser.add_argument("--login", required=True, help="who hands it in")
    parser.add_argument("--mapping", type=Path, help="how another system's columns are ours")
    parser.add_argument("--check", action="store_true", help="show what would change, no more")
    parser.add_argument(
        "--good-rows",
        dest="mode",
        action="store_const",
        const="GOOD_ROWS",
        default="ALL_OR_NOTHING",
        help="take the good rows of a file that has bad ones; else nothing of it is taken",
    )
    return parser.parse_args()


def read(kind: str, path: Path, mapping: FileMapping | None) -> FileOfRows:
    """The file as it is sent; Invalid where it, or its mapping, can't be read."""
    if mapping is None:
        return read_file(path, path.read_bytes(), KINDS[kind])
    if mapping.kind != kind:
        raise Invalid(f"The mapping is for {mapping.kind}, and {path} is to be {kind}.")
    return mapping.apply(read_file(path, path.read_bytes(), mapping.columns))


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends what, and how."""

    client: Client
    kind: str
    mode: str

    def part(self, part: Part, *, check: bool) -> dict[str, Any]:
        """Send one part; its report. A refusal that is not about rows goes through."""
        mutation = MUTATIONS.get(self.kind, f"{self.kind}Import")
        document = f"""mutation ($file: Upload!, $mode: ImportMode!, $check: Boolean!) {{
          done: {mutation}(file: $file, mode: $mode, onlyCheck: $check) {{
            report {{ {" ".join(COUNTS)} errorCount errors {{ file line column message }}
              warnings {{ line column message }} changes {{ id isNew differences }}
              notes }}
            userErrors {{ code field message }} }} }}"""
        try:
            done = self.client.upload(document, part.name, part.data, mode=self.mode, check=check)
        except Refused as refused:
            if refused.report is None:
                raise
            return refused.report
        report: dict[str, Any] = done["done"]["report"]
        return report


def send(sending: Sending, file: FileOfRows, *, check: bool) -> Outcome:
    """Send a file, or only have it checked; a large one is checked whole before it is written."""
    parts = list(parts_of(file, ROWS_A_PART))
    whole = sending.mode == "ALL_OR_NOTHING"
    if check or (whole and len(parts) > 1):
        checked = send_parts(sending, file, parts, check=True)
        if check or checked.errors:
            return checked
    return send_parts(sending, file, parts, check=False)


def send_parts(
    sending: Sending, file: FileOfRows, parts: Sequence[Part], *, check: bool
) -> Outcome:
    """Send every part in turn; of one with very many errors all are asked for, piece by piece."""
    outcome = Outcome()
    for number, part in enumerate(parts, start=1):
        report = sending.part(part, check=check)
        outcome.add(part, report)
        if report["errorCount"] > len(report["errors"]):
            pieces = FileOfRows(
                name=file.name,
                header=file.header,
                header_line=file.header_line,
                records=part.records,
                key=file.key,
            )
            for piece in parts_of(pieces, ROWS_WITH_ALL_ERRORS):
                told = sending.part(piece, check=True)["errors"]
                outcome.add_rows(piece, told, outcome.errors)
        if len(parts) > 1:
            done = "checked" if check else "sent"
            say(f"part {number} of {len(parts)} {done}: {outcome.total['rows']} rows so far")
        if outcome.errors and not check and sending.mode == "ALL_OR_NOTHING":
            if number > 1:
                say(
                    f"others changed things meanwhile: the {number - 1} parts before are written; "
                    "put the rows right and send the file again"
                )
            break
    return outcome


def tell(path: Path, done: Outcome, *, check: bool) -> None:
    """Say what is wrong, what is odd and, of a check, what would change."""
    for line, wrong in sorted(done.errors.items()):
        for text in wrong:
            print(f"{path}:{line}: {text}", file=sys.stderr)
    odd = [f"{path}:{n}: {text}" for n, texts in sorted(done.warnings.items()) for text in texts]
    for text in odd[:MOST_SHOWN]:
        print(f"warning: {text}", file=sys.stderr)
    if len(odd) > MOST_SHOWN:
        print(f"warning: {len(odd) - MOST_SHOWN} more", file=sys.stderr)
    for note in done.notes:
        say(note)
    if check:
        for one in done.changes[:MOST_SHOWN]:
            what = "new" if one["isNew"] else "; ".join(one["differences"])
            say(f"  {one['id']}: {what}")
        say("nothing was written; this is what would be:")


def failed(why: str) -> int:
    """Say why nothing more was done."""
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
