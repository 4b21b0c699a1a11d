"""Every check of the project, in the order in which they are cheapest to fail."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

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
SOME_FAILED = 1
# A fault of the code fails its test again when nothing runs beside it; more than this many at once
# are no accident of timing.
MOST_AGAIN = 5


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
    return run_tests([*WORKERS, *options.pytest])


def run_tests(arguments: Sequence[str]) -> int:
    """Run tests, then a few that failed once more without company; the exit status of pytest.

    Those that pass then are told of: each has a race to be mended, in the test or in the code.
    """
    # Or each of the many processes that tests start would compile every file anew.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    pytest = [sys.executable, "-m", "pytest"]
    with TemporaryDirectory() as folder:
        kept = ["-o", f"cache_dir={folder}"]
        status = subprocess.run([*pytest, *kept, *arguments], env=environment, check=False)
        noted = Path(folder) / "v/cache/lastfailed"
        failed = sorted(json.loads(noted.read_text())) if noted.exists() else []
        if status.returncode != SOME_FAILED or len(failed) > MOST_AGAIN:
            return status.returncode
        print(f"{len(failed)} failed; again, alone:", flush=True)
        alone = [*pytest, *kept, *arguments, "-n", "0", "--last-failed"]
        again = subprocess.run(alone, env=environment, check=False)
    if again.returncode == 0:
        print("Passed alone and failed among others, so there is a race to be mended:")
        print("\n".join(failed))
    return again.returncode


if __name__ == "__main__":
    raise SystemExit(main())
