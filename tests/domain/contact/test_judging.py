"""What new friends are worth, and what is suspicious of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact.bonds import FriendVerdict, PartedBy, bond_of, met, parted
from domain.contact.friend_figures import SuspicionKind, guide_day, suspicions_of
from domain.contact.handing_over import planned
from domain.contact.judging import burst_of, is_duplicate, verdict_of
from domain.contact.rules import BURST_WINDOW, ContactRules
from domain.contact.wecom import MOST_FRIENDS
from domain.kernel.ids import PersonId
from tests.support.builders import NOON

RULES = ContactRules(burst=5)


def a_bond(external="wm1", user="xue", seconds=0, member="mei"):
    bond = met(bond_of(external, user), NOON + timedelta(seconds=seconds))
    return replace(bond, member_id=PersonId(member) if member else None)


def gone(bond, seconds=60):
    return parted(bond, bond.added_at + timedelta(seconds=seconds), PartedBy.CUSTOMER)


def test_a_friend_who_is_new_and_stays_and_is_a_member_counts():
    bond = a_bond()
    assert verdict_of(bond, [bond], [bond], RULES, known=True) is FriendVerdict.VALID


@pytest.mark.parametrize(
    ("bond", "others", "verdict"),
    [
        (a_bond(seconds=9), [a_bond(user="lin")], FriendVerdict.NOT_NEW),
        (a_bond(seconds=9), [gone(a_bond(user="lin"), 1)], FriendVerdict.NOT_NEW),
        (a_bond(seconds=9), [a_bond(user="lin", seconds=10)], FriendVerdict.VALID),
        (gone(a_bond()), [], FriendVerdict.GONE),
        (a_bond(member=None), [], FriendVerdict.UNKNOWN),
    ],
)
def test_what_does_not_count_says_why(bond, others, verdict):
    known = bond.member_id is not None
    assert verdict_of(bond, [bond, *others], [bond], RULES, known=known) is verdict


def test_of_two_at_one_moment_exactly_one_is_new():
    two = [a_bond(user="xue"), a_bond(user="lin")]
    assert [is_duplicate(one, two) for one in two].count(False) == 1


def test_none_of_a_burst_counts_and_its_neighbours_do():
    burst = [a_bond(f"wm{n}", seconds=n) for n in range(5)]
    before = a_bond("early", seconds=-601)
    beside = [before, *burst]
    assert verdict_of(burst[2], [burst[2]], beside, RULES, known=True) is FriendVerdict.BURST
    assert verdict_of(before, [before], beside, RULES, known=True) is FriendVerdict.VALID


@given(st.lists(st.integers(0, 3_000), max_size=30), st.integers(2, 6))
def test_a_burst_is_who_shares_ten_minutes_with_enough_others(seconds, burst):
    bonds = [a_bond(f"wm{n}", seconds=at) for n, at in enumerate(seconds)]
    windows = [
        [other for other in bonds if one.first_at <= other.first_at <= one.first_at + BURST_WINDOW]
        for one in bonds
    ]
    expected = {bond.id for some in windows if len(some) >= burst for bond in some}
    assert burst_of(bonds, burst) == expected


def test_a_days_figures_and_what_is_suspicious_of_them():
    burst = [a_bond(f"wm{n}", seconds=n, member="one") for n in range(5)]
    left = [gone(a_bond(f"left{n}", seconds=1_000 * n, member=None)) for n in range(1, 6)]
    known = {one.external_id: [one] for one in [*burst, *left]}
    known["wm0"] = [a_bond("wm0", "lin", seconds=-9), burst[0]]
    day = guide_day([*burst, *left], known)
    assert (day.added, day.gone, day.duplicates, day.valid) == (10, 5, 1, 0)
    found = {one.kind: one for one in suspicions_of([*burst, *left], RULES, {})}
    assert set(found) == {SuspicionKind.BURST, SuspicionKind.GONE, SuspicionKind.ONE_MEMBER}
    assert found[SuspicionKind.BURST].external_ids == tuple(f"wm{n}" for n in range(5))
    assert found[SuspicionKind.BURST].until == NOON + timedelta(seconds=4)
    assert found[SuspicionKind.GONE].count == 5
    assert suspicions_of(burst[:4], replace(RULES, burst=6), {})[0].kind is SuspicionKind.ONE_MEMBER


def test_customers_go_to_whoever_has_fewest_and_nobody_gets_more_than_there_is_room_for():
    bonds = [a_bond(f"wm{n:02}") for n in range(9)]
    plan = planned(bonds, {"lin": 3, "qin": 0, "full": MOST_FRIENDS})
    assert sorted(plan.values()) == ["lin"] * 3 + ["qin"] * 6
    assert len(planned(bonds, {"qin": MOST_FRIENDS - 2})) == 2


def test_one_payer_or_device_behind_several_members_is_suspicious_and_two_are_a_family():
    bonds = [a_bond(f"wm{n}", seconds=n * 3_600, member=f"m{n}") for n in range(5)]
    paid = {PersonId(f"m{n}"): {"payer-1"} for n in range(3)} | {PersonId("m3"): {"payer-2"}}
    used = {PersonId("m3"): {"device"}, PersonId("m4"): {"device"}}
    traces = {SuspicionKind.ONE_PAYER: paid, SuspicionKind.ONE_DEVICE: used}
    [found] = suspicions_of(bonds, RULES, traces)
    assert (found.kind, found.external_ids) == (SuspicionKind.ONE_PAYER, ("wm0", "wm1", "wm2"))
    # Three accounts of one member are one payer of course.
    same = [replace(one, member_id=PersonId("m0")) for one in bonds[:3]]
    assert {one.kind for one in suspicions_of(same, RULES, traces)} == {SuspicionKind.ONE_MEMBER}
