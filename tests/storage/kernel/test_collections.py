"""What is declared of the collections holds together."""

import re
from pathlib import Path

import pytest

from storage.mongo.kernel.collections import (
    BY_NAME,
    COLLECTIONS,
    FACT_SOURCES,
    HASHED,
    Kept,
    sharded,
)
from storage.mongo.kernel.personal import IMPERSONAL, PERSONAL
from tests.support.statements import SCATTERS

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


def test_of_every_collection_is_said_what_it_keeps_of_people():
    # Where it keeps something of who buys, name it in PERSONAL: it is shown to them, and erased.
    assert PERSONAL.keys() | IMPERSONAL.keys() >= BY_NAME.keys()
    assert not PERSONAL.keys() & IMPERSONAL.keys()


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_what_is_kept_of_people_is_found_by_an_index_and_goes_or_says_why_it_stays(name: str):
    personal, kept = PERSONAL[name], BY_NAME[name]
    indexed = {"_id", *kept.key_fields, *(index.keys[0][0] for index in kept.indexes)}
    assert set(personal.whose) <= indexed
    assert personal.goes != bool(personal.stays)


def table_row(kept: Kept) -> str:
    """A collection's row on the page about scaling."""
    if not kept.shard_key:
        key = "–"
    elif HASHED in kept.shard_key:
        key = "hashed `_id`"
    else:
        key = ", ".join(f"`{field}`" for field in kept.shard_key)
    return f"| `{kept.name}` | {kept.grows_with} | {kept.life} | {key} | {len(kept.indexes)} |"


def test_the_page_about_scaling_has_every_collection_as_it_is_declared():
    page = (ROOT / "docs" / "scaling.md").read_text()
    lacking = [row for kept in COLLECTIONS if (row := table_row(kept)) not in page]
    assert not lacking, "Put these rows into docs/scaling.md:\n" + "\n".join(lacking)
    named = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(named) == sorted(BY_NAME)


def test_the_page_about_scaling_has_every_statement_that_goes_to_all_shards():
    page = (ROOT / "docs" / "scaling.md").read_text()
    lacking = [
        row for shape, why in SCATTERS.items() if (row := f"| `{shape}` | {why} |") not in page
    ]
    assert not lacking, "Put these rows into docs/scaling.md:\n" + "\n".join(lacking)
