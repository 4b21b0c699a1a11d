"""List the operations of a folder by their hashes, as JSON, for a client that names them by these.

They are what a service answers whose QIANMIAN_OPERATIONS is this folder: those of all `.graphql`
files in it, each with the fragments of its file that it uses, and those of the service's own pages.
Exits with 1 where one is none of the schema's.
"""

import argparse
import json
import sys
from pathlib import Path

from graphql import parse, validate

from api.schema import schema
from qianmian.registering import registered_in
from qianmian.settings import SettingsError
from scripts.bootstrap import stop


def main() -> int:
    """List them."""
    parser = argparse.ArgumentParser(
        prog="scripts/operations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="the folder of the client's .graphql files")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        stop(f"{folder} is no folder.")
    try:
        registered = registered_in(folder)
    except SettingsError as fault:
        stop(str(fault))
    assert registered
    faults = [
        f"{text.partition('{')[0].strip()}: {fault.message}"
        for text in registered.texts.values()
        for fault in validate(schema._schema, parse(text))
    ]
    print(json.dumps(registered.texts, ensure_ascii=False, indent=2))
    for one in faults:
        print(one, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
