"""A copy taken at any time, brought up to a moment by the changes that were told."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from storage.mongo.kernel.replaying import replayed

VALUES = st.one_of(st.integers(0, 3), st.lists(st.integers(0, 3), max_size=4))
STEPS = st.one_of(
    st.tuples(st.just("set"), st.sampled_from(["a", "b", "c.d", "c.e"]), VALUES),
    st.tuples(st.just("push"), st.just("list"), st.integers(0, 9)),
    st.tuples(st.just("cut"), st.just("list"), st.integers(0, 3)),
    st.tuples(st.just("unset"), st.sampled_from(["a", "b", "c.d"]), st.none()),
    st.tuples(st.just("replace"), st.none(), VALUES),
    st.tuples(st.just("delete"), st.none(), st.none()),
)


def done(document, step):
    """The next state, and what the stream tells of it."""
    kind, path, value = step
    if document is None or kind == "replace":
        fresh = {"_id": 1, "a": value, "c": {}, "list": []}
        told = "insert" if document is None else "replace"
        return fresh, {"operationType": told, "fullDocument": deepcopy(fresh)}
    if kind == "delete":
        return None, {"operationType": "delete"}
    after, says = deepcopy(document), {}
    holder, last = (after["c"], path[2:]) if path.startswith("c.") else (after, path)
    if kind == "set":
        holder[last] = value
        says = {"updatedFields": {path: deepcopy(value)}}
    elif kind == "unset":
        holder.pop(last, None)
        says = {"removedFields": [path]}
    elif kind == "push":
        after["list"].append(value)
        says = {"updatedFields": {f"list.{len(after['list']) - 1}": value}}
    elif value < len(after["list"]):
        del after["list"][value:]
        says = {"truncatedArrays": [{"field": "list", "newSize": value}]}
    return after, {"operationType": "update", "updateDescription": says}


@given(st.lists(STEPS, max_size=12), st.data())
def test_whenever_a_copy_was_taken_the_changes_bring_it_to_what_it_was_at_the_end(steps, data):
    states, changes = [None], []
    for step in steps:
        after, told = done(states[-1], step)
        states.append(after)
        changes.append(told)
    copied = data.draw(st.sampled_from(states))
    # Whatever was told is told from before the copy on.
    assert replayed(deepcopy(copied), changes) == (states[-1] if changes else copied)
