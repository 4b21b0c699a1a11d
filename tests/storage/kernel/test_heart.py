"""When a process takes its database for silent."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.kernel.refusals import Unavailable
from storage.mongo.kernel.database import ConnectionFailure
from storage.mongo.kernel.heart import COMMITS_WITHIN_S, PATIENCE_S, Heart

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("impatient")]


class Silent:
    """A database that takes writes and never acknowledges one."""

    def __getitem__(self, name: str) -> "Silent":
        return self

    async def update_one(self, *_: Any, **__: Any) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def heart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.mongo.kernel.heart.monotonic", lambda: 0.0)
    heard = SimpleNamespace(at=0.0)
    monkeypatch.setattr("storage.mongo.kernel.heart.heard_of", lambda _: heard)
    return Heart(cast("Any", Silent()), knows=0)


def at(heart: Heart, monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    """Let time pass up to a moment, as a process that looks often."""
    looked = heart._looked_at
    while looked < moment:
        looked = min(looked + PATIENCE_S / 2, moment)
        monkeypatch.setattr("storage.mongo.kernel.heart.monotonic", lambda looked=looked: looked)
        heart._look(looked)


async def test_a_silence_longer_than_our_patience_ends_every_wait(heart, monkeypatch):
    async def wait() -> str:
        async with heart.waiting():
            await asyncio.Event().wait()
        return "never"

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    at(heart, monkeypatch, PATIENCE_S)
    await asyncio.sleep(0)
    assert heart.answers
    assert not waiting.done()
    at(heart, monkeypatch, PATIENCE_S + 0.01)
    assert not heart.answers
    with pytest.raises(Unavailable):
        await waiting
    with pytest.raises(Unavailable):
        await wait()


async def test_what_is_in_memory_is_answered_in_silence(heart, monkeypatch):
    at(heart, monkeypatch, PATIENCE_S * 2)
    async with heart.waiting():
        await asyncio.sleep(0)
    assert not heart.answers


async def test_whoever_has_what_they_need_is_not_cut_off(heart, monkeypatch):
    async with heart.waiting() as have_it:
        have_it()
        at(heart, monkeypatch, PATIENCE_S * 2)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_a_stream_that_is_answered_is_a_database_that_is_there(heart, monkeypatch):
    for moment in range(1, 8):
        at(heart, monkeypatch, float(moment))
        heart._heard.at = float(moment)
    assert heart.answers
    assert not heart.commits
    assert COMMITS_WITHIN_S < 7


async def test_a_process_that_stood_still_asks_before_it_judges(heart, monkeypatch):
    heart._look(100.0)
    assert heart.answers
    at(heart, monkeypatch, 100.0 + PATIENCE_S + 0.01)
    assert not heart.answers


async def test_what_the_driver_says_of_its_connection_is_unavailable_and_all_else_is_itself(heart):
    with pytest.raises(Unavailable):
        async with heart.waiting():
            raise ConnectionFailure("reset")
    with pytest.raises(TimeoutError, match="of their own"):
        async with heart.waiting():
            raise TimeoutError("of their own")
    with pytest.raises(KeyError):
        async with heart.waiting():
            raise KeyError("a bug")


async def test_a_beat_that_comes_back_tells_how_old_at_most_everything_is(heart, monkeypatch):
    assert heart.staleness_s() == float("inf")
    beating = asyncio.create_task(heart._beat())
    await asyncio.sleep(0)
    monkeypatch.setattr("storage.mongo.kernel.heart.monotonic", lambda: 0.4)
    await heart.changed("hearts", {"another process"})
    assert heart.staleness_s() == float("inf")
    await heart.changed("hearts", {heart._id})
    assert heart.staleness_s() == 0.4
    await heart.changed("hearts", {heart._id})
    assert heart.staleness_s() == 0.4
    beating.cancel()


async def test_a_database_that_answers_others_is_there_however_long_a_beat_waits(
    heart, monkeypatch
):
    for moment in range(1, 5):
        heart._heard.at = moment - 0.5
        at(heart, monkeypatch, float(moment))
    assert heart.answers
    at(heart, monkeypatch, 4.0 + PATIENCE_S)
    assert not heart.answers
