"""What new friends are worth: judged once, some days after they came, by what can be seen by then.

A guide is rewarded for friends who are new to the company, are still there, are known as members
or came by a link of the guide's, and did not come in a burst, and for so many a day at most.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.contact.bonds import Bond, BondId, FriendVerdict
from domain.contact.contact_facts import FRIEND_VALID, of_bond
from domain.contact.mirroring import keep_bond
from domain.contact.ports import ContactPorts
from domain.contact.rules import BURST_WINDOW, ContactRules
from domain.kernel.days import beijing_day
from domain.kernel.each import each
from domain.kernel.versions import risen
from domain.people.act import Act

MOST_AT_ONCE = 200
# How much our clock and WeCom's may differ.
CLOCKS_DIFFER = timedelta(minutes=1)


async def judge_friends(ports: ContactPorts, act: Act) -> int:
    """Judge the new friends who are due; tell how many."""
    due = await ports.bonds.to_judge(act.at, MOST_AT_ONCE)
    return await each(due, partial(_judge, ports, act))


async def _judge(ports: ContactPorts, act: Act, bond: Bond) -> None:
    assert bond.first_at is not None, "it is due some days after that"
    rules = ports.rules.now()
    others = await ports.bonds.of_contacts([bond.external_id])
    since, until = bond.first_at - BURST_WINDOW, bond.first_at + BURST_WINDOW
    beside = await ports.bonds.of_user_between(bond.user_id, since, until)
    known = bond.member_id is not None
    if not known and bond.state and bond.guide_id and bond.standing:
        by = bond.first_at + CLOCKS_DIFFER
        known = await ports.visited.brought(bond.state, bond.id, bond.guide_id, by)
    verdict = verdict_of(bond, others, beside, rules, known=known)
    if verdict is FriendVerdict.VALID:
        day = str(beijing_day(bond.first_at))
        counted = await ports.days.take(bond.user_id, day, bond.id, rules.cap_a_day)
        verdict = FriendVerdict.VALID if counted else FriendVerdict.OVER_CAP
    after = replace(bond, verdict=verdict, judge_at=None)
    facts = [of_bond(risen(after), FRIEND_VALID, act.at)] if verdict is FriendVerdict.VALID else []
    await keep_bond(ports, act, bond, after, *facts)


def verdict_of(
    bond: Bond,
    of_contact: Sequence[Bond],
    beside: Sequence[Bond],
    rules: ContactRules,
    *,
    known: bool,
) -> FriendVerdict:
    """What a new friend is worth, before the cap.

    `of_contact` are all bonds of the customer, `beside` those that the guide began within ten
    minutes before and after. `known` is who is a member, or came by a link of the guide's before.
    """
    if is_duplicate(bond, of_contact):
        return FriendVerdict.NOT_NEW
    if not bond.standing:
        return FriendVerdict.GONE
    if not known:
        return FriendVerdict.UNKNOWN
    if bond.id in burst_of(beside, rules.burst):
        return FriendVerdict.BURST
    return FriendVerdict.VALID


def is_duplicate(bond: Bond, of_contact: Sequence[Bond]) -> bool:
    """Whether a customer was somebody's of the company before; of one moment one bond is first."""
    mine = (bond.first_at, bond.id)
    return any(one.first_at and (one.first_at, one.id) < mine for one in of_contact)


def burst_of(bonds: Sequence[Bond], burst: int) -> frozenset[BondId]:
    """Those of one guide's bonds that began among so many, or more, within ten minutes."""
    began = sorted((one.first_at, one.id) for one in bonds if one.first_at)
    moments: list[datetime] = [at for at, _ in began]
    found: set[BondId] = set()
    for number, at in enumerate(moments):
        until = bisect_right(moments, at + BURST_WINDOW)
        if until - number >= burst:
            found.update(bond_id for _, bond_id in began[number:until])
    return frozenset(found)
