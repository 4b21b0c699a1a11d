"""Processes that stamp posters."""

import multiprocessing
from concurrent.futures.process import BrokenProcessPool

import pytest

from domain.posters.codes import QrCode
from domain.posters.layouts import Layout
from domain.posters.parsing import parse_template
from domain.posters.stamping import PosterFormat, make_plate
from storage.fonts import bundled
from storage.processes import StampingProcesses
from tests.support.poster_builders import a_design, a_stamp, a_subject

pytestmark = pytest.mark.anyio


@pytest.fixture
def stampers():
    stampers = StampingProcesses()
    yield stampers
    stampers.close()


def a_layout():
    template = parse_template(a_design()).scaled(750)
    return Layout(template=template, texts={}, pictures={}, fingerprint="a")


async def test_posters_come_back_in_order_and_as_this_process_would_make_them(stampers):
    layout, subject = a_layout(), a_subject()
    stamps = [a_stamp(code=QrCode(text=f"https://mall.example/s/{n:010d}")) for n in range(60)]
    posters = await stampers.stamp(layout, subject, stamps, PosterFormat.JPEG)
    plate = make_plate(layout.template, subject, bundled())
    assert posters == [plate.stamped(stamp) for stamp in stamps]


async def test_processes_that_were_killed_are_replaced(stampers):
    layout, subject = a_layout(), a_subject()
    (first,) = await stampers.stamp(layout, subject, [a_stamp()], PosterFormat.JPEG)
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    with pytest.raises(BrokenProcessPool):
        await stampers.stamp(layout, subject, [a_stamp()], PosterFormat.JPEG)
    assert await stampers.stamp(layout, subject, [a_stamp()], PosterFormat.JPEG) == [first]
