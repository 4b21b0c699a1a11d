"""What is declared of the collections holds together."""

import re
from pathlib import Path

import pytest

from storage.mongo.kernel.collections import BY_NAME, COLLECTIONS, FACT_SOURCES, Kept, sharded

ROOT = Path(__file__).resolve().parents[3]


def test_every_collection_is_declared_once():
    assert len(BY_NAME) == len(COLLECTIONS)


@pytest.mark.parametrize("kept", sharded(), ids=lambda kept: kept.name)
def test_a_unique_index_of_a_sharded_collection_begins_with_its_key(kept: Kept):
    # Each shard sees to its own documents only: else two shards could hold the same.
    for index in kept.indexes:
        if index.options.get("unique"):
            fields = tuple(field for field, _ in index.keys)
            assert fields[: len(kept.key_fields)] == kept.key_fields


def test_what_is_removed_by_its_age_says_so():
    for kept in COLLECTIONS:
        ages = [index for index in kept.indexes if "expireAfterSeconds" in index.options]
        assert not ages or kept.life != "for ever", kept.name


def test_collections_that_say_facts_can_be_asked_for_them():
    assert FACT_SOURCES
    for name in FACT_SOURCES:
        assert "outbox.last_1" in {index.name for index in BY_NAME[name].indexes}


def test_storage_uses_no_collection_that_is_not_declared():
    named = {
        name
        for path in (ROOT / "storage" / "mongo").rglob("*.py")
        for name in re.findall(r'database\["(\w+)"\]', path.read_text())
    }
    assert named
    assert named <= set(BY_NAME)
