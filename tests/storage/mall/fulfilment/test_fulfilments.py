"""Fulfilments in the database: versions, queues, and what is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.paging import PageRequest
from domain.kernel.places import Datum, Position
from domain.kernel.refusals import Conflict
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    OrderedLine,
    PartState,
    StockEffectKind,
)
from domain.mall.fulfilment.payments import Payment, PaymentState, Refund
from domain.mall.fulfilment.returns import Return, ReturnState
from domain.mall.routing.routing import Considered, Verdict
from domain.sharing.attribution import Credit
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.migrating import Migration, Phase, migrate
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from tests.support.keys import RING

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 11, 2, 0, 0, 123000, tzinfo=UTC)
ACT = Cause(actor="system", at=NOW, reason="测试")


def a_part(number=1, order="order_1", **changes):
    fields = {
        "id": f"{order}-{number}",
        "units": {"10042-BLK.L": 2},
        "state": PartState.OFFERED,
        "store_id": "S1",
        "held_at": "S1",
        "held": {"10042-BLK.L": 2},
        "refused": frozenset({"S2", "S3"}),
        "considered": (Considered(store_id="S1", distance_m=12, verdict=Verdict.CHOSEN),),
        "accept_by": NOW,
    }
    return FulfilmentOrder(**{**fields, **changes})


def a_fulfilment(id="order_1", **changes):
    fields = {
        "id": id,
        "version": 1,
        "buyer_id": "member_1",
        "region_id": "320500",
        "lines": (
            OrderedLine(sku="10042-BLK.L", quantity=2, price=29_900, name="羽绒服", options="黑 L"),
        ),
        "payment": Payment(
            amount=59_800,
            refunds=(Refund(id="order_1-r1", amount=1, reason="r", requested_at=NOW),),
        ),
        "pay_by": NOW,
        "destination": Position(longitude=120.6, latitude=31.3, datum=Datum.GCJ02),
        "credit": Credit(guide_id="G1", store_id="S1", share_code="abc", touched_at=NOW),
        "parts": (a_part(order=id),),
    }
    fulfilment = Fulfilment(**{**fields, **changes})
    return fulfilment.with_effect(StockEffectKind.SHIP, "S1", {"10042-BLK.L": 1}, ACT)


def due_at(moment):
    """What lets an order wait for its store's answer until a moment, or for people alone."""
    paid = Payment(amount=59_800, state=PaymentState.PAID, transaction_id="4200001")
    return {"parts": (a_part(accept_by=moment),), "payment": paid, "settled": True}


async def test_a_fulfilment_comes_back_as_it_was(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    saved = await fulfilments.save(a_fulfilment(), expected=0)
    assert saved == a_fulfilment()
    assert await fulfilments.by_id("order_1") == saved


async def test_the_slower_of_two_changes_is_a_conflict(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    saved = await fulfilments.save(a_fulfilment(), expected=0)
    settled = replace(saved, settled=True, version=2)
    await fulfilments.save(settled, expected=1)
    with pytest.raises(Conflict):
        await fulfilments.save(settled, expected=1)
    with pytest.raises(Conflict):
        await fulfilments.save(a_fulfilment(), expected=0)


async def test_what_is_due_is_claimed_by_one_sweeper_until_the_claim_ends(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    await fulfilments.save(a_fulfilment("order_1", **due_at(NOW)), expected=0)
    await fulfilments.save(
        a_fulfilment("order_2", **due_at(NOW + timedelta(seconds=1))), expected=0
    )
    await fulfilments.save(a_fulfilment("order_3", **due_at(None)), expected=0)
    until = NOW + timedelta(seconds=60)
    assert await fulfilments.claim_due(NOW, until=until, most=10) == ["order_1"]
    assert await fulfilments.claim_due(NOW, until=until, most=10) == []
    assert set(await fulfilments.claim_due(until, until=until, most=10)) == {"order_1", "order_2"}


async def test_a_stores_queue_is_paged_part_by_part_oldest_order_first(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    for order in ("order_2", "order_1", "order_3"):
        await fulfilments.save(
            a_fulfilment(
                order,
                parts=(
                    a_part(1, order),
                    a_part(2, order, state=PartState.REJECTED),
                    a_part(3, order),
                    a_part(4, order, store_id="S2"),
                ),
            ),
            expected=0,
        )
    seen, after = [], None
    while True:
        page = await fulfilments.queue("S1", [PartState.OFFERED], PageRequest(first=4, after=after))
        assert page.total == 6
        seen += [placed.part.id for placed in page.items]
        if not page.has_next:
            break
        after = page.cursors[-1]
    assert seen == [f"order_{order}-{number}" for order in (1, 2, 3) for number in (1, 3)]


async def test_what_no_store_has_is_in_a_queue_of_its_own(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    part = a_part(state=PartState.UNASSIGNED, store_id=None)
    await fulfilments.save(a_fulfilment(parts=(part,)), expected=0)
    page = await fulfilments.queue(None, [PartState.UNASSIGNED], PageRequest())
    assert [placed.part.id for placed in page.items] == ["order_1-1"]


async def test_returns_from_before_they_were_listed_are_listed(database: Database):
    fulfilments = MongoFulfilments(database, RING)
    back = Return(
        id="order_1-b1",
        store_id="S2",
        units={"10042-BLK.L": 1},
        reason="偏小",
        state=ReturnState.REQUESTED,
        requested_at=NOW,
    )
    for n in (1, 2, 3):
        returns = (replace(back, id=f"order_{n}-b1"),) if n < 3 else ()
        await fulfilments.save(a_fulfilment(f"order_{n}", returns=returns), expected=0)
    waits = {ReturnState.REQUESTED}
    at_once = await fulfilments.returns("S2", waits, PageRequest(first=1))
    assert ([one.returned.id for one in at_once.items], at_once.total) == (["order_1-b1"], 2)
    rest = await fulfilments.returns("S2", waits, PageRequest(after=at_once.cursors[-1]))
    assert [one.fulfilment.id for one in rest.items] == ["order_2"]

    # As a version that listed none has written them.
    await database["fulfilments"].update_many({}, {"$pull": {"queues": {"$regex": "^return:"}}})
    assert (await fulfilments.returns("S2", waits, PageRequest())).total == 0
    listing = Migration(number=1, name="x", phase=Phase.MIGRATE, work=fulfilments.queue_again)
    for _ in range(2):
        await database["meta"].delete_many({})
        await database["migrations"].delete_many({})
        await migrate(database, [listing], print)
        assert (await fulfilments.returns("S2", waits, PageRequest())).total == 2
    assert (await fulfilments.queue("S1", {PartState.OFFERED}, PageRequest())).total == 3
