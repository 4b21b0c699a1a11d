"""Processes that end when the one that started them does, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import IO, Any

# Of Linux's prctl(2): which signal a process gets when its parent dies.
PR_SET_PDEATHSIG = 1


def start(
    command: list[str], output: IO[bytes], *, cwd: Path | None = None, env: Any = None
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, where Ctrl-C does not reach it.

    Should this process be killed, it is asked to stop; only Linux can do that, so elsewhere it goes
    on until somebody stops it.
    """
    die_too = partial(_die_with, os.getpid()) if sys.platform == "linux" else None
    return subprocess.Popen(
        command,
        stdout=output,
        stderr=output,
        cwd=cwd,
        env=env,
        start_new_session=True,
        preexec_fn=die_too,
    )


def _die_with(parent: int) -> None:
    """In the child, before it becomes the command."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died in between
        os._exit(1)
