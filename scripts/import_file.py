"""Hand in a file over the public API: owners, stores, guides, products, stock, posts, layers.

Large files are sent in parts; lines are counted in the whole file. Leaves with 1 and one line for
each error, as file:line: column: message, if a row is not taken. The password is read from
QIANMIAN_PASSWORD, or asked for.
"""

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from typing import Any

from scripts.bootstrap import say
from scripts.client import Client, Refused, Unreachable
from scripts.file_parts import Part, parts_of

KINDS = ("owners", "stores", "guides", "products", "stock", "posts", "layers")
ROWS_A_PART = 10_000
COUNTS = ("rows", "created", "changed", "unchanged")


def main() -> int:
    """Send one file."""
    options = read_options()
    try:
        text = options.file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        return failed(f"{options.file}: {fault.strerror}.")
    except UnicodeDecodeError:
        return failed(f"{options.file}: save the file as UTF-8.")
    password = os.environ.get("QIANMIAN_PASSWORD") or getpass.getpass("password: ")
    started = time.monotonic()
    try:
        client = Client(options.url).signed_in(options.login, password)
        total, errors = send(client, options.kind, options.file, text, options.mode)
    except (Refused, Unreachable) as fault:
        return failed(str(fault))
    for error in errors:
        print(error, file=sys.stderr)
    counted = ", ".join(f"{total[name]} {name}" for name in COUNTS)
    say(f"{counted} in {time.monotonic() - started:.1f} seconds")
    return 1 if errors else 0


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/import",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=KINDS, help="what the file holds")
    parser.add_argument("file", type=Path, help="CSV with a header, or JSON Lines (.jsonl)")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running service")
    parser.add_argument("--login", required=True, help="who hands it in")
    parser.add_argument(
        "--good-rows",
        dest="mode",
        action="store_const",
        const="GOOD_ROWS",
        default="ALL_OR_NOTHING",
        help="take the good rows of a part that has bad ones; else such a part is left out whole",
    )
    return parser.parse_args()


def send(
    client: Client, kind: str, file: Path, text: str, mode: str
) -> tuple[dict[str, int], list[str]]:
    """Send every part; the counts of all together, and what is wrong, by line of the file."""
    total = dict.fromkeys(COUNTS, 0)
    errors: list[str] = []
    parts = list(parts_of(file.name, text, ROWS_A_PART))
    for number, part in enumerate(parts, start=1):
        report, wrong = send_part(client, kind, file, part, mode)
        errors += wrong
        for name in COUNTS:
            total[name] += report.get(name, 0)
        if len(parts) > 1:
            say(f"part {number} of {len(parts)}: {total['rows']} rows so far")
    return total, errors


def send_part(
    client: Client, kind: str, file: Path, part: Part, mode: str
) -> tuple[dict[str, Any], list[str]]:
    """Send one part; its counts and its errors. A refusal that names no row goes through."""
    document = f"""mutation ($file: Upload!, $mode: ImportMode!) {{
      done: {kind}Import(file: $file, mode: $mode) {{
        report {{ {" ".join(COUNTS)} errors {{ file line column message }} }}
        userErrors {{ code field message }} }} }}"""
    try:
        done = client.upload(document, file.name, part.text.encode(), mode=mode)["done"]
        report, wrong = done["report"], done["report"]["errors"]
    except Refused as refused:
        if not refused.rows:
            raise
        report, wrong = {"rows": part.rows}, refused.rows
    return report, [line_of(file, part, error) for error in wrong]


def line_of(file: Path, part: Part, error: dict[str, Any]) -> str:
    """What is wrong with a row, as compilers write it."""
    where = f"{file}:{part.line_in_file(error['line'])}"
    about = f" {error['column']}:" if error["column"] else ""
    return f"{where}:{about} {error['message']}"


def failed(why: str) -> int:
    """Say why nothing more was done."""
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
