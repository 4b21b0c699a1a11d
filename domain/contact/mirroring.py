"""The mirror of who is whose friend, made by what WeCom tells and repaired by reading lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.contact.bonds import (
    Bond,
    BondId,
    PartedBy,
    bond_of,
    listed,
    met,
    met_late,
    missing,
    parted,
)
from domain.contact.contact_facts import CONTACT_HEARD, FRIEND_ADDED, FRIEND_GONE, of_bond
from domain.contact.ports import ContactPorts
from domain.contact.rules import ContactRules
from domain.contact.wecom import LISTS_READ, Contact, ListedFriend
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact
from domain.kernel.refusals import Conflict, Unavailable
from domain.kernel.versions import risen
from domain.members.identities import IdentityKind, Naming
from domain.network.stores import StoreId
from domain.people.accounts import Guide
from domain.people.act import Act

HEARD_FACTS = frozenset({CONTACT_HEARD})
EVENT = "change_external_contact"
ADDED, LEFT, DELETED = "add_external_contact", "del_follow_user", "del_external_contact"
MIRRORED = frozenset({ADDED, LEFT, DELETED})
ATTEMPTS = 8
AT_ONCE = 8

# Each list is read once a day; a list of 5,000 takes 50 calls.
READ_EVERY = timedelta(days=1)
READING_TAKES = timedelta(minutes=10)
LISTED_EVERY = timedelta(minutes=10)

Change = Callable[[Bond], Bond]


async def mirror_events(ports: ContactPorts, act: Act, batch: Batch) -> None:
    """Put what WeCom told of friends into the mirror; again, it changes nothing."""
    for fact in batch.facts:
        event = fact.data["event"]
        whose = event.get("UserID") and event.get("ExternalUserID")
        if whose and event.get("Event") == EVENT and event.get("ChangeType") in MIRRORED:
            await _mirror(ports, act, event)


async def read_due_list(ports: ContactPorts, act: Act) -> bool:
    """Read the list of friends that is due longest, and repair the mirror; False if none is."""
    claimed = await ports.lists.claim(act.at, until=act.at + READING_TAKES)
    if claimed is None:
        return False
    await read_list(ports, act, claimed.user_id)
    return True


async def read_list(ports: ContactPorts, act: Act, user_id: str) -> None:
    """Make the mirror of one person's friends what WeCom's list says.

    What is told of moments after the list was begun to be read stands against it. Unavailable
    where all processes together have read as much in this minute as they may.
    """
    began = ports.clock()
    on_it: dict[BondId, ListedFriend] = {}
    cursor: str | None = None
    while True:
        if not await ports.tallies.count(LISTS_READ.tally(ports.clock())):
            raise Unavailable("As many lists are read in this minute as may be; it goes on soon.")
        part = await ports.wecom.friends_of(user_id, cursor)
        on_it |= {bond_of(one.contact.external_id, user_id).id: one for one in part.friends}
        cursor = part.cursor
        if cursor is None:
            break
    known = {one.id: one for one in await ports.bonds.standing_of(user_id)}
    known |= await ports.bonds.by_ids([one for one in on_it if one not in known])
    new = {one: friend for one, friend in on_it.items() if one not in known}
    changed = [on_it[one] for one in await _added(ports, act, user_id, new)]
    for bond_id, friend in on_it.items():
        bond = known.get(bond_id)
        same = bond and (bond.added_at, bond.state) == (friend.since, friend.state)
        if bond and not (same and bond.standing):
            changed.append(friend)
    changes: list[tuple[str, Change]] = [
        (one.contact.external_id, _as_listed(ports, one)) for one in changed
    ]
    for bond_id, bond in known.items():
        if bond_id not in on_it:
            changes.append((bond.external_id, lambda bond: missing(bond, began)))
    # One that can't be written now has the list read again.
    await each(
        changes,
        lambda one: _change(ports, act, one[0], user_id, one[1]),
        at_once=AT_ONCE,
        due_again=False,
    )
    await ports.lists.note_read(user_id, read_at=began, due_at=began + READ_EVERY)


async def _added(
    ports: ContactPorts, act: Act, user_id: str, friends: Mapping[BondId, ListedFriend]
) -> Sequence[BondId]:
    """Put friends of whom nothing was known into the mirror, many at a time.

    Answers those of whom somebody else has written meanwhile.
    """
    if not friends:
        return ()
    guide, rules = await _guide(ports, user_id), ports.rules.now()
    made: list[tuple[Bond, Sequence[Fact]]] = []
    for friend in friends.values():
        nothing = bond_of(friend.contact.external_id, user_id)
        after = risen(_placed(_as_listed(ports, friend)(nothing), guide, rules))
        made.append((after, _said(nothing, after, act.at)))
    return await ports.bonds.add(made)


def names_of(ports: ContactPorts, contact: Contact) -> list[Naming]:
    """What names a customer: WeCom's id, then WeChat's of whoever uses it."""
    names = [wecom_name(ports, contact.external_id)]
    if contact.unionid:
        names.append(Naming(kind=IdentityKind.UNIONID, value=contact.unionid))
    return names


def wecom_name(ports: ContactPorts, external_id: str) -> Naming:
    """The name that WeCom gives a customer of the company."""
    return Naming(kind=IdentityKind.EXTERNAL_USER, scope=ports.company, value=external_id)


async def list_guides(ports: ContactPorts, act: Act) -> None:
    """Have the lists of all guides read, also of those whom nothing was ever heard of."""
    stores = sorted(ports.directory.directory().stores)
    guides = await ports.guides.of_stores([str(one) for one in stores])
    await ports.lists.add([one.wecom_user_id for one in guides], due_at=act.at)


async def keep_bond(ports: ContactPorts, act: Act, before: Bond, after: Bond, *facts: Fact) -> Bond:
    """Write what has changed of a bond, and say whether they have become or are no more friends."""
    if after == before:
        return before
    after = risen(after)
    said = (*facts, *_said(before, after, act.at))
    await ports.bonds.save(after, expected=before.version, facts=said)
    return after


def _said(before: Bond, after: Bond, at: datetime) -> Sequence[Fact]:
    """Whether they have become, or are no more, friends."""
    if after.standing == before.standing:
        return ()
    return (of_bond(after, FRIEND_ADDED if after.standing else FRIEND_GONE, at),)


async def _mirror(ports: ContactPorts, act: Act, event: Mapping[str, Any]) -> None:
    at = datetime.fromtimestamp(int(event["CreateTime"]), UTC)
    user, external = event["UserID"], event["ExternalUserID"]
    match event["ChangeType"]:
        case "add_external_contact":
            read = (await ports.lists.by_ids([user])).get(user)
            if read is None:
                await ports.lists.add([user], due_at=act.at)
            listed_at = read.read_at if read else None
            state = event.get("State") or None
            await _change(
                ports,
                act,
                external,
                user,
                lambda one: met_late(one, met(one, at, state), listed_at),
            )
        case "del_follow_user":
            await _change(
                ports, act, external, user, lambda one: parted(one, at, PartedBy.CUSTOMER)
            )
        case "del_external_contact":
            moved = event.get("Source") == "DELETE_BY_TRANSFER"
            by = PartedBy.TRANSFER if moved else PartedBy.GUIDE
            await _change(ports, act, external, user, lambda one: parted(one, at, by))


def _as_listed(ports: ContactPorts, friend: ListedFriend) -> Change:
    """The bond as the list shows it; so nobody has to ask for each by itself who it may be."""

    def rule(bond: Bond) -> Bond:
        waits_for = None if bond.member_id else names_of(ports, friend.contact)[-1].id
        after = listed(bond, friend.since, friend.state)
        return replace(after, name=friend.contact.name, waits_for=waits_for)

    return rule


async def _change(
    ports: ContactPorts, act: Act, external_id: str, user_id: str, change: Change
) -> None:
    """Change a bond, over whatever others change of it meanwhile."""
    nothing = bond_of(external_id, user_id)
    for _ in range(ATTEMPTS):
        before = await ports.bonds.by_id(nothing.id) or nothing
        after = change(before)
        if after.first_at != before.first_at:
            after = _placed(after, await _guide(ports, user_id), ports.rules.now())
        try:
            await keep_bond(ports, act, before, after)
        except Conflict:
            continue
        return
    raise Conflict(f"Others are changing the bond {nothing.id} at the same time.")


async def _guide(ports: ContactPorts, user_id: str) -> Guide | None:
    return next(iter(await ports.guides.by_wecom_users([user_id])), None)


def _placed(bond: Bond, guide: Guide | None, rules: ContactRules) -> Bond:
    """A bond that begins with whom and where the customer was added, and when to judge it."""
    judged_once = bond.verdict is not None or bond.handed or bond.first_at is None
    return replace(
        bond,
        guide_id=guide.id if guide else None,
        store_id=StoreId(guide.store_id) if guide else None,
        judge_at=None
        if judged_once or bond.first_at is None
        else bond.first_at + rules.valid_after,
    )
