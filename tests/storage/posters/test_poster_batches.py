"""Parts of a batch: taken by one at a time, free again after a crash."""

import asyncio
from datetime import timedelta

import pytest

from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, WrongState
from domain.people.accounts import GuideId
from domain.posters.batches import LEASE, PART_SIZE, BatchId, BatchState, PosterBatch, cut
from domain.posters.stamping import PosterFormat
from domain.posters.template_reviews import TemplateId
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareKind, ShareTarget
from storage.mongo.kernel.database import Database
from storage.mongo.posters.poster_batches import MongoPosterBatches
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


def a_batch(guides: int = 250, **changes):
    target = ShareTarget(kind=ShareKind.PRODUCT, id="10001")
    fields = {
        "id": BatchId("batch_1"),
        "link": LinkOrder(target=target, scene=Scene.MOMENTS, campaign="double11"),
        "template_id": TemplateId("template_1"),
        "number": 1,
        "width": 1080,
        "format": PosterFormat.JPEG,
        "total": guides,
        "parts": -(-guides // PART_SIZE),
        "created_by": PersonId("head"),
        "created_at": NOON,
    }
    return PosterBatch(**{**fields, **changes})


async def kept(database: Database, guides: int = 250) -> MongoPosterBatches:
    batches = MongoPosterBatches(database)
    batch = a_batch(guides)
    await batches.add(batch, cut(batch.id, [GuideId(f"G{n}") for n in range(guides)], NOON))
    return batches


async def test_a_batch_is_read_back_as_it_was(database: Database):
    batches = await kept(database)
    assert await batches.by_id(BatchId("batch_1")) == a_batch()
    parts = await batches.parts(BatchId("batch_1"))
    assert [len(part.guide_ids) for part in parts] == [100, 100, 50]


async def test_each_part_is_taken_by_one(database: Database):
    batches = await kept(database)
    taken = await asyncio.gather(*(batches.take(NOON) for _ in range(6)))
    numbers = [part.number for part in taken if part]
    assert len(numbers) == len(set(numbers))
    while (part := await batches.take(NOON)) is not None:
        numbers.append(part.number)
    assert sorted(numbers) == [1, 2, 3]


async def test_a_part_that_was_lost_in_a_crash_is_free_after_its_lease(database: Database):
    batches = await kept(database, guides=10)
    lost = await batches.take(NOON)
    assert await batches.take(NOON + LEASE - timedelta(seconds=1)) is None
    again = await batches.take(NOON + LEASE)
    assert again is not None
    assert again.number == lost.number
    assert not await batches.finish(lost, [])
    assert await batches.finish(again, [])
    await batches.close(again)
    assert await batches.take(NOON + 10 * LEASE) is None


async def test_a_part_that_is_given_back_is_free_at_once(database: Database):
    batches = await kept(database, guides=10)
    part = await batches.take(NOON)
    await batches.give_back(part, NOON)
    assert (await batches.take(NOON)).number == part.number


async def test_a_dropped_batch_has_nothing_left_to_take(database: Database):
    batches = await kept(database)
    await batches.drop(BatchId("batch_1"))
    assert await batches.take(NOON) is None


async def test_a_batch_ends_once(database: Database):
    batches = await kept(database)
    batch = a_batch()
    await batches.save(batch.moved(BatchState.CANCELLED), expected=1)
    with pytest.raises(Conflict):
        await batches.save(batch.moved(BatchState.DONE), expected=1)
    with pytest.raises(WrongState, match="poster batch is CANCELLED"):
        batch.moved(BatchState.CANCELLED).moved(BatchState.DONE)
