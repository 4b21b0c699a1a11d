"""What one process of the service does to people's tokens, seen through another."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import websockets

from domain.people import sign_in
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoStaff
from tests.api.people.test_people import CLOSE, OFFICE, PASSWORD, REFRESH, SIGN_IN, an_editor
from tests.api.people.test_sessions import SIGN_OUT, closed_while_following, status_of
from tests.conftest import Service
from tests.support.services import service_processes
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

# Far longer than it takes: a machine may be slow.
WITHIN_S = 60


@pytest.fixture
async def services(
    mongodb_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[list[Service]]:
    await MongoStaff(database).save(an_editor(), expected=0)
    async with service_processes(2, mongodb_uri, database.name, tmp_path) as services:
        yield services


async def signed_in(service: Service) -> dict:
    answer = await service.query(SIGN_IN, login="lin", password=PASSWORD)
    return answer.data["staffSignIn"]


async def refused_everywhere(services: list[Service], token: str) -> None:
    """Wait until each process refuses a token."""
    for service in services:
        await comes_to(401, partial(status_of, service, token), within_s=WITHIN_S)


async def test_what_ends_in_one_process_ends_in_the_other_and_a_race_gives_one_pair(
    services: list[Service],
):
    here, there = services
    first = await signed_in(here)
    answers = await asyncio.gather(
        *(one.query(REFRESH, token=first["refreshToken"]) for one in services * 5)
    )
    pairs = [answer.data["sessionRefresh"] for answer in answers]
    assert pairs[0]["userErrors"] == []
    assert pairs == [pairs[0]] * 10

    token = pairs[0]["accessToken"]
    async with asyncio.TaskGroup() as group:
        sockets = await following(group, services, token)
        assert [await status_of(one, token) for one in services] == [200, 200]
        await here.query(SIGN_OUT, token=pairs[0]["refreshToken"])
    assert [one.result().rcvd.code for one in sockets] == [4403, 4403]
    await refused_everywhere(services, token)

    second = await signed_in(there)
    async with asyncio.TaskGroup() as group:
        sockets = await following(group, services, second["accessToken"])
        closed = await here.query(CLOSE, OFFICE, id="staff_1")
        assert closed.data["staffClose"]["staff"] == {"active": False}
    assert [one.result().rcvd.code for one in sockets] == [4403, 4403]
    await refused_everywhere(services, second["accessToken"])
    assert (await there.query(REFRESH, token=second["refreshToken"])).refused("sessionRefresh")

    await window_of(WITHIN_S)
    tries = await asyncio.gather(
        *(one.query(SIGN_IN, login="nobody", password="wrong") for one in services * 20)
    )
    codes = [one.refused("staffSignIn")[0]["code"] for one in tries]
    assert codes.count("TOO_MANY") >= 30


async def window_of(seconds: float) -> None:
    """Let the window in which tries are counted end, if it ends within so many seconds."""
    window_s = sign_in.WINDOW.total_seconds()
    left_s = window_s - time.time() % window_s
    if left_s < seconds:
        await asyncio.sleep(left_s)


async def following(
    group: asyncio.TaskGroup, services: list[Service], token: str
) -> list[asyncio.Task[websockets.ConnectionClosed]]:
    """A socket of each process, all of them let in; each tells how it is closed."""
    in_ = [asyncio.Event() for _ in services]
    sockets = [
        group.create_task(closed_while_following(one, token, event))
        for one, event in zip(services, in_, strict=True)
    ]
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*(event.wait() for event in in_))
    return sockets
