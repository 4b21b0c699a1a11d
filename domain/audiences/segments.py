"""Segments and automatic tags: whom rules hold for, decided with each change of the traits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.audiences.levels import LevelRules
from domain.audiences.segment_rules import Rule, RuleKind, holds, next_flip
from domain.audiences.told import ToldTraits
from domain.audiences.traits import (
    MemberTraits,
    PutTag,
    TagSource,
    as_one,
    in_time,
    risen_together,
    with_gain,
    with_held,
    with_tag,
    without_tag,
)
from domain.kernel.moments import BEGINNING, NEVER
from domain.members.consent import Purpose

SegmentId = NewType("SegmentId", str)


class TagDimension(StrEnum):
    """The five dimensions of the dictionary of tags."""

    BASIC = "BASIC"
    BEHAVIOUR = "BEHAVIOUR"
    PREFERENCE = "PREFERENCE"
    CHANNEL = "CHANNEL"
    INTEREST = "INTEREST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One word of the dictionary. One with a rule is put on and off by it alone.

    `consent` is what somebody must allow for it to be on them. `built` is the version that has
    been decided for everybody.
    """

    code: str
    name: str
    dimension: TagDimension
    consent: Purpose | None = None
    rule: Rule | None = None
    version: int = 1
    built: int = 0
    saved_at: datetime = BEGINNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named rule; `key` names one version of it, which is what members are in."""

    id: SegmentId
    name: str
    rule: Rule
    version: int = 1
    built: int = 0
    saved_at: datetime = BEGINNING

    @property
    def key(self) -> str:
        """The id with its version."""
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRules:
    """All rules by which traits are decided, as a process knows them at one moment."""

    levels: LevelRules = field(default_factory=LevelRules)
    tags: Mapping[str, Tag] = field(default_factory=dict)
    segments: Mapping[SegmentId, Segment] = field(default_factory=dict)

    def automatic(self) -> Iterable[tuple[Tag, Rule]]:
        """The tags that rules put on."""
        return [(one, one.rule) for one in self.tags.values() if one.rule]

    def allowed(self, code: str, told: ToldTraits) -> bool:
        """Whether somebody allows that a tag is on them."""
        tag = self.tags.get(code)
        return tag is None or tag.consent is None or tag.consent in told.allows


EVERYTHING = frozenset(RuleKind)


def as_person(traits: MemberTraits, rules: MemberRules) -> MemberTraits:
    """The one person whom members are by now, with those tags alone that they allow."""
    whole = as_one(traits, rules.levels)
    tags = tuple(one for one in whole.tags if rules.allowed(one.code, whole.told))
    return whole if tags == whole.tags else replace(whole, tags=tags)


def decided(
    traits: MemberTraits,
    now: datetime,
    rules: MemberRules,
    changed: frozenset[RuleKind] = EVERYTHING,
    *,
    since: MemberTraits | None = None,
) -> MemberTraits:
    """The traits with all that follows from them at a moment.

    `changed` says what may have changed since they were decided last: only rules that ask for it
    are evaluated. What time has changed meanwhile counts in any case. `since` is what they were
    before a change that may have raised their level.
    """
    if traits.into:
        return replace(traits, segments=(), due_at=NEVER)
    if traits.due_at <= now:
        changed = EVERYTHING
    before = as_one(since or traits, rules.levels)
    traits = risen_together(in_time(traits, now, rules.levels), now, rules.levels)
    whole = as_one(traits, rules.levels)
    traits = with_held(traits, whole, now)
    if whole.level != before.level:
        changed |= {RuleKind.LEVEL}
        traits = with_gain(traits, before.level, whole.level, rules.levels, now)
    for tag, rule in rules.automatic():
        if rule.asks() & changed:
            on = rules.allowed(tag.code, whole.told) and holds(rule, whole, now)
            traits = _with_automatic(traits, tag, on, now)
    for put in traits.tags:
        # Its rule may have been taken away; one that is not known here is newer.
        tag_now = rules.tags.get(put.code)
        if put.source is TagSource.RULE and tag_now and tag_now.rule is None:
            traits = without_tag(traits, put.code, [TagSource.RULE])
        elif not rules.allowed(put.code, whole.told):
            traits = without_tag(traits, put.code, TagSource)
    whole = as_person(traits, rules)
    if whole.tags != before.tags:
        changed |= {RuleKind.TAG}
    inside = set(traits.segments)
    for segment in rules.segments.values():
        if segment.rule.asks() & changed:
            inside = {one for one in inside if not _known(one, segment)}
            if holds(segment.rule, whole, now):
                inside.add(segment.key)
    traits = replace(traits, segments=tuple(sorted(inside)))
    return replace(traits, due_at=_due(whole, now, rules))


def _known(key: str, segment: Segment) -> bool:
    """Whether a key is of this version of a segment or an older one; others know newer ones."""
    name, _, version = key.rpartition("@")
    return name == segment.id and int(version) <= segment.version


def _with_automatic(traits: MemberTraits, tag: Tag, on: bool, now: datetime) -> MemberTraits:
    has = any(one.code == tag.code and one.source is TagSource.RULE for one in traits.tags)
    if on and not has:
        return with_tag(traits, PutTag(code=tag.code, source=TagSource.RULE, at=now))
    return traits if on or not has else without_tag(traits, tag.code, [TagSource.RULE])


def _due(traits: MemberTraits, now: datetime, rules: MemberRules) -> datetime:
    """When time alone changes something next."""
    flips = [next_flip(rule, traits, now) for _, rule in rules.automatic()]
    flips += [next_flip(one.rule, traits, now) for one in rules.segments.values()]
    ends = (one.expires_at for one in traits.tags)
    return min((traits.level_until, *ends, *flips), default=NEVER)
