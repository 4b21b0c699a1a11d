"""Members and what names them in the database: many at once, and cut short in the middle."""

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.refusals import Conflict
from domain.members.identifying import phone_naming, sign_in_by_phone, sign_in_by_wechat
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.members.merges import Evidence, MergeState
from domain.members.merging import GRACE, finish_merges, merge, undo
from domain.people.accounts import Member
from qianmian.clock import new_id
from qianmian.wiring.members import adoption, member_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.migrating import migrate
from tests.support.builders import NOON
from tests.support.foundations import a_foundation
from tests.support.members import HEAD_OFFICE, an_act

SPELLINGS = ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "8613800138000"]


def ports_of(database: Database):
    base = a_foundation(database)
    return member_ports(base, people_ports(base))


def act(at=NOON, viewer=None):
    made = an_act(at, viewer) if viewer else an_act(at)
    return type(made)(viewer=made.viewer, at=at, new_id=new_id)


async def members(database: Database, *names: str) -> None:
    for name in names:
        await ports_of(database).people.members.join(Member(id=name, joined_at=NOON))


async def test_many_sign_in_at_once_by_every_spelling_and_are_one_member(database: Database):
    # Two processes, each with adapters of its own.
    one, other = ports_of(database), ports_of(database)
    ways = [
        sign_in_by_phone(ports, act(), f"sandbox:{said}", "sandbox:may")
        for said in SPELLINGS * 5
        for ports in (one, other)
    ] + [sign_in_by_wechat(ports, act(), "sandbox:may") for ports in (one, other) * 5]
    signed_in = await asyncio.gather(*ways)
    assert len({one.viewer.id for one in signed_in}) == 1
    [identity] = await database["member_identities"].find({"kind": "PHONE"}).to_list(None)
    live = await one.people.members.live(identity["member_id"])
    assert live.id == signed_in[0].viewer.id


async def test_two_processes_claim_one_number_and_one_gets_it(database: Database):
    one, other = ports_of(database), ports_of(database)
    tries = [
        sign_in_by_phone(ports, act(), "sandbox:13800138000", f"sandbox:{who}")
        for ports, who in [(one, "may"), (other, "lan")] * 6
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    won = {one.viewer.id for one in answers if not isinstance(one, Exception)}
    assert all(isinstance(one, Conflict) for one in answers if isinstance(one, Exception))
    assert len(won) == 1
    [held] = await database["member_identities"].find({"kind": "PHONE"}).to_list(None)
    assert held["member_id"] in won


async def test_a_member_has_one_number_whoever_writes_at_once(database: Database):
    identities = ports_of(database).identities
    wanted = [
        taken(None, Naming(kind=IdentityKind.PHONE, value=str(n)), "m1", Proof.WECHAT, NOON)
        for n in range(6)
    ]
    saved = await asyncio.gather(
        *(identities.save(one, expected=0) for one in wanted), return_exceptions=True
    )
    assert sum(one is None for one in saved) == 1
    assert sum(isinstance(one, Conflict) for one in saved) == 5


async def test_two_merges_against_each_other_make_no_circle(database: Database):
    ports = ports_of(database)
    await members(database, "a", "b", "c")
    pairs = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "a")]
    await asyncio.gather(
        *(merge(ports, act(), *pair, Evidence.STAFF) for pair in pairs), return_exceptions=True
    )
    for name in "abc":
        live = await ports.people.members.live(name)
        assert live is not None
        assert live.merged_into is None
    assert await database["members"].find({"absorbing.0": {"$exists": True}}).to_list(None) == []


async def test_a_merge_that_was_cut_short_is_finished_by_the_clock(database: Database):
    ports = ports_of(database)
    await members(database, "a", "b")

    class Killed(Exception):
        pass

    async def killed(*_):
        raise Killed

    bind, ports.merges.bind = ports.merges.bind, killed
    with pytest.raises(Killed):
        await merge(ports, act(), "a", "b", Evidence.STAFF)
    ports.merges.bind = bind
    assert await finish_merges(ports, act(NOON + GRACE / 2)) == 0
    assert await finish_merges(ports, act(NOON + 2 * GRACE)) == 1
    assert (await ports.people.members.live("a")).id == "b"
    [row] = await database["member_merges"].find({}).to_list(None)
    assert row["state"] == MergeState.DONE
    assert (await undo(ports, act(viewer=HEAD_OFFICE), row["_id"])).state is MergeState.UNDONE
    assert (await ports.people.members.live("a")).id == "a"
    assert await finish_merges(ports, act(NOON + timedelta(days=1))) == 0


async def test_merges_of_merged_ones_lead_by_one_hop_and_come_apart_again(database: Database):
    ports = ports_of(database)
    await members(database, "a", "b", "c")
    first = await merge(ports, act(), "a", "b", Evidence.STAFF)
    second = await merge(ports, act(), "b", "c", Evidence.STAFF)
    assert (await ports.people.members.by_id("a")).merged_into == "c"
    await undo(ports, act(viewer=HEAD_OFFICE), second.id)
    assert (await ports.people.members.live("a")).id == "b"
    assert (await ports.people.members.live("b")).id == "b"
    await undo(ports, act(viewer=HEAD_OFFICE), first.id)
    assert (await ports.people.members.live("a")).id == "a"


async def test_members_from_before_are_known_by_what_named_them(database: Database):
    await database["members"].insert_one(
        {
            "_id": "old",
            "openid": "sandbox-openid-may",
            "unionid": None,
            "phone": "13800138000",
            "joined_at": NOON,
        }
    )
    ports = ports_of(database)
    adopting = adoption(a_foundation(database))
    for _ in range(2):
        await database["meta"].delete_many({})
        await database["migrations"].delete_many({})
        await migrate(database, [adopting], print)
    assert (await sign_in_by_wechat(ports, act(), "sandbox:may")).viewer.id == "old"
    signed_in = await sign_in_by_phone(ports, act(), "sandbox:13800138000", "sandbox:may")
    assert signed_in.viewer.id == "old"
    naming = phone_naming(ports, "13800138000", [])
    assert (await ports.identities.by_ids([naming.id]))[naming.id].verified_at == NOON
