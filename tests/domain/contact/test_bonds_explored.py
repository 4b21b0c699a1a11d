"""The mirror of friends: whatever is lost, doubled and shuffled of what WeCom tells."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.contact.bonds import (
    LIST_LAGS,
    Bond,
    PartedBy,
    bond_of,
    listed,
    met,
    met_late,
    missing,
    parted,
)
from tests.support.builders import NOON

PAIRS = [("wm1", "xue"), ("wm1", "lin"), ("wm2", "xue")]


@dataclass(frozen=True)
class Event:
    """What happened between two, so many seconds after noon."""

    pair: tuple[str, str]
    added: bool
    second: int

    @property
    def at(self):
        return NOON + timedelta(seconds=self.second)

    @property
    def state(self):
        return f"state-{self.second}" if self.second % 3 else None


class Mirror:
    """Bonds in memory, by the rules."""

    def __init__(self) -> None:
        self.bonds: dict[tuple[str, str], Bond] = {}
        self.listed_at = None

    def hear(self, event: Event) -> None:
        bond = self.bonds.get(event.pair) or bond_of(*event.pair)
        if event.added:
            self.bonds[event.pair] = met_late(
                bond, met(bond, event.at, event.state), self.listed_at
            )
        else:
            self.bonds[event.pair] = parted(bond, event.at, PartedBy.CUSTOMER)

    def read_lists(self, truth: dict, at) -> None:
        for pair, event in truth.items():
            bond = self.bonds.get(pair) or bond_of(*pair)
            self.bonds[pair] = listed(bond, event.at, event.state)
        for pair, bond in self.bonds.items():
            if pair not in truth:
                self.bonds[pair] = missing(bond, at)
        self.listed_at = at

    @property
    def friends(self):
        return {pair: (one.added_at, one.state) for pair, one in self.bonds.items() if one.standing}


@st.composite
def histories(draw):
    """What really happened: each pair adds and parts in turn, sometimes within one second."""
    events, friends, second = [], set(), 0
    for pair in draw(st.lists(st.sampled_from(PAIRS), max_size=12)):
        second += draw(st.integers(0, 2))
        if pair not in friends and any(
            one.pair == pair and one.added and one.second == second for one in events
        ):
            second += 1  # nobody adds somebody twice within a second
        events.append(Event(pair, pair not in friends, second))
        friends ^= {pair}
    return events


def truth_of(events):
    last = {event.pair: event for event in events}
    return {pair: event for pair, event in last.items() if event.added}


def expected_of(truth):
    return {pair: (event.at, event.state) for pair, event in truth.items()}


@given(events=histories(), data=st.data())
def test_what_is_lost_doubled_and_shuffled_with_one_look_at_the_lists_is_the_same(events, data):
    heard = data.draw(st.lists(st.sampled_from(events), max_size=20)) if events else []
    late = data.draw(st.lists(st.sampled_from(events), max_size=10)) if events else []
    mirror, truth = Mirror(), truth_of(events)
    for event in heard:
        mirror.hear(event)
    mirror.read_lists(truth, NOON + timedelta(minutes=1) + LIST_LAGS)
    for event in late:  # told only now, for the first time or again
        mirror.hear(event)
    assert mirror.friends == expected_of(truth)


@given(events=histories(), data=st.data())
def test_the_order_in_which_all_is_told_and_how_often_changes_nothing(events, data):
    in_order, shuffled = Mirror(), Mirror()
    for event in events:
        in_order.hear(event)
    again = data.draw(st.lists(st.sampled_from(events), max_size=8)) if events else []
    for event in data.draw(st.permutations([*events, *again])):
        shuffled.hear(event)
    assert shuffled.bonds == in_order.bonds


def test_parted_and_back_within_a_second_is_there():
    gone, back = Event(PAIRS[0], False, 7), Event(PAIRS[0], True, 7)
    for order in ([gone, back], [back, gone]):
        mirror = Mirror()
        mirror.hear(Event(PAIRS[0], True, 1))
        for event in order:
            mirror.hear(event)
        assert mirror.friends == {PAIRS[0]: (back.at, back.state)}


def test_a_look_at_the_list_stands_behind_what_happened_since():
    mirror = Mirror()
    mirror.read_lists({}, NOON)
    mirror.hear(Event(PAIRS[0], True, 1))
    mirror.read_lists({}, NOON + timedelta(seconds=2))  # begun before WeCom had it on its list
    assert PAIRS[0] in mirror.friends
