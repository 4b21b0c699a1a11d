"""Every check of the project, in the order in which they are cheapest to fail."""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS: tuple[tuple[str, list[str | Path]], ...] = (
    ("formatting", [BIN / "ruff", "format", "--check", "."]),
    ("lint", [BIN / "ruff", "check", "."]),
    ("types", [BIN / "mypy"]),
    ("import layers", [BIN / "lint-imports", "--no-logo"]),
    ("schema.graphql equals the code", [sys.executable, "-m", "scripts.schema", "--check"]),
)
# Tests mostly wait for a database and for each other, so more of them go on than there are cores.
WORKERS = ("-n", "4", "--dist", "worksteal")


def main() -> int:
    """Run the checks, then the tests; the exit status is that of the first failure."""
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="checks only, no tests")
    parser.add_argument("pytest", nargs="*", help="arguments handed to pytest, after --")
    options = parser.parse_args()
    for name, command in CHECKS:
        started = time.monotonic()
        result = subprocess.run(command, text=True, capture_output=True, check=False)
        mark = "ok" if result.returncode == 0 else "FAILED"
        print(f"{name:.<40} {mark} ({time.monotonic() - started:.1f} s)", flush=True)
        if result.returncode:
            print(result.stdout + result.stderr)
            return result.returncode
    if options.fast:
        return 0
    tests = [sys.executable, "-m", "pytest", *WORKERS, *options.pytest]
    # Or each of the many processes that tests start would compile every file anew.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(tests, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
