"""Tokens that were given before a merge, or before it was undone, in each of two services."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.people.moved_members import MovedMembers
from storage.mongo.people.revocations import MongoRevocations
from tests.api.members.test_staff import MERGE, UNMERGE
from tests.api.people.test_people import REFRESH
from tests.api.people.test_sessions import status_of
from tests.conftest import Service, serving
from tests.support.content import HEAD_OFFICE
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

COME = """mutation($code: String!) { memberSignIn(code: $code) {
  viewer { id } accessToken refreshToken userErrors { code } } }"""
ME = "{ viewer { id } }"


@pytest.fixture
async def services(service: Service) -> AsyncIterator[list[Service]]:
    async with serving(service.settings) as other:
        yield [service, other]


async def come(service: Service, name: str) -> dict:
    return (await service.query(COME, None, code=f"sandbox:{name}")).data["memberSignIn"]


async def who(service: Service, token: str) -> str | None:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await service.http.post("/graphql", json={"query": ME}, headers=headers)
    return answer.json()["data"]["viewer"]["id"] if answer.status_code == 200 else None


async def test_a_token_is_of_whoever_its_member_is_by_now_in_every_process(
    services: list[Service], database: Database
):
    here, there = services
    may, lan = await come(here, "may"), await come(there, "lan")
    ids = may["viewer"]["id"], lan["viewer"]["id"]
    assert [await who(there, one["accessToken"]) for one in (may, lan)] == list(ids)
    merged = await here.query(MERGE, HEAD_OFFICE, loser=ids[1], survivor=ids[0])
    for service in services:
        await comes_to(ids[0], partial(who, service, lan["accessToken"]))
    # By the session of the one it is given for both, and refused once they are parted.
    of_both = (await here.query(REFRESH, token=lan["refreshToken"])).data["sessionRefresh"]
    assert await who(there, of_both["accessToken"]) == ids[0]
    merge = merged.data["memberMerge"]["merge"]["id"]
    assert not (await there.query(UNMERGE, HEAD_OFFICE, id=merge)).data["memberUnmerge"][
        "userErrors"
    ]
    for service in services:
        await comes_to(401, partial(status_of, service, of_both["accessToken"]))
        await comes_to(ids[1], partial(who, service, lan["accessToken"]))
        assert await who(service, may["accessToken"]) == ids[0]
    again = await there.query(REFRESH, token=of_both["refreshToken"])
    assert await who(here, again.data["sessionRefresh"]["accessToken"]) == ids[1]
    # Who begins later is told of it too.
    await here.query(MERGE, HEAD_OFFICE, loser=ids[1], survivor=ids[0])
    later = MongoRevocations(database)
    await later.opened()
    viewer = later.member_of(Viewer(id=ids[1], role=Role.MEMBER))
    assert viewer is not None
    assert viewer.ids == ids


async def test_who_was_parted_further_down_is_gone_from_all_who_lead_to_the_same(
    service: Service, database: Database
):
    moved = MovedMembers(database)
    # The second of the pairs brings the third's loser along.
    ids = {name: (await come(service, name))["viewer"]["id"] for name in ("r", "d", "b", "a")}

    async def merge(loser: str, survivor: str) -> str:
        said = await service.query(MERGE, HEAD_OFFICE, loser=ids[loser], survivor=ids[survivor])
        await moved.read([merged := said.data["memberMerge"]["merge"]["id"]])
        return merged

    def known(name: str) -> set[str]:
        viewer = moved.as_now(ids[name])
        return {one for one in ids if viewer and ids[one] in viewer.ids}

    await merge("d", "r")
    below = await merge("a", "b")
    await merge("b", "r")
    assert known("d") == set("rdba")
    await service.query(UNMERGE, HEAD_OFFICE, id=below)
    await moved.read([below])
    assert [known(name) for name in "rdba"] == [set("rdb")] * 3 + [set("a")]


async def test_who_leads_to_a_survivor_that_does_not_say_so_yet_is_known_as_them(
    service: Service, database: Database
):
    loser, survivor = [(await come(service, name))["viewer"]["id"] for name in ("lan", "may")]
    said = await service.query(MERGE, HEAD_OFFICE, loser=loser, survivor=survivor)
    # As between the two writes of a merge.
    await database["members"].update_one({"_id": survivor}, {"$set": {"also": []}})
    moved = MovedMembers(database)
    await moved.read([said.data["memberMerge"]["merge"]["id"]])
    viewer = moved.as_now(loser)
    assert viewer is not None
    assert viewer.ids == (survivor, loser)
