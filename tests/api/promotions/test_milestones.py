"""Coupons that follow what becomes of a member: a guide's new friend, or one of a higher level."""

import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.promotions.milestones import MILESTONE_FACTS, follow_milestones
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import coupon_ports, promotion_followers
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.api.contact.test_friends import friends, rules
from tests.api.contact.test_new_friends import bring
from tests.api.mall.orders.test_orders import MEMBER
from tests.api.promotions.test_coupons import FIFTY_OFF, a_coupon, claim
from tests.api.promotions.test_given_coupons import buy, codes, own
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import open_stores_with_stock
from tests.support.promoting import CREATE, an_offer_input, drafted, let_out
from tests.support.waiting import comes_to
from tests.support.wecom import connected, tell

pytestmark = pytest.mark.anyio


def viewer(member: str) -> Viewer:
    return Viewer(id=PersonId(member), role=Role.MEMBER)


async def said(database: Database) -> list[Fact]:
    """The milestones in the stream."""
    return [
        one for one in await MongoStream(database).after(0, 1_000) if one.kind in MILESTONE_FACTS
    ]


async def handle(service: Service, database: Database, *facts: Fact) -> None:
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    [following] = [one for one in promotion_followers(base) if one.name == "coupons_of_milestones"]
    await following.handle(Batch(facts=facts, upto=1_000))


async def test_a_new_friend_who_counts_has_the_coupon_once_and_nobody_else_has(
    mongodb_uri: str, database: Database, tmp_path
):
    at = time.time()
    stub = WecomStub(now=lambda: at)
    async with connected(mongodb_uri, database, tmp_path, stub) as shop:
        # Nobody is judged before all are known: the verdict of each waits for a moment that is set.
        await rules(shop, validAfterDays=90)
        offer = await a_coupon(shop, way="FRIEND", each=5)
        [one] = await bring(shop, "one")
        stub.contacts["wm-one"] = {"name": "one", "unionid": "u-one"}
        await tell(shop, stub, stub.add("xue", "wm-one"), stub.add("xue", "wm-two"))
        await comes_to({"wm-one": one, "wm-two": None}, lambda: friends(shop))
        member = viewer(one)
        assert codes(await claim(shop, offer, member)) == ["NOT_FOUND"]
        assert await own(shop, member) == []
        due = {"$set": {"judge_at": now() - timedelta(seconds=9)}, "$inc": {"version": 1}}
        await database["bonds"].update_many({}, due)
        has = [f"{offer}:{one}:0"]
        await comes_to(has, partial(own, shop, member))

        # Whoever's friend they become after that, and however often it is told, it is the one copy.
        [fact] = await said(database)
        again = replace(fact, id=FactId("bond:another:1:friend.valid"), subject="bond:another")
        await handle(shop, database, fact, again, fact)
        assert await own(shop, member) == has
        [copy] = await database["coupons"].find({}).to_list(None)
        assert copy["member_id"] == one


async def test_what_is_heard_late_brings_no_coupon_that_would_be_over(
    service: Service, database: Database
):
    until = {"endsAt": (now() + timedelta(days=30)).isoformat()}
    coupon = {"kind": "ORDER_COUPON", "total": 9, "way": "FRIEND"}
    short = await drafted(service, FIFTY_OFF, coupon={**coupon, "days": 0}, **until)
    lasting = await drafted(service, FIFTY_OFF, coupon=coupon, **until)
    await let_out(service, short, lasting)
    member = viewer("member_9")
    fact = Fact(
        id=FactId("bond:b:1:friend.valid"),
        subject="bond:b",
        kind=FactKind("friend.valid"),
        at=now(),
        data={"member": member.id},
    )
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    later = by_the_clock(now() + timedelta(days=3), new_id)
    # Nothing that was before the coupons brings one.
    before = replace(fact, at=fact.at - timedelta(days=2))
    await follow_milestones(coupon_ports(base), later, Batch(facts=(before,), upto=1))
    assert await own(service, member) == []
    await follow_milestones(coupon_ports(base), later, Batch(facts=(fact,), upto=1))
    assert await own(service, member) == [f"{lasting}:{member.id}:0"]


SET_LEVELS = documents_of("levels.md")["SetLevels"]


async def set_levels(service: Service) -> None:
    done = (await service.query(SET_LEVELS, HEAD_OFFICE, version=0)).data["levelRulesSet"]
    assert done["userErrors"] == []


async def test_a_level_that_is_reached_brings_its_coupon_once(service: Service, database: Database):
    await open_stores_with_stock(service)
    await set_levels(service)
    offer = await a_coupon(service, way="LEVEL", levels=["gold", "base"], each=5)
    assert codes(await claim(service, offer)) == ["NOT_FOUND"]
    await buy(service, 2)
    has = [f"{offer}:{MEMBER.id}:0"]
    await comes_to(has, partial(own, service))
    [fact] = await said(database)
    assert (fact.kind, fact.data["level"]) == ("level.gained", "gold")
    # The level is lost and reached again; another one that the offer does not name is reached.
    anew = replace(fact, id=FactId("level:member_1:2"))
    other = replace(anew, id=FactId("level:member_1:3"), data={**fact.data, "level": "platinum"})
    await handle(service, database, fact, anew, other, fact)
    assert await own(service) == has
    # Each level that it does name brings one.
    base = replace(anew, id=FactId("level:member_1:4"), data={**fact.data, "level": "base"})
    await handle(service, database, base, base)
    assert sorted(await own(service)) == [f"{offer}:{MEMBER.id}:{n}" for n in (0, 1)]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"way": "LEVEL"}, "INVALID", "levels"),
        ({"levels": ["gold"]}, "INVALID", "levels"),
        ({"way": "LEVEL", "levels": ["gold", "none"]}, "NOT_FOUND", "levels"),
    ],
)
async def test_a_coupon_for_no_level_is_refused(service: Service, changes, code, field):
    await set_levels(service)
    wanted = an_offer_input(FIFTY_OFF, coupon={"kind": "ORDER_COUPON", "total": 1, **changes})
    [error] = (await service.query(CREATE, HEAD_OFFICE, input=wanted)).data["offerCreate"][
        "userErrors"
    ]
    assert (error["code"], error["field"][-1]) == (code, field)
