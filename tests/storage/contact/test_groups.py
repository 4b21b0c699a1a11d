"""Groups that nobody told of are found, and what can't be handed over says why."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from domain.contact.groups import CustomerGroup, GroupHandOver, GroupId
from domain.contact.mirroring_groups import GroupPorts, list_groups, read_groups
from domain.kernel.refusals import Conflict
from qianmian.clock import now
from qianmian.wiring.contact import group_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from scripts.wecom_stub import COMPANY, SECRET, WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom import WecomContact
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, open_shops
from tests.support.stub import listening

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]


@pytest.fixture
def stub() -> WecomStub:
    return WecomStub()


@pytest.fixture
async def ports(database: Database, stub: WecomStub) -> AsyncIterator[GroupPorts]:
    base = a_foundation(database)
    await open_shops(base, guides=2)
    found = group_ports(base, member_ports(base, people_ports(base)))
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        tokens = MongoTokens(database)
        token = WecomToken(client, COMPANY, SECRET, tokens=tokens, now=now, base_url=gateway)
        contact = replace(found.contact, wecom=WecomContact(token))
        yield replace(found, contact=contact)


async def group(ports: GroupPorts, id: str) -> CustomerGroup:
    return (await ports.groups.by_ids([GroupId(id)]))[GroupId(id)]


async def planned(ports: GroupPorts, id: str, to_user: str) -> None:
    before = await group(ports, id)
    plan = GroupHandOver(from_user=before.owner, to_user=to_user, left=True)
    after = replace(before, hand_over=plan, due_at=now(), version=before.version + 1)
    await ports.groups.save(after, expected=before.version)


async def test_groups_of_which_nothing_was_heard_are_found_on_their_owners_list(
    ports: GroupPorts, stub: WecomStub
):
    stub.groups.open("wr1", "wecom_1", "wm1", "wm2")
    stub.groups.open("wr9", "a-stranger")
    for _ in range(2):
        await list_groups(ports, an_act())
    assert await read_groups(ports, an_act()) == 1
    found = await group(ports, "wr1")
    assert (found.guide_id, found.store_id, found.customers) == ("G1", "S1", 2)
    # Once read it is not due before tomorrow, and the list brings nothing new.
    await list_groups(ports, an_act())
    assert await read_groups(ports, an_act()) == 0


async def test_what_is_told_while_a_group_is_read_has_it_read_again(
    ports: GroupPorts, stub: WecomStub
):
    stub.groups.open("wr1", "wecom_1")
    await ports.groups.note([GroupId("wr1")], now())
    stale = await group(ports, "wr1")
    await ports.groups.note([GroupId("wr1")], now())
    with pytest.raises(Conflict):
        await ports.groups.save(replace(stale, version=stale.version + 1), expected=stale.version)
    assert await read_groups(ports, an_act()) == 1


async def test_of_two_processes_that_read_a_group_one_hands_it_over(
    ports: GroupPorts, stub: WecomStub
):
    stub.groups.open("wr1", "wecom_1")
    await list_groups(ports, an_act())
    await read_groups(ports, an_act())
    await planned(ports, "wr1", "wecom_2")
    found = ports.contact.wecom.group

    async def read_by_both(id: str):
        seen = await found(id)
        ports.contact.wecom.group = found  # type: ignore[method-assign]
        await read_groups(ports, an_act())
        return seen

    ports.contact.wecom.group = read_by_both  # type: ignore[method-assign]
    await read_groups(ports, an_act())
    assert stub.groups.handed == [("wr1", "wecom_2")]
    # The answer was lost: what WeCom did is seen by reading it again.
    await ports.groups.note([GroupId("wr1")], now())
    await read_groups(ports, an_act())
    done = (await group(ports, "wr1")).hand_over
    assert done
    assert (done.code, len(stub.groups.handed)) == (0, 1)


async def test_a_group_goes_over_once_and_one_that_can_not_says_why(
    ports: GroupPorts, stub: WecomStub
):
    for name in ("wr1", "wr2"):
        stub.groups.open(name, "wecom_1")
    stub.groups.away = {"wecom_1001"}
    await list_groups(ports, an_act())
    await read_groups(ports, an_act())
    await planned(ports, "wr1", "wecom_2")
    await planned(ports, "wr2", "wecom_1001")
    await read_groups(ports, an_act())
    refused = (await group(ports, "wr2")).hand_over
    assert refused
    assert refused.code == 40003
    # The answer says that it was done; that it is the other's is seen by reading it again.
    moved = await group(ports, "wr1")
    assert (moved.owner, moved.guide_id, moved.hand_over and moved.hand_over.code) == (
        "wecom_2",
        "G2",
        None,
    )
    await ports.groups.note([GroupId("wr1")], now())
    await read_groups(ports, an_act())
    done = (await group(ports, "wr1")).hand_over
    assert done
    assert done.code == 0
    assert stub.groups.handed == [("wr1", "wecom_2")]
