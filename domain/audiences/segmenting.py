"""Segments: writing their rules, seeing who is in one and why, and freezing audiences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from domain.audiences.levels import LevelRules, MemberLevel, checked_levels
from domain.audiences.segment_rules import Reason, Rule, RuleKind, checked_rule, holds, why
from domain.audiences.segments import Segment, SegmentId, Tag, as_person, decided
from domain.audiences.tagging import known_traits
from domain.audiences.trait_ports import PART, FrozenAudience, TraitPorts
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest, every_page
from domain.kernel.refusals import Invalid, NotFound, TooMany, WrongState
from domain.members.merges import led_through
from domain.members.profiles import ChildAge
from domain.people.act import Act

MOST_SEGMENTS = 500
SAMPLED = 2_000
MOST_AT_ONCE = 200
LONGEST_NAME = 60
# By then every process has heard of a segment's new rule, and decides by it.
LEAD = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSize:
    """About how many members a rule holds for; exact where all of them were asked."""

    members: int
    exact: bool


async def save_segment(
    ports: TraitPorts, act: Act, id: str | None, name: str, rule: Rule, *, expected: int
) -> Segment:
    """Write a segment, or another version of it; it is built from all members after that."""
    act.viewer.require("segment.keep")
    _check(ports, rule)
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid(f"Write 1 to {LONGEST_NAME} characters.", field=["input", "name"])
    known = ports.book.rules().segments
    if id is None and len(known) >= MOST_SEGMENTS:
        raise TooMany(f"There are {MOST_SEGMENTS} segments at most.")
    segment = Segment(
        id=SegmentId(id or act.new_id("segment")),
        name=name.strip(),
        rule=rule,
        version=expected + 1,
        saved_at=act.at,
    )
    await ports.book.save_segment(segment, expected=expected)
    return segment


def all_segments(ports: TraitPorts, act: Act) -> Sequence[Segment]:
    """The segments, for head office, by id."""
    act.viewer.require("segment.see")
    return sorted(ports.book.rules().segments.values(), key=lambda one: one.id)


async def size_of_rule(ports: TraitPorts, act: Act, rule: Rule) -> SegmentSize:
    """How many members a rule would hold for, while it is being written."""
    act.viewer.require("segment.see")
    _check(ports, rule)
    sample, everybody = await ports.traits.sample(SAMPLED)
    rules = ports.book.rules()
    inside = sum(holds(rule, as_person(one, rules), act.at) for one in sample if not one.into)
    if len(sample) >= everybody:
        return SegmentSize(members=inside, exact=True)
    return SegmentSize(members=round(inside * everybody / len(sample)), exact=False)


async def members_of_segment(
    ports: TraitPorts, act: Act, id: str, request: PageRequest
) -> Page[PersonId]:
    """Who is in a segment, and how many; two round trips."""
    act.viewer.require("segment.see")
    return await ports.traits.in_segment(_segment(ports, id).key, request)


async def why_in_segment(ports: TraitPorts, act: Act, id: str, member_id: str) -> Reason:
    """Why a member is in a segment, or is not, down to each question."""
    act.viewer.require("segment.see")
    traits = await known_traits(ports, act, PersonId(member_id))
    return why(_segment(ports, id).rule, traits, act.at)


async def build_segments(ports: TraitPorts, act: Act) -> int:
    """Ask everybody the rules of segments and tags that were written; tell of how many there were.

    Whoever changes a member meanwhile decides by the same rule. Cut short, it begins anew.
    """
    rules = ports.book.rules()
    segments = [one for one in rules.segments.values() if _waits(one, act)]
    tags = [one for one in rules.tags.values() if _waits(one, act)]
    if not segments and not tags:
        return 0
    last: PersonId | None = None
    while ids := await ports.traits.after(last, MOST_AT_ONCE):
        await ports.traits.change(ids, lambda one: decided(one, act.at, rules))
        last = ids[-1]
    for segment in segments:
        await ports.book.built(replace(segment, built=segment.version))
    await ports.book.tags_built(tags)
    return len(segments) + len(tags)


def _waits(one: Segment | Tag, act: Act) -> bool:
    """Whether its rule has still to be asked of everybody, and is known to every process."""
    return one.built < one.version and one.saved_at + LEAD <= act.at


async def freeze_audience(ports: TraitPorts, act: Act, id: str) -> FrozenAudience:
    """Write down who is in a segment now, in parts, for a campaign to go through."""
    act.viewer.require("segment.keep")
    segment = _segment(ports, id)
    if segment.built < segment.version:
        raise WrongState("This segment is still being built; try again in a moment.", field=["id"])
    audience = FrozenAudience(
        id=act.new_id("audience"),
        segment_key=segment.key,
        frozen_at=act.at,
        frozen_by=act.viewer.id,
        members=0,
    )
    await ports.audiences.begin(audience)
    part: list[PersonId] = []
    number = members = 0
    async for page in every_page(partial(ports.traits.in_segment, segment.key)):
        part += page.items
        members += len(page.items)
        while len(part) >= PART or (part and not page.has_next):
            await ports.audiences.add_part(audience.id, number, part[:PART])
            part, number = part[PART:], number + 1
    done = replace(audience, members=members, done=True)
    await ports.audiences.finish(done)
    return done


async def guides_of_audience(ports: TraitPorts, act: Act, id: str) -> frozenset[str]:
    """The guides through whose links members of a frozen audience came last."""
    act.viewer.require("segment.see")
    audience = await ports.audiences.by_id(id)
    if audience is None or not audience.done:
        raise NotFound(
            f"There is no audience {id}; freeze one with audienceFreeze.",
            field=["input", "audienceId"],
        )
    guides: set[str] = set()
    async for members in ports.audiences.parts(id):
        aliases = await ports.merges.aliases(members)
        groups = {one: (one, *sorted(led_through(aliases, one))) for one in members}
        found = await ports.customers.last_guides_of(groups)
        guides.update(one.guide_id for one in found.values())
    return frozenset(guides)


async def set_levels(
    ports: TraitPorts, act: Act, levels: Sequence[MemberLevel], *, expected: int
) -> LevelRules:
    """Let other levels hold from now on; whoever has one keeps it until their period is over."""
    act.viewer.require("levels.set")
    rules = LevelRules(
        version=expected + 1,
        levels=checked_levels(levels),
        set_at=act.at,
        set_by=act.viewer.id,
    )
    await ports.book.add_levels(rules)
    return rules


def level_rules(ports: TraitPorts, act: Act) -> LevelRules:
    """The levels that hold now."""
    return ports.book.rules().levels


def _check(ports: TraitPorts, rule: Rule) -> None:
    field = ["input", "rule"]
    checked_rule(rule, field)
    known = ports.book.rules()
    codes = {
        RuleKind.TAG: set(known.tags),
        RuleKind.LEVEL: {one.code for one in known.levels.levels},
        RuleKind.CHILD_AGE: {one.value for one in ChildAge},
    }
    for leaf in rule.leaves():
        for value in leaf.values:
            if value not in codes.get(leaf.kind, {value}):
                what = leaf.kind.lower().replace("_", " ")
                raise Invalid(f"There is no {what} {value}.", field=field)


def _segment(ports: TraitPorts, id: str) -> Segment:
    found = ports.book.rules().segments.get(SegmentId(id))
    if found is None:
        raise NotFound(f"There is no segment {id}; look at segments.", field=["id"])
    return found
