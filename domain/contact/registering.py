"""Registering friends: who chats with one of the company's people is made a member in one step."""

from dataclasses import dataclass

from domain.contact.mirroring import wecom_name
from domain.contact.ports import ContactPorts
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.records import Subject
from domain.kernel.refusals import NotFound
from domain.members.feeding import SaidMember, take_in_member
from domain.members.identifying import claim
from domain.members.identities import Proof
from domain.members.telling import TellingPorts
from domain.people.act import Act

CHANNEL = "WECOM"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteringPorts(Ports):
    """Friends, and members with what they tell."""

    contact: ContactPorts
    members: TellingPorts


async def register_friend(ports: RegisteringPorts, act: Act, external_id: str) -> PersonId:
    """Make a friend a member by what WeCom knows of them; again, it is the same member.

    For whoever's friend they are. Who is a member by their unionid already is that one.
    """
    act.viewer.require("contact.register")
    bonds = await ports.contact.bonds.of_contacts([external_id])
    mine = [
        one
        for one in bonds
        if one.standing and act.viewer.may("contact.register", guide=one.guide_id)
    ]
    if not mine:
        raise NotFound("You have no friend of this id; look at guideFriends.", field=["externalId"])
    known = next((one.member_id for one in mine if one.member_id), None)
    if known is not None:
        return known
    contact = await ports.contact.wecom.contact(external_id)
    if contact is None:
        raise NotFound("WeCom knows no such customer any more.", field=["externalId"])
    said = SaidMember(
        id=external_id,
        unionid=contact.unionid,
        name=contact.name or None,
        store_id=mine[0].store_id,
    )
    fed = await take_in_member(ports.members, act, CHANNEL, said)
    assert fed.member_id is not None, "one that is taken in has an id"
    naming = wecom_name(ports.contact, external_id)
    # What follows from the name is that the friend is this member: see matching_friends.
    await claim(ports.members.members, act, naming, fed.member_id, Proof.WECHAT)
    subject = Subject(kind="member", id=fed.member_id)
    await ports.contact.records.append(
        act.record("friendRegister", subject, before={}, after={"new": fed.is_new})
    )
    return fed.member_id
