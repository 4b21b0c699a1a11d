"""Write schema.graphql from the code, or check that they are equal."""

import argparse
from pathlib import Path

from api.schema import schema

FILE = Path(__file__).resolve().parent.parent / "schema.graphql"


def main() -> int:
    """Write the file, or with --check tell whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python -m scripts.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    text = schema.as_str() + "\n"
    if not parser.parse_args().check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return 0
    print("schema.graphql differs from the code; run: .venv/bin/python -m scripts.schema")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
