"""What members tell and allow, in their traits, whoever hears of it first."""

import pytest

from domain.audiences.joining import follow_merges
from domain.audiences.segments import Tag, TagDimension
from domain.audiences.tagging import known_traits, tag_member
from domain.audiences.telling import ToldPorts, follow_told
from domain.kernel.facts import Batch, Fact
from domain.kernel.ids import PersonId
from domain.kernel.versions import risen
from domain.members import member_facts
from domain.members.consent import Consent, Purpose
from domain.members.merges import Evidence
from domain.members.merging import merge, undo
from domain.members.profile_facts import of_change
from domain.members.profiles import MemberProfile, with_consent
from qianmian.wiring.members import member_ports, telling_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from tests.support.builders import NOON
from tests.support.foundations import a_foundation
from tests.support.joining import joined
from tests.support.members import HEAD_OFFICE, an_act
from tests.support.purses import audience_ports

pytestmark = pytest.mark.anyio

MAY, LAN = PersonId("member_may"), PersonId("member_lan")
MUM = Tag(code="mum", name="宝妈", dimension=TagDimension.BASIC, consent=Purpose.CHILD)


@pytest.mark.parametrize("told_first", [True, False])
async def test_a_tag_that_is_allowed_goes_with_a_merge_and_comes_back(
    database: Database, told_first: bool
):
    base = a_foundation(database)
    members = member_ports(base, people_ports(base))
    telling = telling_ports(base, members)
    traits, act = audience_ports(database), an_act(NOON, HEAD_OFFICE)
    told = ToldPorts(traits=traits, members=telling)
    await joined(database, MAY, LAN)
    await traits.book.opened()
    await traits.book.save_tags([MUM])

    async def hear(*facts: Fact) -> None:
        batch = Batch(facts=facts, upto=1)
        followers = (
            lambda: follow_told(told, act, batch),
            lambda: follow_merges(traits, act, batch),
        )
        for follow in followers if told_first else reversed(followers):
            await follow()

    before = MemberProfile(id=LAN)
    said = Consent(purpose=Purpose.CHILD, given=True, at=NOON, place="设置")
    allowed = risen(with_consent(before, said))
    await telling.profiles.save(allowed, expected=0)
    await follow_told(told, act, Batch(facts=tuple(of_change(before, allowed, NOON)), upto=1))
    await tag_member(traits, act, LAN, MUM.code, days=None)

    async def tags(who: PersonId) -> list[str]:
        return [one.code for one in (await known_traits(traits, act, who)).tags]

    made = await merge(members, act, LAN, MAY, Evidence.STAFF)
    await hear(member_facts.merged(made))
    assert await tags(MAY) == [MUM.code]
    parted = await undo(members, act, made.id)
    await hear(member_facts.unmerged(parted))
    assert (await tags(MAY), await tags(LAN)) == ([], [MUM.code])
