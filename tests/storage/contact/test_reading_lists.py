"""Lists of friends are read many bonds at a time, and never more often than WeCom lets us."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from domain.contact import mirroring
from domain.contact.bonds import PartedBy, bond_of, met, parted
from domain.contact.matching_friends import match_added
from domain.contact.mirroring import keep_bond, read_list
from domain.contact.ports import ContactPorts
from domain.contact.wecom import LISTS_READ
from domain.kernel.facts import Batch, Fact
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unavailable
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.people.accounts import Member
from qianmian.clock import now
from qianmian.wiring.contact import contact_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from scripts.wecom_stub import COMPANY, SECRET, WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.mongo.people.sessions import MongoTallies
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom import WecomContact
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, open_shops
from tests.support.overtaking import Overtaken
from tests.support.statements import looking_away
from tests.support.stub import listening

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]

LIST, GET = "/cgi-bin/externalcontact/batch/get_by_user", "/cgi-bin/externalcontact/get"
USER = "wecom_1"


@pytest.fixture
def stub() -> WecomStub:
    return WecomStub()


@pytest.fixture
async def ports(database: Database, stub: WecomStub) -> AsyncIterator[ContactPorts]:
    base = a_foundation(database)
    await open_shops(base, guides=1)
    found = contact_ports(base, member_ports(base, people_ports(base)))
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        tokens = MongoTokens(database)
        token = WecomToken(client, COMPANY, SECRET, tokens=tokens, now=now, base_url=gateway)
        yield replace(found, wecom=WecomContact(token), company=COMPANY)


async def standing(ports: ContactPorts) -> dict[str, tuple[str | None, str | None]]:
    found = await ports.bonds.standing_of(USER)
    return {one.external_id: (one.name, one.guide_id) for one in found}


async def said(database: Database) -> list[str]:
    with looking_away():
        found = await database["bonds"].find({}).to_list(None)
    return sorted(
        f"{fact['kind']} {fact['data']['externalUser']}"
        for one in found
        for fact in one.get("outbox", {}).get("facts", [])
    )


def written(round_trips: list[str]) -> list[str]:
    reads = ("find bonds", "getMore bonds")
    return [one for one in round_trips if one.endswith(" bonds") and one not in reads]


async def test_a_list_is_written_a_thousand_bonds_at_a_time_and_again_not_at_all(
    ports: ContactPorts, stub: WecomStub, database: Database, round_trips: list[str]
):
    for number in range(250):
        stub.add(USER, f"wm{number}")
    round_trips.clear()
    await read_list(ports, an_act(), USER)
    assert written(round_trips) == ["insert bonds"]
    assert (len(await standing(ports)), stub.asked[LIST]) == (250, 3)
    assert (await standing(ports))["wm7"] == ("wm7", "G1")
    assert len(await said(database)) == 250
    round_trips.clear()
    await read_list(ports, an_act(), USER)
    assert written(round_trips) == []
    # On the list stands who each is by name: nobody is asked for by themselves.
    mei = Naming(kind=IdentityKind.UNIONID, value="u-mei")
    identity = taken(None, mei, PersonId("member_mei"), Proof.WECHAT, now())
    await ports.members.identities.save(identity, expected=0)
    stub.contacts["wm-mei"] = {"name": "梅", "unionid": "u-mei"}
    stub.add(USER, "wm-mei")
    await read_list(ports, an_act(), USER)
    bond = await ports.bonds.by_id(bond_of("wm-mei", USER).id)
    assert bond
    assert bond.waits_for == mei.id
    fact = Fact(id="f", subject="s", kind="friend.added", at=now(), data={"bond": bond.id})
    await match_added(ports, an_act(), Batch(facts=(fact,), upto=1))
    assert stub.asked[GET] == 0


async def test_of_whom_a_list_told_no_name_of_wechats_it_is_asked_for_once_they_come_again(
    ports: ContactPorts, stub: WecomStub
):
    mei = Naming(kind=IdentityKind.UNIONID, value="u-mei")
    member = Member(id=PersonId("member_mei"), openid="openid-mei", joined_at=now())
    await ports.members.people.members.join(member)
    identity = taken(None, mei, member.id, Proof.WECHAT, now())
    await ports.members.identities.save(identity, expected=0)
    stub.add(USER, "wm-mei")
    await read_list(ports, an_act(), USER)
    # The brand's account of WeChat's open platform is tied to WeCom only now.
    stub.contacts["wm-mei"] = {"name": "梅", "unionid": "u-mei"}
    bond = await ports.bonds.by_id(bond_of("wm-mei", USER).id)
    assert bond
    fact = Fact(id="f", subject="s", kind="friend.added", at=now(), data={"bond": bond.id})
    await match_added(ports, an_act(), Batch(facts=(fact,), upto=1))
    known = await ports.bonds.by_id(bond.id)
    assert known
    assert (known.member_id, known.waits_for) == (member.id, None)


async def test_who_is_over_or_told_of_meanwhile_is_changed_and_not_made_anew(
    ports: ContactPorts, stub: WecomStub
):
    before = now() - timedelta(days=1)
    nothing = bond_of("back", USER)
    gone = parted(met(nothing, before), before + timedelta(hours=1), PartedBy.CUSTOMER)
    await keep_bond(ports, an_act(), nothing, gone)
    stub.add(USER, "back")
    stub.add(USER, "told")

    async def told() -> None:
        new = bond_of("told", USER)
        await keep_bond(ports, an_act(), new, met(new, now() - timedelta(hours=9), "code"))

    overtaken = replace(ports, bonds=Overtaken(ports.bonds, told, method="add"))
    await read_list(overtaken, an_act(), USER)
    assert set(await standing(ports)) == {"back", "told"}
    kept = await ports.bonds.by_id(nothing.id)
    assert kept
    assert (kept.first_at, kept.version) == (gone.first_at, 2)


async def test_no_more_is_read_in_a_minute_than_may_be(
    ports: ContactPorts, stub: WecomStub, database: Database, monkeypatch: pytest.MonkeyPatch
):
    at = now()
    tallies, twice = MongoTallies(database), replace(LISTS_READ, name="one", most=2)
    assert [await tallies.count(twice.tally(at)) for _ in range(3)] == [True, True, False]
    assert await tallies.count(replace(twice, name="another").tally(at))
    assert await tallies.count(twice.tally(at + timedelta(minutes=1)))
    monkeypatch.setattr(mirroring, "LISTS_READ", replace(LISTS_READ, most=3))
    ports = replace(ports, clock=lambda: at)
    for number in range(250):
        stub.add(USER, f"wm{number}")
    await read_list(ports, an_act(), USER)
    with pytest.raises(Unavailable):
        await read_list(ports, an_act(), USER)
    assert stub.asked[LIST] == 3
    # What was begun and not ended leaves the mirror as it was.
    assert len(await standing(ports)) == 250
