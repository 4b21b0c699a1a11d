"""What is held against each statement, on statements that are at fault."""

from typing import Any

import pytest

from tests.support.statements import faults, statements_of


def found(command: dict[str, Any]) -> set[str]:
    return {fault for one in statements_of(command) for fault in faults(one)}


def an_update(collection: str, q: dict[str, Any], u: Any = None, **more: Any) -> dict[str, Any]:
    return {"update": collection, "updates": [{"q": q, "u": u or {"$set": {"x": 1}}, **more}]}


@pytest.mark.parametrize(
    "command",
    [
        {"find": "orders", "filter": {"buyer_id": "b"}, "sort": {"placed_at": -1, "_id": -1}},
        {"find": "movements", "filter": {"store_id": "S1", "at": {"$gt": 1}}},
        {"find": "stores", "filter": {}},
        {"find": "posts", "filter": {"waiting.role": {"$in": ["A", "B"]}}},
        {
            "find": "records",
            "filter": {"subject.id": "x", "subject.kind": "y"},
            "sort": {"order": -1},
        },
        an_update("orders", {"_id": "o", "buyer_id": "b"}),
        an_update("pools", {"_id": "r:s", "free": {"$gte": 1}}, upsert=True),
        {"delete": "carts", "deletes": [{"q": {"_id": "b"}, "limit": 1}]},
    ],
)
def test_nothing_is_held_against_statements_that_go_where_they_should(command: dict[str, Any]):
    assert found(command) == set()


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ({"find": "nowhere", "filter": {"_id": 1}}, "its collection is not declared"),
        ({"find": "orders", "filter": {"state": "PAID", "expires_at": 1}}, None),
        ({"find": "orders", "filter": {"store_id": "S1"}}, "goes to all shards"),
        ({"find": "members", "filter": {"name": "x"}}, "has no index"),
        ({"find": "coupons", "filter": {}}, "has no index"),
        (
            {"find": "records", "filter": {"actor_id": 1}, "sort": {"at": 1}},
            "is sorted by no index",
        ),
        (
            an_update("orders", {"_id": "o"}, {"$set": {"paid": True}}, multi=True),
            "goes to all shards",
        ),
        (an_update("orders", {"_id": "o", "version": 2}), "goes to all shards"),
        (an_update("movements", {"_id": "m", "store_id": "S1"}), "goes to all shards"),
        (
            an_update("orders", {"buyer_id": {"$in": ["a"]}, "_id": "o"}, upsert=True),
            "an upsert without its whole shard key",
        ),
        (
            an_update("orders", {"buyer_id": "a"}, {"$set": {"buyer_id": "b"}}, multi=True),
            "a shard key changed by many",
        ),
        ({"insert": "orders", "documents": [{"_id": "o"}]}, "inserted without its shard key"),
    ],
)
def test_a_statement_at_fault_is_found(command: dict[str, Any], fault: str | None):
    if fault is None:
        assert found(command) == set()
    else:
        assert fault in found(command)
