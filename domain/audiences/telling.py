"""What members tell and allow, and whose customers they are, as rules ask for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from domain.audiences.segment_rules import RuleKind
from domain.audiences.segments import EVERYTHING, decided
from domain.audiences.told import ToldTraits
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import MemberTraits
from domain.kernel.facts import Batch, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.members.consent import Purpose
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED, members_of
from domain.members.profile_facts import CONSENT_GIVEN, CONSENT_WITHDRAWN, PROFILE_CHANGED
from domain.members.telling import TellingPorts, groups_of, profiles_of
from domain.people.act import Act
from domain.people.succession_facts import HANDED_OVER

TOLD_FACTS = frozenset(
    {
        PROFILE_CHANGED,
        CONSENT_GIVEN,
        CONSENT_WITHDRAWN,
        MEMBER_MERGED,
        MEMBER_UNMERGED,
        # Who comes by a guide's link, or is their friend, is their customer.
        FactKind("link.touched"),
        FactKind("touches.taken"),
        FactKind("friend.matched"),
        HANDED_OVER,
    }
)
ASKED_OF_TOLD = frozenset({RuleKind.BONDED, RuleKind.CHILD_AGE, RuleKind.DAYS_TO_BIRTHDAY})
ATTEMPTS = 20
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPorts(Ports):
    """Traits, and what members told."""

    traits: TraitPorts
    members: TellingPorts


async def follow_told(ports: ToldPorts, act: Act, batch: Batch) -> None:
    """Have traits know what was told of members; again, it changes nothing."""
    await _follow(ports, act, {one for fact in batch.facts for one in members_of(fact)})
    for leaver in [fact.data["guide"] for fact in batch.facts if fact.kind == HANDED_OVER]:
        await ports.traits.customers.hear_of(leaver)
        last: PersonId | None = None
        while ids := await ports.traits.traits.of_guide(leaver, last, MOST_AT_ONCE):
            await _follow(ports, act, ids)
            last = ids[-1]


async def _follow(ports: ToldPorts, act: Act, ids: Collection[PersonId]) -> None:
    told = await _told_by(ports, act, ids)
    for _ in range(ATTEMPTS):
        await _note(ports.traits, act, told)
        again = await _told_by(ports, act, ids)
        # Whoever was slower may have written what was told before.
        if again == told:
            return
        told = again
    raise Conflict("Others are changing these members at the same time; try again.")


async def _note(ports: TraitPorts, act: Act, told: Mapping[PersonId, ToldTraits]) -> None:
    rules = ports.book.rules()

    def rule(found: MemberTraits) -> MemberTraits:
        now = told[found.id]
        if now == found.told:
            return found
        changed = ASKED_OF_TOLD if now.allows == found.told.allows else EVERYTHING
        return decided(replace(found, told=now), act.at, rules, changed)

    await ports.traits.change(list(told), rule)


async def _told_by(
    ports: ToldPorts, act: Act, ids: Collection[PersonId]
) -> Mapping[PersonId, ToldTraits]:
    """What the persons told whom some ids lead to, by each id that leads to them.

    Who leads to another has what both told: a tag that they allow goes with a merge and comes back.
    """
    people = ports.members.members.people.members
    known = await people.by_ids(list(ids))
    roots = [one.merged_into for one in known.values() if one.merged_into]
    known |= await people.by_ids(roots)
    live = [one for one in known.values() if one.merged_into is None]
    groups = await groups_of(ports.members.members, act, live)
    profiles = await profiles_of(ports.members, act, groups)
    guides = await ports.traits.customers.guides_now(groups)
    found: dict[PersonId, ToldTraits] = {}
    for one, profile in profiles.items():
        guide, birthday = guides.get(one), profile.birthday
        told = ToldTraits(
            birthday=replace(birthday, year=None) if birthday else None,
            children=profile.children,
            allows=tuple(sorted(each for each in Purpose if profile.allows(each))),
            guide_id=guide.guide_id if guide else "",
            store_id=guide.store_id if guide else "",
        )
        found |= dict.fromkeys(groups[one], told)
    return found
