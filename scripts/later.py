"""The service with a clock that is ahead, for stories in which days and months have to pass."""

import os
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from qianmian import clock

AHEAD_S = "QIANMIAN_STORY_AHEAD_S"
FACTORY = "scripts.later:from_environment"


def from_environment() -> Any:
    """Build the service as the environment says, with a clock that is so many seconds ahead."""
    ahead, present = timedelta(seconds=int(os.environ[AHEAD_S])), clock.now

    def later() -> datetime:
        return present() + ahead

    # Whatever knows the clock takes it from there, and nothing has done so yet.
    vars(clock)["now"] = later
    return import_module("qianmian.composition").from_environment()
