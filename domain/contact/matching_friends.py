"""Who a friend in WeCom is: the member whom WeCom's word, or WeChat's, names.

From then on the member is the customer of the guide, as after a visit through a link of theirs.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from domain.contact.bonds import Bond
from domain.contact.contact_facts import FRIEND_ADDED, FRIEND_MATCHED, of_bond
from domain.contact.mirroring import keep_bond, names_of, wecom_name
from domain.contact.ports import ContactPorts
from domain.kernel.each import each
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden
from domain.kernel.versions import risen
from domain.members.identifying import claim
from domain.members.identities import IdentityId, IdentityKind, Proof
from domain.members.member_facts import IDENTITY_CLAIMED
from domain.people.act import Act
from domain.sharing.touches import friend_touch

ADDED_FACTS = frozenset({FRIEND_ADDED})
NAMED_FACTS = frozenset({IDENTITY_CLAIMED})
NAMING_KINDS = frozenset({IdentityKind.UNIONID, IdentityKind.EXTERNAL_USER})
AT_ONCE = 8


async def match_added(ports: ContactPorts, act: Act, batch: Batch) -> None:
    """Find out who new friends are; again, it changes nothing."""
    ids = dict.fromkeys(fact.data["bond"] for fact in batch.facts)
    found = await ports.bonds.by_ids(list(ids))
    bonds = [bond for one in ids if (bond := found[one]).standing and bond.member_id is None]
    # Told of once: where the bond is changed meanwhile, the fact has to come again.
    await each(bonds, partial(_match_added, ports, act), at_once=AT_ONCE, due_again=False)


async def match_named(ports: ContactPorts, act: Act, batch: Batch) -> None:
    """Match the friends who were nobody whom we knew to whoever is known by their name now."""
    for fact in batch.facts:
        if fact.data["kind"] in NAMING_KINDS:
            for bond in await ports.bonds.waiting_for(IdentityId(fact.data["identity"])):
                await _matched(ports, act, bond, PersonId(fact.data["member"]))


async def _match_added(ports: ContactPorts, act: Act, bond: Bond) -> None:
    ids, named = await _names(ports, bond)
    if not ids:
        return
    member_id, waits_for = await _whose(ports, act, bond.external_id, ids)
    if member_id is not None:
        await _matched(ports, act, named, member_id, before=bond)
    else:
        await keep_bond(ports, act, bond, replace(named, waits_for=waits_for))


async def _names(ports: ContactPorts, bond: Bond) -> tuple[list[IdentityId], Bond]:
    """By what a friend is known, and their bond with their name; nothing of nobody's friend.

    A list tells it of all who are on it; who was added since, or had no name of WeChat's there, is
    asked for.
    """
    own = wecom_name(ports, bond.external_id).id
    if bond.waits_for is not None and bond.waits_for != own:
        return [own, bond.waits_for], bond
    contact = await ports.wecom.contact(bond.external_id)
    if contact is None:
        return [], bond
    return [one.id for one in names_of(ports, contact)], replace(bond, name=contact.name)


async def _whose(
    ports: ContactPorts, act: Act, external_id: str, names: Sequence[IdentityId]
) -> tuple[PersonId | None, IdentityId]:
    """The member whom a contact's names lead to, or else the name that may come to lead to one."""
    found = await ports.members.identities.by_ids(names)
    owner = next((found[one] for one in names if one in found and found[one].held), None)
    if owner is None:
        return None, names[-1]
    try:
        external = wecom_name(ports, external_id)
        await claim(ports.members, act, external, owner.member_id, Proof.WECHAT)
    except Forbidden:  # blocked: a shop's own, or a test's
        return None, external.id
    except Conflict:  # another's, by somebody's word: the queue of conflicts decides
        return None, external.id
    return owner.member_id, external.id


async def _matched(
    ports: ContactPorts, act: Act, bond: Bond, member_id: PersonId, *, before: Bond | None = None
) -> None:
    before = before or bond
    live = await ports.members.people.members.live(member_id)
    if live is None:
        return
    after = replace(bond, member_id=live.id, waits_for=None)
    await bind_member(ports, act, after)
    fact = of_bond(risen(replace(after, version=before.version)), FRIEND_MATCHED, act.at)
    await keep_bond(ports, act, before, after, fact)


async def bind_member(ports: ContactPorts, act: Act, bond: Bond) -> None:
    """Let a member be the guide's customer from the adding on; again, it changes nothing."""
    if bond.member_id and bond.guide_id and bond.store_id and bond.added_at:
        await ports.touches.add(
            friend_touch(bond.guide_id, bond.store_id, bond.member_id, bond.added_at)
        )
