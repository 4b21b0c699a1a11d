"""Pages of what the database sorts, there and back."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, DESCENDING, Database
from storage.mongo.kernel.pages import page

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
THINGS = Cursors("things", datetime, str)


@pytest.mark.parametrize("direction", [ASCENDING, DESCENDING])
@pytest.mark.parametrize("indexed", [None, ASCENDING, DESCENDING])
async def test_all_pages_there_are_all_pages_back(
    database: Database, direction: int, indexed: int | None
):
    """Things that share a moment are told apart by their ids, in either direction."""
    rolled = Random(direction)
    things = database["things"]
    if indexed is not None:
        await things.create_index([("of", 1), ("at", indexed), ("_id", indexed)])
    moments = [NOON + timedelta(hours=rolled.randrange(3)) for _ in range(13)]
    await things.insert_many(
        [{"_id": f"t{n:02}", "of": "x", "at": at} for n, at in enumerate(moments)]
    )
    order = [("at", direction), ("_id", direction)]
    expected = sorted(
        ((at, f"t{n:02}") for n, at in enumerate(moments)), reverse=direction == DESCENDING
    )

    async def ask(after: str | None, first: int) -> Page[str]:
        request = PageRequest(first=first, after=after)
        return await page(things, {"of": "x"}, order, request, THINGS, lambda one: str(one["_id"]))

    for size in (1, 4, 13):
        forward: list[list[str]] = []
        found = await ask(None, size)
        assert found.back is None
        while True:
            forward.append(list(found.items))
            if not found.has_next:
                break
            found = await ask(found.cursors[-1], size)
        assert [one for each in forward for one in each] == [name for _, name in expected]
        back = [list(found.items)]
        while found.back is not None:
            found = await ask(found.back, size)
            assert found.has_next
            back.insert(0, list(found.items))
        # Full pages back from a last page that may be shorter.
        assert [one for each in back for one in each] == [name for _, name in expected]
        assert len(back) == len(forward)
    await things.drop()
