"""What is withdrawn takes its poster batches along: their links at once, their files soon."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.content.scenes import Scene
from domain.kernel.refusals import Unavailable
from domain.people.act import by_the_clock
from domain.posters.batch_orders import (
    BatchOrder,
    BatchPorts,
    archive_addresses,
    create_batch,
    looked_up,
)
from domain.posters.batch_work import clear_archives, work_off
from domain.posters.batches import MAX_TRIES, BatchState
from domain.posters.stamping import PosterFormat
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareKind, ShareTarget
from qianmian import composition
from qianmian.foundation import Foundation
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.content import EDITOR, HEAD_OFFICE, WITHDRAW, an_act, approved, do
from tests.support.overtaking import Overtaken
from tests.support.poster_builders import a_code, a_design, a_shape, a_text
from tests.support.sharing import Shop, a_shop, an_approved_template

pytestmark = pytest.mark.anyio

# The service at work in the background does not come to these batches: they begin later.
LATER = timedelta(minutes=30)


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    return await a_shop(service, database)


@pytest.fixture
async def ports(shop: Shop, database: Database) -> AsyncIterator[BatchPorts]:
    """Another process."""
    parts = composition.put_together(Foundation(settings=shop.service.settings, database=database))
    await parts.base.reference.opened()
    yield replace(parts.world.bundle(BatchPorts), clock=lambda: composition.now() + LATER)
    parts.stampers.close()
    await parts.base.http.aclose()


def later(viewer=HEAD_OFFICE):
    return an_act(viewer, composition.now() + LATER)


def clock():
    return by_the_clock(composition.now() + LATER, composition.new_id)


async def ordered(shop: Shop, ports: BatchPorts):
    """A post on show, and a batch of its posters."""
    post = await approved(shop.service)
    design = a_design(a_shape(), a_text(text="{title}"), a_code())
    await an_approved_template(shop.service, design, ("POST",))
    target = ShareTarget(kind=ShareKind.POST, id=post["id"])
    order = BatchOrder(
        link=LinkOrder(target=target, scene=Scene.MOMENTS),
        template_id=None,
        width=750,
        format=PosterFormat.JPEG,
    )
    return post, await create_batch(ports, later(), order)


def archives(shop: Shop) -> list[Path]:
    return list(Path(shop.service.settings.files).rglob("batches/**/*.zip"))


async def state(ports: BatchPorts, batch):
    return await looked_up(ports, later(), batch.id)


async def test_of_a_post_that_is_withdrawn_no_archive_is_left(shop: Shop, ports: BatchPorts):
    post, batch = await ordered(shop, ports)
    await work_off(ports, clock())
    assert (await state(ports, batch)).state is BatchState.DONE
    [address] = await archive_addresses(ports, an_act(HEAD_OFFICE, composition.now()), batch.id)
    assert (await shop.get(address)).status_code == 200
    await do(shop.service, WITHDRAW, EDITOR, id=post["id"])
    assert (await shop.get(address)).status_code == 404
    assert await archive_addresses(ports, later(), batch.id) == []
    assert await clear_archives(ports, clock()) == 1
    assert archives(shop) == []
    told = await state(ports, batch)
    assert (told.state, told.cleared) == (BatchState.DONE, True)
    assert "may not go out" in told.why
    assert await clear_archives(ports, clock()) == 0


@pytest.mark.parametrize("clears", [True, False])
@pytest.mark.parametrize(("port", "method"), [("files", "put"), ("batches", "finish")])
async def test_a_withdrawal_during_the_last_part_leaves_no_archive(
    shop: Shop, ports: BatchPorts, clears, port, method
):
    post, batch = await ordered(shop, ports)

    async def withdrawn() -> None:
        await do(shop.service, WITHDRAW, EDITOR, id=post["id"])
        if clears:
            assert await clear_archives(ports, clock()) == 1

    if port == "files":
        files = Overtaken(ports.press.files, withdrawn, method=method)
        late = replace(ports, press=replace(ports.press, files=files))
    else:
        late = replace(ports, batches=Overtaken(ports.batches, withdrawn, method=method))
    await work_off(late, clock())
    assert await archive_addresses(ports, later(), batch.id) == []
    if not clears:
        assert await clear_archives(ports, clock()) == 1
    assert archives(shop) == []
    told = await state(ports, batch)
    assert told.cleared
    assert told.state is (BatchState.FAILED if clears else BatchState.DONE)


async def test_a_part_that_begins_after_the_withdrawal_stops_the_batch(
    shop: Shop, ports: BatchPorts
):
    post, batch = await ordered(shop, ports)
    await do(shop.service, WITHDRAW, EDITOR, id=post["id"])
    await work_off(ports, clock())
    told = await state(ports, batch)
    assert (told.state, told.cleared) == (BatchState.FAILED, True)
    assert archives(shop) == []


async def test_a_batch_that_may_go_out_keeps_its_archives(shop: Shop, ports: BatchPorts):
    _, batch = await ordered(shop, ports)
    await work_off(ports, clock())
    assert await clear_archives(ports, clock()) == 0
    assert len(archives(shop)) == 1
    assert not (await state(ports, batch)).cleared


class Busy:
    """Codes that WeChat draws for nobody until it is told to."""

    def __init__(self, codes) -> None:
        self.codes = codes
        self.kind = codes.kind
        self.asked = 0

    async def code_of(self, code):
        self.asked += 1
        raise Unavailable("WeChat draws no code just now (code 45009); try again.")


async def test_a_batch_waits_as_long_as_wechat_is_busy_and_is_made_then(
    shop: Shop, ports: BatchPorts
):
    _, batch = await ordered(shop, ports)
    busy = Busy(ports.press.codes)
    waiting = replace(ports, press=replace(ports.press, codes=busy))
    for minutes in range(2 * MAX_TRIES):
        at = composition.now() + LATER + timedelta(minutes=minutes)
        await work_off(replace(waiting, clock=lambda at=at: at), clock())
        assert (await state(ports, batch)).state is BatchState.RUNNING
    assert busy.asked >= 2 * MAX_TRIES
    in_the_end = composition.now() + 2 * LATER
    await work_off(replace(ports, clock=lambda: in_the_end), clock())
    assert (await state(ports, batch)).state is BatchState.DONE
