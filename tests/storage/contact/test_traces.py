"""What members left behind that may be one person's."""

import pytest

from domain.kernel.ids import PersonId
from storage.mongo.contact.traces import MongoTraces
from storage.mongo.kernel.database import Database

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]


async def test_who_paid_and_on_which_device_is_found_by_the_member(database: Database):
    await database["fulfilments"].insert_many(
        [
            {"_id": "o1", "buyer_id": "m1", "payment": {"payer": "a"}},
            {"_id": "o2", "buyer_id": "m1", "payment": {"payer": None}},
            {"_id": "o3", "buyer_id": "m2", "payment": {"payer": "a"}},
            {"_id": "o4", "buyer_id": "m3", "payment": {"payer": "b"}},
        ]
    )
    await database["referrals"].insert_many([{"_id": "m1", "device": "d"}, {"_id": "m2"}])
    traces = MongoTraces(database)
    ids = [PersonId("m1"), PersonId("m2"), PersonId("m9")]
    assert await traces.payers(ids) == {"m1": {"a"}, "m2": {"a"}}
    assert await traces.devices(ids) == {"m1": {"d"}}
