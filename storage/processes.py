"""Processes that stamp posters in bulk, so that the one that serves stays free to answer."""

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from domain.posters.drawing import PosterSubject, Stamp
from domain.posters.layouts import Layout
from domain.posters.stamping import PlateRack, PosterFormat, make_plate
from storage.fonts import bundled

SLICE = 25
"""Posters that a process makes at a time."""

NICENESS = 10
"""Stamping gives way to whoever is waiting for an answer."""

_rack = PlateRack()


class StampingProcesses:
    """One process a processor, started with the first batch."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def stamp(
        self, layout: Layout, subject: PosterSubject, stamps: Sequence[Stamp], form: PosterFormat
    ) -> list[bytes]:
        """The posters, in the order of their stamps."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
            )
        pool, loop = self._pool, asyncio.get_running_loop()
        slices = [tuple(stamps[start : start + SLICE]) for start in range(0, len(stamps), SLICE)]
        try:
            work = [
                loop.run_in_executor(pool, _stamp, layout, subject, some, form) for some in slices
            ]
            made = await asyncio.gather(*work)
        except BrokenProcessPool:
            self._pool = None  # a process was killed; the next part gets new ones
            raise
        return [poster for some in made for poster in some]

    def close(self) -> None:
        """End the processes; work that has not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a process: give way to others, and end with the service even where it was killed."""
    os.nice(NICENESS)
    parent = multiprocessing.parent_process()
    assert parent
    threading.Thread(target=_end_after, args=[parent.sentinel], daemon=True).start()


def _end_after(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _stamp(
    layout: Layout, subject: PosterSubject, stamps: Sequence[Stamp], form: PosterFormat
) -> list[bytes]:
    """In a process: the plate is made once, then kept for the next part."""
    plate = _rack.get(layout.fingerprint, lambda: make_plate(layout.template, subject, bundled()))
    return [plate.stamped(stamp, form) for stamp in stamps]
