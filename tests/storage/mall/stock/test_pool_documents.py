"""What a pool's document keeps of the last count of each store."""

from datetime import UTC, datetime

from bson import encode

from domain.catalogue.catalogue import Sku
from domain.mall.stock.pools import Change, Delta, Event
from domain.network.stores import RegionId, StoreId
from storage.mongo.mall.stock.pool_documents import changing, last_counts

AT = datetime(2026, 11, 11, 2, 0, 1, 234_000, tzinfo=UTC)


def a_count(*stores: str) -> Change:
    return Change(
        id="count_1",
        attempt="try_1",
        region_id=RegionId("320500"),
        sku=Sku("10001-NVY-M"),
        event=Event.COUNTED,
        deltas=tuple(
            Delta(store_id=StoreId(store), on_hand=7, safety=-2, counted_at=AT) for store in stores
        ),
        actor='staff "1"',
        at=AT,
    )


def document_of(change: Change) -> dict:
    return changing(change, None)._doc


def test_the_last_count_of_each_store_is_told_as_it_was():
    found = last_counts(document_of(a_count("S1", "S.2")))
    assert {one.deltas[0] for one in found} == set(a_count("S1", "S.2").deltas)
    assert {(one.id, one.attempt, one.actor, one.at) for one in found} == {
        ("count_1", "try_1", 'staff "1"', AT)
    }


def test_a_count_that_was_marked_field_by_field_is_still_read():
    document = document_of(a_count("S1"))
    document["stores"]["S1"]["count"] = {
        "id": "count_1",
        "attempt": "try_1",
        "actor": 'staff "1"',
        "at": AT,
        "store_id": "S1",
        "on_hand": 7,
        "safety": -2,
        "counted_at": AT,
    }
    assert last_counts(document) == [a_count("S1")]


def test_a_store_takes_few_bytes_of_its_pool():
    one, many = (len(encode(document_of(a_count(*map(str, range(n)))))) for n in (1, 101))
    assert (many - one) / 100 < 260
