"""Tags: the dictionary, and who puts them on whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.audiences.joining import hand_on
from domain.audiences.segment_rules import Reason, RuleKind, checked_rule, why
from domain.audiences.segments import MemberRules, Tag, as_person, decided
from domain.audiences.trait_ports import TraitPorts, Traits
from domain.audiences.traits import (
    MemberTraits,
    PutTag,
    TagSource,
    in_time,
    with_tag,
    without_tag,
)
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.refusals import Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.kernel.within import Within
from domain.members.merges import MOST_HOPS, circle
from domain.people.act import Act

MOST_TAGS = 2_000
MOST_ON_ONE = 200
LONGEST = 40
DAYS = Within(1, 3_650)
ASKED_OF_TAGS = frozenset({RuleKind.TAG})


async def define_tag(ports: TraitPorts, act: Act, tag: Tag) -> Tag:
    """Put a tag into the dictionary, or change its name, dimension or rule."""
    return (await define_tags(ports, act, [tag]))[0]


async def define_tags(ports: TraitPorts, act: Act, tags: Sequence[Tag]) -> Sequence[Tag]:
    """Put tags into the dictionary, or change them."""
    act.viewer.require("tag.define")
    known = ports.book.rules().tags
    if len(known.keys() | {one.code for one in tags}) > MOST_TAGS:
        raise TooMany(f"The dictionary holds {MOST_TAGS:,} tags at most.")
    defined = []
    for tag in tags:
        field = ["input"]
        if not (1 <= len(tag.code) <= LONGEST and 1 <= len(tag.name.strip()) <= LONGEST):
            raise Invalid(f"Write 1 to {LONGEST} characters.", field=[*field, "code"])
        if tag.rule:
            checked_rule(tag.rule, [*field, "rule"])
            if RuleKind.TAG in tag.rule.asks():
                raise Invalid("A tag's rule can't ask for tags.", field=[*field, "rule"])
        before = known.get(tag.code)
        version = before.version + 1 if before else 1
        # One that was written just before may not have been asked of everybody yet.
        waits = before and (before.rule or before.built < before.version)
        asked = tag.rule or tag.consent or waits
        built = 0 if asked else version
        defined.append(replace(tag, version=version, built=built, saved_at=act.at))
    await ports.book.save_tags(defined)
    return defined


def tags_of_dictionary(ports: TraitPorts, act: Act) -> Sequence[Tag]:
    """The dictionary, for everybody who works for the brand, by dimension and code."""
    act.viewer.require("tag.see")
    tags = ports.book.rules().tags.values()
    return sorted(tags, key=lambda one: (one.dimension, one.code))


async def tag_member(
    ports: TraitPorts, act: Act, member_id: str, code: str, *, days: int | None
) -> MemberTraits:
    """Put a tag on a member by hand; again, it is put on anew.

    Forbidden where they do not allow it.
    """
    await _require_whose(ports, act, member_id)
    tag = _tag(ports, code)
    if tag.rule:
        raise Forbidden(f"{tag.name} is put on by its rule alone.", field=["tag"])
    if days is not None:
        DAYS.read(days, ["days"])
    put = PutTag(
        code=code,
        source=TagSource.MANUAL,
        at=act.at,
        by=act.viewer.id,
        scope=act.viewer.store_id or "brand",
        expires_at=NEVER if days is None else act.at + timedelta(days=days),
    )
    return await _changed(ports, act, member_id, put)


async def untag_member(ports: TraitPorts, act: Act, member_id: str, code: str) -> MemberTraits:
    """Take off a tag that was put on by hand or by an import."""
    await _require_whose(ports, act, member_id)
    _tag(ports, code)
    rules, person = ports.book.rules(), await leads_to(ports.traits, PersonId(member_id))

    def rule(found: MemberTraits) -> MemberTraits:
        bare = without_tag(found, code, [TagSource.MANUAL, TagSource.IMPORT])
        return decided(bare, act.at, rules, ASKED_OF_TAGS)

    # It may be one that another member brought, who was merged into this one.
    brought = (await ports.traits.by_ids([person])).get(person, MemberTraits(id=person)).brought
    others = [one.member_id for one in brought]
    await ports.traits.change([person, *others], rule)
    await hand_on(ports, act, others)
    return await known_traits(ports, act, person)


async def why_tagged(ports: TraitPorts, act: Act, member_id: str, code: str) -> Reason:
    """Why a rule puts a tag on a member, or does not, for whoever may put tags on them."""
    await _require_whose(ports, act, member_id)
    tag = _tag(ports, code)
    if tag.rule is None:
        raise WrongState(f"{tag.name} is put on by hand; look who did.", field=["tag"])
    return why(tag.rule, await known_traits(ports, act, PersonId(member_id)), act.at)


async def traits_of_member(ports: TraitPorts, act: Act, member_id: str) -> MemberTraits:
    """A member's level, tags and segments as they are now, for head office and their own guide."""
    await _require_whose(ports, act, member_id)
    return await known_traits(ports, act, PersonId(member_id))


async def own_traits(ports: TraitPorts, act: Act) -> MemberTraits:
    """The viewer's own."""
    act.viewer.require("level.have")
    return await known_traits(ports, act, act.viewer.id)


async def known_traits(ports: TraitPorts, act: Act, id: PersonId) -> MemberTraits:
    """A person's traits as the clock leaves them; an id that was merged leads to the other's."""
    return (await whole_traits(ports.traits, [id], act.at, ports.book.rules()))[id]


async def whole_traits(
    traits: Traits, ids: Collection[PersonId], now: datetime, rules: MemberRules
) -> Mapping[PersonId, MemberTraits]:
    """The traits of the persons whom these ids name, as the clock leaves them."""
    found = await _led(traits, ids)
    return {one: as_person(in_time(own, now, rules.levels), rules) for one, own in found.items()}


async def leads_to(traits: Traits, id: PersonId) -> PersonId:
    """Whom an id leads to, through all merges."""
    return (await _led(traits, [id]))[id].id


async def _led(traits: Traits, ids: Collection[PersonId]) -> Mapping[PersonId, MemberTraits]:
    """The traits at which each id ends that leads from member to member."""
    ends = {one: MemberTraits(id=one, into=one) for one in ids}
    for _ in range(MOST_HOPS):
        leading = {one: end.into for one, end in ends.items() if end.into}
        if not leading:
            return ends
        found = await traits.by_ids(sorted(set(leading.values())))
        ends |= {one: found.get(to) or MemberTraits(id=to) for one, to in leading.items()}
    raise circle()


async def _changed(ports: TraitPorts, act: Act, member_id: str, put: PutTag) -> MemberTraits:
    rules, person = ports.book.rules(), await leads_to(ports.traits, PersonId(member_id))

    def rule(found: MemberTraits) -> MemberTraits:
        if len(found.tags) >= MOST_ON_ONE:
            raise TooMany(f"A member has {MOST_ON_ONE} tags at most.", field=["tag"])
        require_allowed(rules, put.code, found)
        return decided(with_tag(found, put), act.at, rules, ASKED_OF_TAGS)

    changed = await ports.traits.change([person], rule)
    return as_person(changed[person], rules)


def require_allowed(rules: MemberRules, code: str, traits: MemberTraits) -> None:
    """Forbidden where somebody does not allow that a tag is on them."""
    if not rules.allowed(code, traits.told):
        tag = rules.tags[code]
        raise Forbidden(
            f"{tag.name} needs the member's consent to {tag.consent}; ask them to give it in "
            "their own profile.",
            field=["tag"],
        )


async def require_member(ports: TraitPorts, act: Act, member_id: str) -> None:
    """NotFound where nobody has this id."""
    if await ports.members.live(PersonId(member_id)) is None:
        raise NotFound(f"There is no member {member_id}; look the id up.", field=["memberId"])


async def _require_whose(ports: TraitPorts, act: Act, member_id: str) -> None:
    """Refuse everybody but head office and the guide whose customer it is, who tells no other."""
    act.viewer.require("tag.put")
    if act.viewer.may("tag.put", guide=None):
        await require_member(ports, act, member_id)
        return
    if not await ports.customers.is_customer(act.viewer.id, PersonId(member_id)):
        raise NotFound(
            "You have no customer of this id; ask the member's own guide.", field=["memberId"]
        )


def _tag(ports: TraitPorts, code: str) -> Tag:
    found = ports.book.rules().tags.get(code)
    if found is None:
        raise NotFound(f"There is no tag {code}; look at tags.", field=["tag"])
    return found
