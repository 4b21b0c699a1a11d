"""Coupons that rules of others give, once under a source; whoever may not have one is told why."""

import asyncio
from datetime import timedelta

import pytest

from domain.people.act import by_the_clock
from domain.promotions.claiming import NotGiven, give_by_rule, take_back_by_rule
from domain.promotions.coupons import MemberCoupon
from domain.promotions.offers import ClaimWay, OfferId
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import coupon_ports
from storage.mongo.kernel.database import Database
from tests.api.promotions.test_coupons import a_coupon, a_member
from tests.api.promotions.test_given_coupons import claim, codes, own
from tests.conftest import Service

pytestmark = pytest.mark.anyio


async def test_a_source_brings_one_copy_however_often_and_whoever_the_member_became(
    service: Service, database: Database
):
    offer = await a_coupon(service, way="JOURNEY", total=3, each=2)
    assert codes(await claim(service, offer)) == ["NOT_FOUND"]
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    at = now()
    old, new, third = (a_member(n) for n in (1, 2, 3))

    async def give(member, source, *, later=timedelta(), way=ClaimWay.JOURNEY, of=offer):
        act = by_the_clock(at + later, new_id)
        ports = coupon_ports(base)
        return await give_by_rule(
            ports, act, OfferId(of), member.id, way=way, source=source, since=at
        )

    given = await asyncio.gather(*(give(old, "journey:run:1") for _ in range(6)))
    assert {one.id for one in given if isinstance(one, MemberCoupon)} == {f"{offer}:{old.id}:0"}
    leads = {"_id": old.id, "joined_at": at, "merged_into": new.id}
    await database["members"].insert_many(
        [leads, {"_id": new.id, "joined_at": at, "also": [old.id]}]
    )
    for member in (old, new):
        assert await give(member, "journey:run:1") == given[0]
    assert isinstance(await give(new, "journey:run:2"), MemberCoupon)
    assert await give(new, "journey:run:3") is NotGiven.HAVE_ENOUGH
    assert isinstance(await give(third, "journey:other:1"), MemberCoupon)
    assert await give(third, "journey:other:2") is NotGiven.ALL_GONE
    assert await give(a_member(4), "journey:late:1", later=timedelta(days=9)) is NotGiven.OVER
    assert await give(third, "journey:run:1", way=ClaimWay.GUIDE) is NotGiven.NO_SUCH_COUPON
    assert await give(third, "journey:run:1", of="offer_none") is NotGiven.NO_SUCH_COUPON
    assert len(await own(service, third)) == 1


async def test_what_was_taken_back_is_given_anew_for_what_is_done_anew(
    service: Service, database: Database
):
    offer = await a_coupon(service, way="TASK", total=3, each=1)
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    at, member = now(), a_member(1)
    act, ports = by_the_clock(at, new_id), coupon_ports(base)

    async def give(source):
        return await give_by_rule(
            ports, act, OfferId(offer), member.id, way=ClaimWay.TASK, source=source, since=at
        )

    async def states() -> list[str]:
        return sorted([one["state"] async for one in database["coupons"].find({})])

    assert isinstance(await give("task:a:1"), MemberCoupon)
    await take_back_by_rule(ports, act, OfferId(offer), member.id, "task:a:1")
    await take_back_by_rule(ports, act, OfferId(offer), member.id, "task:a:1")
    # Heard of again, what was taken back stays so.
    await give("task:a:1")
    assert await states() == ["REVOKED"]
    given = await asyncio.gather(*(give(f"task:a:{n}") for n in (3, 3, 5, 5)))
    # One of the two that are done at once has the only copy, whoever is faster.
    assert len({one.id for one in given if isinstance(one, MemberCoupon)}) == 1
    assert NotGiven.HAVE_ENOUGH in given
    assert await states() == ["ISSUED", "REVOKED"]
