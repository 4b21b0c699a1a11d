"""Every state machine of the domain: all can be reached, every end is one, refusals are named."""

import importlib
import pkgutil

import pytest

import domain
from domain.kernel.refusals import WrongState
from domain.kernel.states import Cause, Machine
from tests.support.shop import NOW

CAUSE = Cause(actor="staff_1", at=NOW, reason="测试")


def machines() -> dict[str, Machine]:
    """Each machine by the kind of thing that goes through it, found in the modules."""
    found: dict[int, Machine] = {}
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Machine):
                found[id(value)] = value
    return {one.kind: one for one in sorted(found.values(), key=lambda one: one.kind)}


MACHINES = machines()
MOVES = [
    pytest.param(machine, before, after, id=f"{kind}: {before} to {after}")
    for kind, machine in MACHINES.items()
    for before in machine.next
    for after in machine.next
]


def test_the_machines_of_the_mall_are_among_those_found():
    expected = {"order", "payment", "refund", "fulfilment order", "return", "transfer"}
    assert expected <= set(MACHINES)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_is_in_its_table_and_can_be_reached(machine: Machine):
    assert set(machine.next) == set(type(next(iter(machine.begins))))
    reached, fresh = set(machine.begins), set(machine.begins)
    while fresh:
        fresh = {after for before in fresh for after in machine.next[before]} - reached
        reached |= fresh
    assert reached == set(machine.next)


@pytest.mark.parametrize(("machine", "before", "after"), MOVES)
def test_a_move_is_recorded_if_the_table_has_it_and_else_refused_by_name(machine, before, after):
    if after in machine.next[before]:
        taken = machine.step("x", before, after, CAUSE)
        assert (taken.kind, taken.before, taken.after) == (machine.kind, before, after)
        assert (taken.actor, taken.at, taken.reason) == ("staff_1", NOW, "测试")
        return
    with pytest.raises(WrongState) as refusal:
        machine.step("x", before, after, CAUSE)
    message = refusal.value.message
    assert f"This {machine.kind} is {before} and can't become {after}" in message
    assert all(possible in message for possible in machine.next[before])


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_a_beginning_is_recorded_and_nothing_begins_elsewhere(machine: Machine):
    for state in machine.next:
        if state in machine.begins:
            begun = machine.begin("x", state, CAUSE)
            assert (begun.before, begun.after) == (None, state)
        else:
            with pytest.raises(ValueError, match="does not begin"):
                machine.begin("x", state, CAUSE)
