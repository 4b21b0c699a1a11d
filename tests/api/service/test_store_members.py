"""Lists of members of stores and guides: who is on them, for whom, and what is seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.contact.bonds import bond_of
from domain.contact.contact_facts import FRIEND_GONE, FRIEND_MATCHED, of_bond
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.successions import Succession
from domain.people.viewer import Role, Viewer
from domain.sharing.link_facts import link_touched
from domain.sharing.touches import touch_of
from qianmian.clock import now
from storage.mongo.contact.contact import MongoBonds
from storage.mongo.kernel.database import Database
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.sharing.touches import MongoTouches
from tests.api.mall.consumers.test_consumers import SIGN_IN, START, Person
from tests.api.members.test_feeds import FEED
from tests.api.service.test_customers import (
    GUIDE,
    MANAGER,
    OTHER_GUIDE,
    OTHER_MANAGER,
    SHOWN,
    run,
    say,
)
from tests.conftest import Service
from tests.domain.sharing.test_share_links import a_link
from tests.support.content import HEAD_OFFICE
from tests.support.fulfilling import open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

JOIN = """mutation($members: [MemberFeedInput!]!) {
  membersFeed(channel: "TMALL", members: $members) {
  members { memberId refusal } userErrors { code message } } }"""


async def join(service: Service, *members: dict[str, str]) -> list[Viewer]:
    """Members whom a channel brings."""
    fed = (await service.query(JOIN, FEED, members=list(members))).data["membersFeed"]["members"]
    return [Viewer(id=PersonId(one["memberId"]), role=Role.MEMBER) for one in fed]


async def comes_by(
    database: Database, person: str, guide: Viewer, ago: timedelta = timedelta()
) -> None:
    """A visit by a link of a guide's, as it is written down and said."""
    link = a_link(guide_id=GuideId(guide.id), store_id=StoreId(str(guide.store_id)))
    touch = touch_of(link, PersonId(person), now() - ago)
    await MongoTouches(database).add(touch, [link_touched(link, touch, consumer=True)])


async def listed(service: Service, viewer: Viewer, **whose: str) -> list[str]:
    return [one["id"] for one in (await run(service, "Members", viewer, **whose))["nodes"]]


async def refused(service: Service, viewer: Viewer, **whose: str) -> str:
    answer = await service.query(SHOWN["Members"], viewer, **whose)
    return answer.body["errors"][0]["extensions"]["code"]


async def test_a_store_has_who_joined_there_newest_first_or_by_id_page_by_page(
    service: Service, database: Database, round_trips: list[str]
):
    await open_stores_with_stock(service)
    # All but two joined at one moment, as those of a file do.
    joined = [
        {
            "id": f"b{n}",
            "storeId": "S1",
            "joinedAt": f"202{4 if n == 3 else 5}-01-0{2 if n == 5 else 1}T00:00:00+08:00",
        }
        for n in range(7)
    ]
    *_, elsewhere = members = await join(service, *joined, {"id": "x", "storeId": "S2"})
    ids = [one.id for one in members if one is not elsewhere]
    await comes_to(7, lambda: database["store_members"].count_documents({"keys": "S1/"}))
    newest = [ids[5], *sorted({*ids} - {ids[3], ids[5]}, reverse=True), ids[3]]
    for order, expected in (("NEWEST", newest), ("ID", sorted(ids))):
        document = SHOWN["Members"].replace("first: 20", "first: 3")
        found: list[str] = []
        after, more = None, True
        while more:
            round_trips.clear()
            answer = await service.query(document, MANAGER, store="S1", order=order, after=after)
            # The list and its count, the numbers, and the records of the looks.
            assert len(round_trips) == 4, round_trips
            page = answer.data["storeMembers"]
            assert page["totalCount"] == 7
            found += [one["id"] for one in page["nodes"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert found == expected
    looks = database["records"].find({"action": "storeMembers"})
    seen = [(one["actor_id"], one["subject"]) for one in await looks.to_list(None)]
    expected_looks = [(MANAGER.id, {"kind": "member", "id": one}) for one in ids]
    assert sorted(seen, key=str) == sorted(expected_looks * 2, key=str)


async def test_whose_link_was_followed_last_has_the_customer_and_others_are_refused(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    [mei] = await join(service, {"id": "b1", "phone": "13800138000", "name": "林梅"})
    await comes_by(database, mei.id, GUIDE, timedelta(hours=2))
    await comes_to([mei.id], lambda: listed(service, MANAGER, store="S1"))
    [shown] = (await run(service, "Members", GUIDE, guide=GUIDE.id))["nodes"]
    assert (shown["id"], shown["name"], shown["phone"]) == (mei.id, "林梅", "138****8000")
    assert await listed(service, MANAGER, store="S1", guide=GUIDE.id) == [mei.id]
    assert await listed(service, HEAD_OFFICE, guide=GUIDE.id) == [mei.id]
    assert await listed(service, OTHER_MANAGER, store="S2") == []
    assert await listed(service, OTHER_MANAGER, store="S2", guide=GUIDE.id) == []
    for viewer, whose in (
        (OTHER_MANAGER, {"store": "S1"}),
        (OTHER_GUIDE, {"guide": GUIDE.id}),
        (GUIDE, {"store": "S1"}),
        (MANAGER, {"guide": GUIDE.id}),
        (mei, {"store": "S1"}),
    ):
        assert await refused(service, viewer, **whose) == "FORBIDDEN"
    assert await refused(service, HEAD_OFFICE) == "INVALID"
    await comes_by(database, mei.id, OTHER_GUIDE)
    await comes_to([mei.id], lambda: listed(service, OTHER_GUIDE, guide=OTHER_GUIDE.id))
    assert await listed(service, GUIDE, guide=GUIDE.id) == []
    assert await listed(service, MANAGER, store="S1") == []


async def test_whose_guide_has_left_is_the_customer_of_who_came_after(
    service: Service, database: Database
):
    [mei] = await join(service, {"id": "b1"})
    await comes_by(database, mei.id, GUIDE)
    await comes_to([mei.id], lambda: listed(service, GUIDE, guide=GUIDE.id))
    left = Succession(
        id=GuideId(GUIDE.id),
        successor_id=GuideId(OTHER_GUIDE.id),
        begun_at=now(),
        begun_by="office",
        done_at=now(),
        version=1,
    )
    await MongoSuccessions(database).save(left, expected=0)
    await comes_to([mei.id], lambda: listed(service, OTHER_GUIDE, guide=OTHER_GUIDE.id))
    assert await listed(service, GUIDE, guide=GUIDE.id) == []
    assert await run(service, "Look", OTHER_GUIDE, member=mei.id)


async def test_a_visitor_who_signs_in_is_the_customer_of_whose_link_brought_them(
    service: Service, database: Database
):
    visit = await Person(service).ask(START)
    await comes_by(database, visit["viewer"]["id"], GUIDE)
    signed_in = await Person(service, visit["accessToken"]).ask(SIGN_IN, code="sandbox:may")
    await comes_to([signed_in["viewer"]["id"]], lambda: listed(service, MANAGER, store="S1"))


async def test_friends_are_listed_while_they_are_friends(service: Service, database: Database):
    [mei] = await join(service, {"id": "b1"})
    began = now() - timedelta(hours=1)
    bond = replace(
        bond_of("wm1", "xiaolin"),
        guide_id=GuideId(GUIDE.id),
        store_id=StoreId("S1"),
        member_id=mei.id,
        added_at=began,
        version=1,
    )
    bonds = MongoBonds(database)
    await bonds.save(bond, expected=0, facts=[of_bond(bond, FRIEND_MATCHED, began)])
    await comes_to([mei.id], lambda: listed(service, GUIDE, guide=GUIDE.id))
    gone = replace(bond, gone_at=now(), version=2)
    await bonds.save(gone, expected=1, facts=[of_bond(gone, FRIEND_GONE, now())])
    await comes_to([], lambda: listed(service, GUIDE, guide=GUIDE.id))


async def test_who_withdraws_is_left_out_and_a_franchisee_sees_who_allows_it(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    mei, lan = await join(service, {"id": "b1", "storeId": "S1"}, {"id": "b2", "storeId": "S1"})
    both = sorted([mei.id, lan.id])

    async def seen() -> list[str]:
        return sorted(await listed(service, MANAGER, store="S1"))

    await comes_to(both, seen)
    await say(service, lan, "memberConsentWithdraw", "SERVICE")
    await comes_to([mei.id], seen)
    assert sorted(await listed(service, HEAD_OFFICE, store="S1")) == both
    await say(service, lan, "memberConsentGive", "SERVICE")
    await comes_to(both, seen)
    [store] = await database["stores"].find({"_id": "S1"}).to_list(None)
    await database["owners"].update_one(
        {"_id": store["owner_id"]}, {"$set": {"kind": "FRANCHISEE"}}
    )
    await comes_to([], seen)
    await say(service, lan, "memberConsentGive", "FRANCHISEE")
    await comes_to([lan.id], seen)


async def test_two_who_are_made_one_are_listed_once_and_as_two_when_that_is_undone(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    mei, lan = await join(
        service,
        {"id": "b1", "storeId": "S1", "phone": "13800138000", "name": "林梅"},
        {"id": "b2", "storeId": "S1"},
    )
    await comes_by(database, mei.id, OTHER_GUIDE)

    async def seen(viewer: Viewer, **whose: str) -> list[str]:
        return sorted(await listed(service, viewer, **whose))

    await comes_to(sorted([mei.id, lan.id]), lambda: seen(MANAGER, store="S1"))
    await comes_to([mei.id], lambda: seen(OTHER_MANAGER, store="S2"))
    merged = (await run(service, "MakeOne", HEAD_OFFICE, loser=mei.id, survivor=lan.id))["merge"]
    await comes_to([lan.id], lambda: seen(OTHER_MANAGER, store="S2"))
    await comes_to([lan.id], lambda: seen(MANAGER, store="S1"))
    [shown] = (await run(service, "Members", OTHER_GUIDE, guide=OTHER_GUIDE.id))["nodes"]
    assert (shown["name"], shown["phone"]) == ("林梅", "138****8000")
    await run(service, "MakeTwo", HEAD_OFFICE, merge=merged["id"])
    await comes_to([mei.id], lambda: seen(OTHER_MANAGER, store="S2"))
    await comes_to(sorted([mei.id, lan.id]), lambda: seen(MANAGER, store="S1"))
