"""A page of a store's members or of a guide's customers, and what keeps the lists right."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.contact.contact_facts import FRIEND_ADDED, FRIEND_GONE, FRIEND_MATCHED
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Forbidden, Invalid
from domain.kernel.versions import risen
from domain.members.member_facts import (
    MEMBER_JOINED,
    MEMBER_MERGED,
    MEMBER_UNMERGED,
    members_of,
)
from domain.members.phones import masked
from domain.members.profile_facts import CONSENT_GIVEN, CONSENT_WITHDRAWN, PROFILE_CHANGED
from domain.members.telling import groups_of, phone_of, profiles_of
from domain.people.accounts import Member
from domain.people.act import Act
from domain.service.customers import CustomerPorts, purposes_needed
from domain.service.store_lists import ASKED_FOR, ListedMember, MemberOrder, keys_of, list_key
from domain.sharing.link_facts import LINK_TOUCHED, TOUCHES_TAKEN

LISTED_FACTS = frozenset(
    {
        MEMBER_JOINED,
        MEMBER_MERGED,
        MEMBER_UNMERGED,
        LINK_TOUCHED,
        TOUCHES_TAKEN,
        FRIEND_ADDED,
        FRIEND_GONE,
        FRIEND_MATCHED,
        PROFILE_CHANGED,
        CONSENT_GIVEN,
        CONSENT_WITHDRAWN,
    }
)
ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMember:
    """A member on a list as the viewer sees them, the number masked."""

    id: PersonId
    name: str | None
    phone: str | None
    joined_at: datetime


async def store_members(
    ports: CustomerPorts,
    act: Act,
    store_id: str | None,
    guide_id: str | None,
    order: MemberOrder,
    request: PageRequest,
) -> Page[SeenMember]:
    """A page of a store's members, of a guide's customers, or of those at one store.

    Who does not allow that the viewer sees them is left out. It is written down that the viewer
    looked at each of the others.
    """
    if store_id is None and guide_id is None:
        raise Invalid("Say storeId, guideId or both.", field=["storeId"])
    if not act.viewer.may("customer.list", store=store_id, guide=guide_id):
        raise Forbidden("Guides list their own customers, by guideId; managers their store's.")
    needed = purposes_needed(ports, act)
    keys = [list_key(store_id, None)]
    if guide_id is not None:
        left = await ports.traits.customers.left_to(guide_id)
        keys = [list_key(store_id, one) for one in left]
    page = await ports.lists.page(keys, needed, order, request)
    ids = [each for one in page.items for each in one.ids]
    names = await ports.members.members.identities.of_members(ids) if ids else ()
    await ports.records.append(
        *(
            act.record(
                "storeMembers", Subject(kind="member", id=one.id), before={}, after={"seen": True}
            )
            for one in page.items
        )
    )

    def seen(one: ListedMember) -> SeenMember:
        # Their own number, else one that leads to them.
        own = sorted(
            (name for name in names if name.member_id in one.ids),
            key=lambda name: name.member_id != one.id,
        )
        phone = phone_of(ports.members, act, own)
        return SeenMember(
            id=one.id,
            name=one.name,
            phone=masked(phone) if phone else None,
            joined_at=one.joined_at,
        )

    return page.map(seen)


async def list_members(ports: CustomerPorts, act: Act, batch: Batch) -> None:
    """Have lists know what was told of members; again, it changes nothing."""
    ids = {one for fact in batch.facts for one in members_of(fact)}
    for _ in range(ATTEMPTS):
        try:
            await _list(ports, act, ids)
        except Conflict:  # somebody else lists one of them just now, perhaps by what was before
            continue
        return
    raise Conflict("Others list these members at the same time.")


async def _list(ports: CustomerPorts, act: Act, ids: Collection[PersonId]) -> None:
    """Write what lists need of members, and of whom they lead to, where that has changed.

    Which versions there are is read first: what is written is made of nothing older.
    """
    people = ports.members.members.people.members
    told = await people.by_ids(list(ids))
    roots = {one.merged_into for one in told.values() if one.merged_into}
    before = await ports.lists.by_ids({*told, *roots})
    found = await people.by_ids([*{*told, *roots}])
    live = [one for one in found.values() if one.merged_into is None]
    groups = await groups_of(ports.members.members, act, live)
    after = await _as_listed(ports, act, found, groups)
    after += [
        ListedMember(id=one.id, joined_at=one.joined_at)
        for one in found.values()
        if one.merged_into is not None
    ]
    changed: list[ListedMember] = []
    for one in after:
        kept = before.get(one.id)
        now = replace(one, version=kept.version if kept else 0)
        if now != kept:
            changed.append(risen(now))
    await ports.lists.save_all(changed)


async def _as_listed(
    ports: CustomerPorts,
    act: Act,
    members: Mapping[PersonId, Member],
    groups: Mapping[PersonId, tuple[PersonId, ...]],
) -> list[ListedMember]:
    ids = [one for group in groups.values() for one in group]
    guides = await ports.traits.customers.last_guides_of(groups)
    bonds = await ports.bonds.of_members(ids)
    profiles = await profiles_of(ports.members, act, groups)
    friends: dict[PersonId | None, list[tuple[str, str | None]]] = {}
    for one in bonds:
        if one.standing and one.store_id:
            friends.setdefault(one.member_id, []).append((one.store_id, one.guide_id))
    found: list[ListedMember] = []
    for member_id, group in groups.items():
        served = [friend for one in group for friend in friends.get(one, ())]
        if guide := guides.get(member_id):
            served.append((guide.store_id, guide.guide_id))
        profile = profiles[member_id]
        found.append(
            ListedMember(
                id=member_id,
                joined_at=members[member_id].joined_at,
                name=profile.name,
                ids=group,
                keys=keys_of(members[member_id].store_id, served),
                allows=tuple(one for one in ASKED_FOR if profile.allows(one)),
            )
        )
    return found
