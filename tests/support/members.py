"""Members in memory, for the rules alone, and the acts of those who are some."""

import itertools
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.members import member_facts
from domain.members.conflicts import ConflictState
from domain.members.identifying import claim, phone_naming
from domain.members.identities import Proof
from domain.members.merges import WAITING, Alias, MergeState
from domain.members.merging import MemberPorts
from domain.people.accounts import Member
from domain.people.act import Act
from domain.people.sign_in import WechatUser
from domain.people.viewer import ANONYMOUS, Role, Viewer
from tests.support.keys import a_phone_key

T = TypeVar("T")
HEAD_OFFICE = Viewer(id=PersonId("head"), role=Role.HEAD_OFFICE)
_numbers = itertools.count(1)


def done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of work that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits for something")


def new_id(kind: str) -> str:
    return f"{kind}_{next(_numbers)}"


def an_act(at: datetime, viewer: Viewer = ANONYMOUS) -> Act:
    return Act(viewer=viewer, at=at, new_id=new_id)


class MemoryMembers:
    def __init__(self):
        self.all: dict[str, Member] = {}
        self.said = []

    async def by_id(self, id):
        return self.all.get(id)

    async def live(self, id):
        found = self.all.get(id)
        while found and found.merged_into:
            found = self.all.get(found.merged_into)
        return found

    async def join(self, member, facts=()):
        if member.id not in self.all:
            self.all[member.id] = member
            self.said += facts

    async def note_seen(self, id, at, openid=None):
        found = self.all[id]
        self.all[id] = replace(found, seen_at=at, openid=openid or found.openid)


class MemoryIdentities:
    def __init__(self):
        self.all = {}

    async def by_ids(self, ids):
        return {one: self.all[one] for one in ids if one in self.all}

    async def of_members(self, ids):
        return sorted(
            (one for one in self.all.values() if one.member_id in set(ids)), key=lambda x: x.id
        )

    async def save(self, identity, *, expected, facts=()):
        before = self.all.get(identity.id)
        soles = {one.sole for one in self.all.values() if one.id != identity.id}
        if (before.version if before else 0) != expected:
            raise Conflict("another version")
        if identity.sole is not None and identity.sole in soles:
            raise Conflict("a second one")
        self.all[identity.id] = identity


class MemoryMerges:
    def __init__(self, members):
        self.all = {}
        self.members = members
        self.absorbing = []
        self.leads: dict[str, Alias] = {}

    async def by_id(self, id):
        return self.all.get(id)

    async def begin(self, merge):
        self.all.setdefault(merge.id, merge)

    async def save(self, merge, *, expected):
        if self.all[merge.id].version != expected:
            raise Conflict("another version")
        self.all[merge.id] = merge

    async def hold(self, merge):
        found = self.members.all.get(merge.survivor)
        if found is None or found.merged_into:
            return False
        self.absorbing.append((merge.survivor, merge.id))
        return True

    async def bind(self, merge, facts):
        found = self.members.all.get(merge.loser)
        held = any(one == merge.loser for one, _ in self.absorbing)
        if found is None or found.merged_into or held:
            led = self.leads.get(merge.loser)
            return led is not None and led.merge_id == merge.id
        self.members.all[merge.loser] = replace(found, merged_into=merge.survivor)
        self.leads[merge.loser] = Alias(id=merge.loser, merge_id=merge.id, into=merge.survivor)
        return True

    async def let_go(self, merge, brought):
        if found := self.members.all.get(merge.survivor):
            also = dict.fromkeys((*found.also, *brought))
            self.members.all[merge.survivor] = replace(found, also=tuple(also))
        self.absorbing = [one for one in self.absorbing if one[1] != merge.id]

    async def unbind(self, merge, facts):
        led = self.leads.get(merge.loser)
        if led and led.merge_id == merge.id:
            del self.leads[merge.loser]
            found = self.members.all[merge.loser]
            self.members.all[merge.loser] = replace(found, merged_into=None)

    async def part(self, ids, others):
        for one in ids:
            found = self.members.all[one]
            also = tuple(other for other in found.also if other not in set(others))
            self.members.all[one] = replace(found, also=also)

    async def aliases(self, ids):
        return [
            self.leads[one.id]
            for one in self.members.all.values()
            if one.merged_into and one.merged_into in set(ids)
        ]

    async def lead(self, ids, before, after):
        for one in ids:
            found = self.members.all[one]
            if found.merged_into == before:
                self.members.all[one] = replace(found, merged_into=after)

    async def waiting(self, before, most):
        return [one for one in self.all.values() if one.state in WAITING]


class StandingMerges:
    """Merges by id alone, which all stand but those that are undone."""

    def __init__(self):
        self.undone = set()

    async def by_id(self, id):
        state = MergeState.UNDONE if id in self.undone else MergeState.DONE
        return SimpleNamespace(state=state)


class MemoryConflicts:
    def __init__(self):
        self.all = {}

    async def by_id(self, id):
        return self.all.get(id)

    async def open(self, conflict):
        self.all.setdefault(conflict.id, conflict)

    async def with_holder(self, id):
        return {
            one.id: one
            for one in self.all.values()
            if one.holder == id and one.state is ConflictState.OPEN
        }

    async def save(self, conflict, *, expected):
        assert self.all[conflict.id].version == expected
        self.all[conflict.id] = conflict


class Ignoring:
    """Takes whatever is kept elsewhere."""

    async def append(self, *records):
        pass

    async def add(self, session):
        pass


class Saying:
    """WeChat: a login code is `openid` or `openid/unionid`, a phone code the number."""

    async def user(self, code):
        openid, _, unionid = code.partition("/")
        return WechatUser(openid=openid, unionid=unionid or None)

    async def number(self, code):
        return code


def in_memory() -> MemberPorts:
    members = MemoryMembers()
    people: Any = SimpleNamespace(
        members=members, sessions=Ignoring(), wechat=Saying(), phones=Saying(), secret="s" * 32
    )
    ports: Any = {
        "people": people,
        "identities": MemoryIdentities(),
        "merges": MemoryMerges(members),
        "conflicts": MemoryConflicts(),
        "records": Ignoring(),
    }
    return MemberPorts(**ports, phones=a_phone_key(), app_id="app")


async def at_the_till(ports: MemberPorts, at: datetime, phone: str) -> PersonId:
    """Somebody joins at a till, who typed the number."""
    member_id = PersonId(new_id("member"))
    act = an_act(at)
    await claim(ports, act, phone_naming(ports, phone, []), member_id, Proof.FEED)
    member = Member(id=member_id, joined_at=at, channel="TILL")
    await ports.people.members.join(member, [member_facts.joined(member)])
    return member_id
