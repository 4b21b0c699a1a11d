"""Merges that are made and undone at the same time, in whatever order their steps come."""

from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from domain.members.merges import Evidence, MergeState
from domain.members.merging import MemberPorts, merge, undo
from domain.people.accounts import Member
from tests.support.builders import NOON
from tests.support.exploring import Turn
from tests.support.members import HEAD_OFFICE, an_act, done, in_memory

ACT, OFFICE = an_act(NOON), an_act(NOON, HEAD_OFFICE)
# Whose turn is next; when these are used up, each goes on to its end.
orders = st.lists(st.booleans(), max_size=60)


class Stepping:
    """The merges, of which each question and each change waits for its turn."""

    def __init__(self, merges: Any) -> None:
        self._merges = merges

    def __getattr__(self, name: str) -> Any:
        async def stepped(*args: Any, **named: Any) -> Any:
            await Turn()
            return await getattr(self._merges, name)(*args, **named)

        return stepped


def at_once(order: Sequence[bool], one: Coroutine[Any, Any, Any], other: Coroutine[Any, Any, Any]):
    """What two answer who take their turns in an order."""
    left, answers = {True: one, False: other}, {}
    for turn in [*order, *[True, False] * 100]:
        try:
            if turn in left:
                left[turn].send(None)
        except StopIteration as ended:
            answers[turn] = ended.value
            del left[turn]
    assert not left
    return answers[True], answers[False]


def merged() -> tuple[MemberPorts, Any]:
    """X leads to a, and so both to b."""
    ports = in_memory()
    for name in ("x", "a", "b", "c"):
        done(ports.people.members.join(Member(id=name, joined_at=NOON)))
    done(merge(ports, ACT, "x", "a", Evidence.STAFF))
    first = done(merge(ports, ACT, "a", "b", Evidence.STAFF))
    object.__setattr__(ports, "merges", Stepping(ports.merges))
    return ports, first


def also(ports: MemberPorts, name: str) -> set[str]:
    return set(ports.people.members.all[name].also)


@given(orders)
@example([False] * 6 + [True] * 30)
@example([False] * 4 + [True] * 6)
def test_who_is_parted_from_one_who_is_just_merged_leads_to_nobody_else(order):
    ports, first = merged()
    second, undone = at_once(
        order,
        merge(ports, ACT, "b", "c", Evidence.STAFF),
        undo(ports, OFFICE, first.id),
    )
    assert (second.state, undone.state) == (MergeState.DONE, MergeState.UNDONE)
    leads = {name: one.merged_into for name, one in ports.people.members.all.items()}
    assert leads == {"x": "a", "a": None, "b": "c", "c": None}
    assert (also(ports, "a"), also(ports, "c")) == ({"x"}, {"b"})
    assert not also(ports, "b")


@given(orders)
def test_two_who_undo_a_merge_at_the_same_time_are_answered_the_same(order):
    ports, first = merged()
    # Both have looked at it before either writes.
    looked = [True, False] * 2
    one, other = at_once(
        [*looked, *order], undo(ports, OFFICE, first.id), undo(ports, OFFICE, first.id)
    )
    assert one.state is other.state is MergeState.UNDONE
    assert (also(ports, "a"), also(ports, "b")) == ({"x"}, set())
