"""Traits follow members who are made one, and are their own again where that is undone.

Each member's own traits stay in their own document, where what is said of them goes on being
added. Whoever they lead to holds a copy, replaced as a whole with each change, so that a change
counts once however often it is copied, and goes with the copy.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.audiences.levels import LevelRules
from domain.audiences.segments import decided
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import Brought, MemberTraits, as_one, brought_by, with_brought
from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED
from domain.members.merges import stands
from domain.people.act import Act

MERGE_FACTS = frozenset({MEMBER_MERGED, MEMBER_UNMERGED})
ATTEMPTS = 20


async def follow_merges(ports: TraitPorts, act: Act, batch: Batch) -> None:
    """Let traits follow merges and what undoes them."""
    for fact in batch.facts:
        loser, survivor = PersonId(fact.data["loser"]), PersonId(fact.data["survivor"])
        if fact.kind == MEMBER_MERGED and await stands(ports.merges, fact.data["merge"]):
            await _lead(ports, act, loser, survivor)
            await hand_on(ports, act, [loser])
        else:
            await _lead(ports, act, loser, None)
            await _take_in(ports, act, survivor, loser, ())
            await hand_on(ports, act, [survivor])


async def hand_on(ports: TraitPorts, act: Act, ids: Sequence[PersonId]) -> None:
    """Bring the traits of members who lead to others up to date there."""
    for one in (await ports.traits.by_ids(ids)).values():
        if one.into:
            await _hand_on(ports, act, one)


async def _hand_on(ports: TraitPorts, act: Act, child: MemberTraits) -> None:
    for _ in range(ATTEMPTS):
        if child.into is None:
            return
        parent = await _take_in(ports, act, child.into, child.id, brought_by(child))
        now = (await ports.traits.by_ids([child.id]))[child.id]
        if now.into != child.into:
            # Undone meanwhile, by whoever may have been faster than this.
            await _take_in(ports, act, child.into, child.id, ())
            child = now
        elif brought_by(now) != brought_by(child):
            child = now
        else:
            child = parent
    raise Conflict("Others are changing these members at the same time; try again.")


async def _lead(ports: TraitPorts, act: Act, id: PersonId, into: PersonId | None) -> None:
    rules = ports.book.rules()
    await ports.traits.change([id], lambda one: decided(replace(one, into=into), act.at, rules))


async def _take_in(
    ports: TraitPorts, act: Act, into: PersonId, via: PersonId, brought: Sequence[Brought]
) -> MemberTraits:
    """Have a member hold just this of what comes by way of another."""
    rules = ports.book.rules()

    def rule(one: MemberTraits) -> MemberTraits:
        since = _known(one, via, brought, rules.levels)
        return decided(with_brought(one, via, brought), act.at, rules, since=since)

    return (await ports.traits.change([into], rule))[into]


def _known(
    traits: MemberTraits, via: PersonId, brought: Sequence[Brought], rules: LevelRules
) -> MemberTraits:
    """What the person was before: a level that somebody had who is merged now is none they gain."""
    old = {one.member_id: one for one in traits.brought}
    joined = with_brought(traits, via, [old.get(one.member_id, one) for one in brought])
    return max(traits, joined, key=lambda one: rules.rank(as_one(one, rules).level))
