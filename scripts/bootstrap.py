"""Enter the project's own virtual environment, made on first use; standard library only."""

import hashlib
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
SUPPORTED = ((3, 11), (3, 14))


def enter(module: str, lock: str = "run") -> None:
    """Install the locked packages if they are missing, then become `python -m module`.

    `lock` names a file of requirements/. Exits with 2 and one line when set-up is impossible.
    """
    if not SUPPORTED[0] <= sys.version_info[:2] < SUPPORTED[1]:
        stop(f"Python 3.11 to 3.13 is needed; this is {sys.version.split()[0]}.")
    ensure(ROOT / "requirements" / f"{lock}.lock")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", module, *sys.argv[1:]])


def ensure(lock: Path) -> None:
    """Make the environment hold what the lock file pins; a second call does nothing."""
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / f"{lock.stem}.installed"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        say(f"making a virtual environment in {VENV.name}/")
        try:
            venv.create(VENV, with_pip=True, clear=True)
        except (subprocess.CalledProcessError, OSError):
            stop("Python's venv module does not work here; install it (Debian: python3-venv).")
    install(lock)
    stamp.write_text(wanted)


def install(lock: Path) -> None:
    """Run pip on the lock file, with hashes checked, counting packages as they come."""
    total = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    say(f"installing up to {total} pinned packages (a minute or two the first time)")
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", str(lock)]
    done, lines = 0, []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            lines.append(line)
            if line.startswith(("Collecting", "Requirement already")):
                done += 1
                if sys.stdout.isatty():
                    print(f"\r  {done} packages", end="", flush=True)
    if sys.stdout.isatty():
        print()
    if pip.returncode:
        sys.stderr.writelines(lines[-15:])
        stop("the packages could not be installed; check the network and run this again.")


def say(text: str) -> None:
    """Print one line of progress."""
    print(f"· {text}", flush=True)


def stop(reason: str) -> None:
    """Leave with one line that says what to do."""
    sys.stdout.flush()
    print(f"Cannot go on: {reason}", file=sys.stderr)
    raise SystemExit(2)
