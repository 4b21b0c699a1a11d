"""How a process that is asked to stop leaves: told first, quickly, and in any case in time."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from api.kernel.stopping import Stopping

logger = logging.getLogger(__name__)

# Whatever a request or the database may still be waiting for, nobody waits longer for the process.
MOST_S = 9.5


@contextlib.contextmanager
def leaving(stopping: Stopping, drain_s: float) -> Iterator[None]:
    """For the length of a block, have SIGTERM tell first, and only `drain_s` later stop.

    In between, `/ready` says no and each answer ends its connection, so that a proxy sends what
    comes to others. A second signal stops at once. After `MOST_S` the process ends as it is, which
    everything that it does bears.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    stop = signal.getsignal(signal.SIGTERM)

    def begin(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell, number)
        end = threading.Timer(MOST_S, _end_now)
        end.daemon = True
        end.start()

    def tell(number: int) -> None:
        if stopping.begun or not drain_s:
            go(number)
            return
        logger.info("stopping in %g s; others take what comes", drain_s)
        stopping.begin()
        loop.call_later(drain_s, go, number)

    def go(number: int) -> None:
        stopping.begin()
        if callable(stop):
            stop(number, None)

    signal.signal(signal.SIGTERM, begin)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, stop)


def _end_now() -> None:
    logger.warning("the process did not stop within %g s and ends as it is", MOST_S)
    os._exit(1)
