"""What is not known inside a document, through a write of one's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from domain.kernel.refusals import Unavailable
from storage.mongo.kernel.documents import all_of, from_document, to_document
from storage.mongo.kernel.others_words import OTHERS_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    name: str
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    id: str
    leaves: tuple[Leaf, ...] = ()
    top: Leaf | None = None
    by_name: Mapping[str, Leaf] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    id: str
    top: Leaf | None = None


def a_leaf(name: str, **more: int) -> dict[str, object]:
    return {"name": name, "n": 0, **more}


def a_tree(**changes: object) -> dict[str, object]:
    return {"_id": "t", "leaves": [], "top": None, "by_name": None, **changes}


def test_it_is_put_back_where_it_was_though_others_came_before_it_and_went():
    leaves = [a_leaf("a", later=1), a_leaf("b"), a_leaf("c", later=3)]
    tree = from_document(Tree, a_tree(leaves=leaves))
    changed = replace(tree, leaves=(Leaf(name="new"), replace(tree.leaves[2], n=7), tree.leaves[0]))
    assert to_document(changed)["leaves"] == [
        a_leaf("new"),
        {"name": "c", "n": 7, "later": 3},
        a_leaf("a", later=1),
    ]


def test_of_several_that_begin_alike_each_has_its_own():
    leaves = [a_leaf("a", later=1), a_leaf("a"), a_leaf("a", later=3)]
    tree = from_document(Tree, a_tree(leaves=leaves))
    assert to_document(tree)["leaves"] == leaves
    # Where it can't be told whose it was, nobody is given another's.
    fewer = replace(tree, leaves=(Leaf(name="z"), *tree.leaves[1:]))
    assert to_document(fewer)["leaves"] == [a_leaf("z"), a_leaf("a"), a_leaf("a", later=3)]


def test_objects_that_are_one_or_have_names_keep_theirs():
    document = a_tree(top=a_leaf("a", later=1), by_name={"x": a_leaf("b", later=2)})
    tree = from_document(Tree, document)
    assert to_document(tree) == document
    assert to_document(replace(tree, top=None, by_name={}))["by_name"] == {}


def test_it_is_of_one_kind_and_id_and_as_was_read_last():
    from_document(Tree, a_tree(top=a_leaf("a", later=1)))
    other = from_document(Other, {"_id": "t", "top": a_leaf("a")})
    assert to_document(other) == {"_id": "t", "top": a_leaf("a")}
    known = from_document(Tree, a_tree(top=a_leaf("a")))
    assert to_document(known) == a_tree(top=a_leaf("a"))
    assert not OTHERS_WORDS._left


def test_what_can_not_be_read_is_told_so_and_left_out_of_a_list():
    wrong = a_tree(top={"name": "a", "n": "many"})
    with pytest.raises(Unavailable, match="later version"):
        from_document(Tree, wrong)
    assert [one.id for one in all_of(Tree, [wrong, a_tree()])] == ["t"]
