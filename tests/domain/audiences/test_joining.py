"""Traits follow merges and come back: in any order, and wherever a crash cuts it short."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audiences.joining import MERGE_FACTS, follow_merges, hand_on
from domain.audiences.levels import BASE, LevelRules, MemberLevel
from domain.audiences.segment_rules import Rule, RuleKind, holds
from domain.audiences.segments import MemberRules, Segment, SegmentId, Tag, TagDimension, decided
from domain.audiences.spending import ASKED_OF_SPENDING
from domain.audiences.tagging import known_traits, tag_member, untag_member
from domain.audiences.traits import MemberTraits, as_one, in_time, with_payment, with_refund
from domain.kernel.facts import Batch, Fact, FactId
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED
from domain.people.accounts import Member
from tests.support.members import HEAD_OFFICE, StandingMerges, an_act, done
from tests.support.memory_purses import CutShort
from tests.support.purses import NOON

LEVELS = LevelRules(
    levels=(
        BASE,
        MemberLevel(code="silver", name="银卡", from_fen=Fen(1_000)),
        MemberLevel(code="gold", name="金卡", from_fen=Fen(3_000)),
    )
)
NAMES = tuple(PersonId(one) for one in "abcd")
TAGS = ("t", "u")


def segments() -> dict[SegmentId, Segment]:
    wanted = [
        Rule(kind=RuleKind.TAG, values=("t",)),
        Rule(kind=RuleKind.TAG, values=("often",)),
        Rule(kind=RuleKind.LEVEL, values=("gold",)),
        Rule(kind=RuleKind.SPENT, low=1_500),
        Rule(kind=RuleKind.DAYS_SINCE_PAID, low=40),
    ]
    named = [(SegmentId(f"s{n}"), rule) for n, rule in enumerate(wanted)]
    return {id: Segment(id=id, name="s", rule=rule) for id, rule in named}  # noqa: A001


def dictionary() -> dict[str, Tag]:
    often = Rule(kind=RuleKind.ORDERS, low=2)
    tags = [Tag(code=one, name=one, dimension=TagDimension.BASIC) for one in TAGS]
    tags.append(Tag(code="often", name="often", dimension=TagDimension.BEHAVIOUR, rule=often))
    return {one.code: one for one in tags}


RULES = MemberRules(levels=LEVELS, tags=dictionary(), segments=segments())


class MemoryTraits:
    """Traits in memory, whose writer may be cut short before any write."""

    def __init__(self) -> None:
        self.all: dict[str, MemberTraits] = {}
        self.crash_in: int | None = None

    async def by_ids(self, ids):
        return {one: self.all[one] for one in ids if one in self.all}

    async def change(self, ids, rule):
        for one in ids:
            if self.crash_in is not None:
                self.crash_in -= 1
                if self.crash_in < 0:
                    self.crash_in = None
                    raise CutShort
            self.all[one] = rule(self.all.get(one) or MemberTraits(id=one))
        return {one: self.all[one] for one in ids}


class World:
    """Four members, what each has spent by themselves, and who leads to whom."""

    def __init__(self) -> None:
        self.traits = MemoryTraits()
        book = SimpleNamespace(rules=lambda: RULES)
        self.merged = StandingMerges()
        self.ports: Any = SimpleNamespace(
            traits=self.traits, book=book, merges=self.merged, members=self
        )
        self.now = NOON
        self.leads: dict[str, tuple[str, str]] = {}
        self.alone = {one: MemberTraits(id=one) for one in NAMES}
        self.paid: list[tuple[str, datetime, Fen]] = []
        self.put: set[tuple[str, str]] = set()
        self.merges = 0

    async def live(self, name: str) -> Member:
        return Member(id=PersonId(self.root(name)), joined_at=NOON)

    def root(self, name: str) -> str:
        while name in self.leads:
            name = self.leads[name][1]
        return name

    def group(self, root: str) -> list[str]:
        return [one for one in NAMES if self.root(one) == root]

    @property
    def act(self):
        return an_act(self.now, HEAD_OFFICE)

    def spend(self, name: str, change) -> None:
        """Change what somebody spent as the follower does, and in a world without any merge."""
        self.alone[name] = change(self.alone[name])
        done(
            self.traits.change(
                [name],
                lambda one: decided(change(one), self.now, RULES, ASKED_OF_SPENDING, since=one),
            )
        )
        done(hand_on(self.ports, self.act, [PersonId(name)]))

    def pay(self, name: str, fen: int) -> None:
        self.paid.append((name, self.now, Fen(fen)))
        at = self.now
        self.spend(name, lambda one: with_payment(one, Fen(fen), paid_at=at, rules=LEVELS, now=at))

    def refund(self, n: int) -> None:
        name, paid_at, fen = self.paid.pop(n % len(self.paid))
        now = self.now
        self.spend(name, lambda one: with_refund(one, fen, paid_at=paid_at, whole=True, now=now))

    def join(self, loser: str, survivor: str, crash_in: int | None) -> None:
        self.merges += 1
        self.leads[loser] = (f"merge{self.merges}", survivor)
        self.say(MEMBER_MERGED, loser, survivor, crash_in)

    def part(self, loser: str, crash_in: int | None) -> None:
        _, survivor = self.leads.pop(loser)
        self.say(MEMBER_UNMERGED, loser, survivor, crash_in)

    def say(self, kind, loser: str, survivor: str, crash_in: int | None, merge="m") -> None:
        assert kind in MERGE_FACTS
        data = {"merge": merge, "loser": loser, "survivor": survivor}
        fact = Fact(id=FactId("f"), subject=loser, kind=kind, at=self.now, data=data)
        batch = Batch(facts=(fact,), upto=1)
        self.traits.crash_in = crash_in
        with suppress(CutShort):
            done(follow_merges(self.ports, self.act, batch))
        self.traits.crash_in = None
        for _ in range(2):
            done(follow_merges(self.ports, self.act, batch))

    def tag(self, name: str, code: str, on: bool) -> None:
        root = self.root(name)
        if on:
            done(tag_member(self.ports, self.act, name, code, days=None))
            self.put.add((root, code))
        else:
            done(untag_member(self.ports, self.act, name, code))
            self.put -= {(one, code) for one in self.group(root)}

    def tend(self) -> None:
        due = [one.id for one in self.traits.all.values() if one.due_at <= self.now]
        done(self.traits.change(due, lambda one: decided(one, self.now, RULES)))

    def check(self) -> None:
        for name, own in self.traits.all.items():
            if name in self.leads:
                assert own.segments == ()
                assert done(known_traits(self.ports, self.act, PersonId(name))).id == self.root(
                    name
                )
                continue
            group = self.group(name)
            whole = as_one(in_time(own, self.now, LEVELS), LEVELS)
            assert {one.member_id for one in own.brought} | {name} <= set(group)
            alone = [in_time(self.alone[one], self.now, LEVELS) for one in group]
            assert whole.spent_by("2026-12") == sum(one.spent_by("2026-12") for one in alone)
            assert LEVELS.rank(whole.level) >= max(LEVELS.rank(one.level) for one in alone)
            manual = {one.code for one in whole.tags if one.code in TAGS}
            assert manual == {code for holder, code in self.put if holder in group}
            found = {one.key for one in RULES.segments.values() if holds(one.rule, whole, self.now)}
            assert set(own.segments) == found


steps = st.lists(
    st.tuples(
        st.sampled_from(["pay", "refund", "tag", "untag", "join", "part", "join", "wait"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(1, 40),
        st.none() | st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_a_person_is_the_sum_of_who_they_were_and_each_is_their_own_again(steps):
    world = World()
    for what, one, other, n, crash_in in steps:
        world.now += timedelta(days=n if what == "wait" else 1)
        match what:
            case "pay":
                world.pay(one, n * 50)
            case "refund" if world.paid:
                world.refund(n)
            case "tag" | "untag":
                world.tag(one, TAGS[n % 2], what == "tag")
            case "join" if one not in world.leads and world.root(other) != one:
                world.join(one, world.root(other), crash_in)
            case "part" if one in world.leads:
                world.part(one, crash_in)
        world.tend()
        world.check()
    for name in list(world.leads):
        world.part(name, None)
    for name, own in world.traits.all.items():
        now = in_time(own, world.now, LEVELS)
        alone = in_time(world.alone[name], world.now, LEVELS)
        assert as_one(now, LEVELS) == now
        assert (now.spent, now.level, now.level_until) == (
            alone.spent,
            alone.level,
            alone.level_until,
        )
        assert now.last_paid_at == alone.last_paid_at
    world.check()


def gained(world: World) -> dict[str, tuple[str, int]]:
    """The last level that each has gained, and which one it was."""
    said = {name: one.gained for name, one in world.traits.all.items()}
    return {name: (one.level, one.n) for name, one in said.items() if one}


def test_no_merge_brings_anybody_a_level_that_one_of_them_had():
    world = World()
    world.pay("a", 3_000)
    world.pay("b", 100)
    world.join("a", "b", None)
    assert done(known_traits(world.ports, world.act, PersonId("b"))).level == "gold"
    world.join("b", "c", 1)
    world.part("a", None)
    world.join("a", "d", None)
    assert gained(world) == {"a": ("gold", 1)}


def test_what_they_reach_together_or_by_way_of_another_is_gained_by_the_one_they_lead_to():
    world = World()
    world.pay("a", 1_600)
    world.pay("b", 1_600)
    world.pay("c", 1_600)
    world.join("a", "b", None)
    alone = dict.fromkeys("abc", ("silver", 1))
    assert gained(world) == {**alone, "b": ("gold", 2)}
    # What the rest have reached is reckoned anew where one of three goes; they had it before.
    world.join("c", "b", None)
    world.part("a", None)
    assert gained(world) == {**alone, "b": ("gold", 2)}
    other = World()
    other.join("a", "b", None)
    other.pay("a", 1_000)
    other.pay("a", 10)
    assert gained(other)["b"] == ("silver", 1)


def test_a_merge_that_is_heard_of_after_its_end_makes_no_circle():
    world = World()
    world.pay("a", 1_600)
    world.pay("b", 1_600)
    # Merged the one way, parted, merged the other way: each member's own facts come in order.
    world.merged.undone.add("back")
    world.join("a", "b", None)
    world.say(MEMBER_MERGED, "b", "a", None, merge="back")
    world.check()
    world.say(MEMBER_UNMERGED, "b", "a", None, merge="back")
    world.check()


def test_what_two_spent_together_is_a_level_that_goes_with_the_merge():
    world = World()
    world.pay("a", 1_600)
    world.pay("b", 1_600)
    assert {one.level for one in world.traits.all.values()} == {"silver"}
    world.join("a", "b", None)
    assert done(known_traits(world.ports, world.act, PersonId("a"))).level == "gold"
    # It is theirs until a year after the month in which they reached it.
    kept = replace(world.traits.all["b"])
    world.refund(0)
    assert done(known_traits(world.ports, world.act, PersonId("b"))).level == "gold"
    assert kept.joint_until == world.traits.all["b"].joint_until
    world.part("a", None)
    for name in "ab":
        assert done(known_traits(world.ports, world.act, PersonId(name))).level == "silver"
