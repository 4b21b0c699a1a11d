"""Leases that a wrong clock took."""

from datetime import timedelta

import pytest

from domain.kernel.following import LEASE
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.following import MongoPlaces
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


async def test_a_lease_of_a_clock_that_ran_ahead_holds_up_nobody_and_one_of_a_right_clock_does(
    database: Database,
):
    places = MongoPlaces(database)

    async def claimed(at):
        return await places.claim("one", begin_at=0, now=at, until=at + LEASE)

    assert await claimed(NOON + timedelta(hours=1))
    assert await claimed(NOON)
    assert await claimed(NOON + timedelta(seconds=1)) is None
