"""A child that comes into an age band: told by its parent, with a post that head office names."""

from datetime import timedelta

import pytest

from domain.guiding.today import own_today
from domain.kernel.days import beijing_day
from domain.members.profile_facts import PROFILE_CHANGED
from domain.members.profiles import Child
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import today_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.mongo.guiding.customer_care import MongoCustomerCare
from storage.mongo.guiding.guiding_rules import guiding_rules_of
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.conftest import Service
from tests.support.content import EDITOR, HEAD_OFFICE, MEMBER, approved
from tests.support.guiding import as_guide, beijing
from tests.support.sharing import GUIDE, a_shop
from tests.support.statements import looking_away
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SET = """mutation($posts: [ChildPostInput!]!) { guidingRulesSet(expectedVersion: 0,
  input: {coinMonths: 12, childPosts: $posts}) {
  rules { childPosts { age postId } } userErrors { field message } } }"""
ALLOW = """mutation($purpose: Purpose!) {
  memberConsentGive(purpose: $purpose, place: "我的") { userErrors { message } } }"""
TELL = """mutation($year: Int!, $month: Int!) {
  memberProfileSet(input: {children: [{year: $year, month: $month}]}) {
  userErrors { message } } }"""


async def test_a_guide_has_the_post_for_a_child_that_comes_into_an_age_band(
    service: Service, database: Database
):
    shop = await a_shop(service, database)
    post = (await approved(service, EDITOR, scenes=["ONE_TO_ONE"]))["id"]
    grown = [{"age": "GROWN_UP", "postId": post}]
    refused = await service.query(SET, HEAD_OFFICE, posts=grown)
    assert refused.refused("guidingRulesSet")[0]["field"] == ["input", "childPosts"]
    posts = [{"age": "FROM_1_TO_3", "postId": post}]
    done = (await service.query(SET, HEAD_OFFICE, posts=posts)).data["guidingRulesSet"]
    assert done == {"rules": {"childPosts": posts}, "userErrors": []}
    with looking_away():
        await database["members"].insert_one({"_id": MEMBER.id, "joined_at": now()})
    link = await shop.link(scene="ONE_TO_ONE")
    await service.http.get(f"/s/{link['code']}", headers=service.headers(MEMBER))
    for purpose in ("CHILD", "MARKETING"):
        said = (await service.query(ALLOW, MEMBER, purpose=purpose)).data["memberConsentGive"]
        assert said == {"userErrors": []}
    born = beijing_day(now()) - timedelta(days=100)
    told = await service.query(TELL, MEMBER, year=born.year, month=born.month)
    assert told.data["memberProfileSet"] == {"userErrors": []}
    care = MongoCustomerCare(database)

    async def known() -> tuple[int, int, str | None]:
        with looking_away():
            found = await care.by_ids([MEMBER.id])
        one = found[0] if found else None
        return (len(one.children), len(one.consents), one.guide_id) if one else (0, 0, None)

    await comes_to((1, 2, GUIDE.id), known)
    # No fact tells when the child was born.
    with looking_away():
        facts = await MongoStream(database).after(0, 1_000)
        assert [one.data["children"] for one in facts if one.kind == PROFILE_CHANGED] == [1]
        [one] = await care.by_ids([MEMBER.id])
        base = Foundation(settings=service.settings, database=database)
        await base.reference.opened()
        await base.made(guiding_rules_of).opened()
    day = next(day for day, age in one.grown() if age == "FROM_1_TO_3")
    assert Child(year=born.year, month=born.month).band(beijing(day.isoformat())) == "FROM_1_TO_3"
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    act = as_guide(GUIDE.id, at=beijing(day.isoformat()))
    with looking_away():
        [item] = await own_today(today_ports(base, sharing), act)
    assert item.customer is not None
    assert item.customer.target is not None
    assert (item.customer.kind, item.customer.target.id) == ("CHILD", post)
