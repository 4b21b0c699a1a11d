"""How much a document may ask for, measured before anything is done with it.

Every bound is linear in the document, cheapest first: what a fragment costs is measured once and
remembered, however often it is spread. Fragments count wherever they are spread, because that is
what they cost. What is written out in full is looked at last, when it is known to be small.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
)

from api.kernel.limits import (
    LARGEST_PAGE,
    LONGEST_NUMBER,
    MAX_ALIASES,
    MAX_COST,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_FIELDS,
    MAX_FRAGMENTS,
    MAX_NESTING,
    MAX_OPERATIONS,
    MAX_REPEATS,
    MAX_TOKENS,
)

# Block strings, strings, comments, names, numbers and punctuation, as GraphQL's grammar has them. A
# string without an end is taken to the end, and nothing is looked at twice, so it stays linear.
_TOKEN = re.compile(
    r'''"""(?:\\"""|"(?!"")|[^"])*+(?:""")?|"(?:\\[^\n\r]|[^"\\\n\r])*+"?|#[^\n\r]*'''
    r"|[_A-Za-z]\w*|-?\d[\w.+-]*|\.\.\.|[!$&():=@\[\]{|}]",
    re.ASCII,
)

Executable = OperationDefinitionNode | FragmentDefinitionNode


class TooComplex(GraphQLError):
    """A document asks for more than one request may."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "TOO_COMPLEX"})


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection asks for, with everything that it spreads."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by their names."""
    return {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }


def require_few_tokens(text: str) -> None:
    """Refuse a text of too many tokens before it is read.

    It is told roughly, and never more than there are: what is no token is not counted, and nothing
    within strings and comments. That takes a tenth of the time that reading does.
    """
    tokens = sum(one[0] != "#" for one in _TOKEN.findall(text))
    if tokens > MAX_TOKENS:
        raise TooComplex(f"A document may have at most {MAX_TOKENS:,} tokens.")


def require_bounded(document: DocumentNode) -> int:
    """Refuse a document that asks for too much; answers how many steps it took to look at it."""
    kinds = Counter(type(one) for one in document.definitions)
    _at_most(MAX_OPERATIONS, kinds[OperationDefinitionNode], "operations")
    _at_most(MAX_FRAGMENTS, kinds[FragmentDefinitionNode], "fragments")
    steps = _look_at_every_node(document)
    measuring = _Measuring(document)
    definitions = [one for one in document.definitions if isinstance(one, Executable)]
    for one in definitions:
        size = measuring.size_of(one)
        _at_most(MAX_DEPTH, size.depth, "levels of fields")
        _at_most(MAX_FIELDS, size.fields, "fields")
        _at_most(MAX_ALIASES, size.aliases, "aliases")
        if size.cost > MAX_COST:
            raise TooComplex(
                f"This operation costs more than {MAX_COST:,}; "
                "ask for smaller pages or fewer fields."
            )
    repeating = _Repeating(measuring.fragments)
    for one in definitions:
        _at_most(MAX_REPEATS, repeating.repeats_of(one), "repeats of fields by one name")
    return steps + measuring.steps + repeating.steps


def _at_most(bound: int, found: int, what: str) -> None:
    if found > bound:
        raise TooComplex(
            f"A document may have at most {bound:,} {what}; ask for less, or in more requests."
        )


def _look_at_every_node(document: DocumentNode) -> int:
    """Refuse what no single node may be, and too many directives; answers how many nodes."""
    directives = steps = 0
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        steps += 1
        if isinstance(node, DirectiveNode):
            directives += 1
        elif isinstance(node, IntValueNode | FloatValueNode):
            if len(node.value) > LONGEST_NUMBER:
                raise TooComplex(f"A number may have at most {LONGEST_NUMBER} characters.")
        elif isinstance(node, StringValueNode) and "\0" in node.value:
            raise TooComplex("A text may not have the character U+0000; leave it out.")
        for key in node.keys:
            below = getattr(node, key, None)
            if isinstance(below, Node):
                waiting.append(below)
            elif isinstance(below, list | tuple):
                waiting += below
    _at_most(MAX_DIRECTIVES, directives, "directives")
    return steps


class _Measuring:
    """Measures definitions, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = fragments_of(document)
        self.steps = 0
        self._known: dict[str, Size] = {}
        self._inside: set[str] = set()
        self._nesting = 0

    def size_of(self, one: Executable) -> Size:
        """What a definition asks for."""
        if isinstance(one, FragmentDefinitionNode):
            return self._fragment(one.name.value)
        return self._selection(one.selection_set)

    def _selection(self, selection: SelectionSetNode) -> Size:
        self._nesting += 1
        _at_most(MAX_NESTING, self._nesting, "selections inside each other")
        depth = fields = aliases = cost = 0
        for node in selection.selections:
            self.steps += 1
            size = self._one(node)
            depth = max(depth, size.depth)
            fields += size.fields
            aliases += size.aliases
            cost += size.cost
        self._nesting -= 1
        return Size(depth, fields, aliases, cost)

    def _one(self, node: Node) -> Size:
        if isinstance(node, FieldNode):
            below = self._selection(node.selection_set) if node.selection_set else Size()
            return Size(
                depth=below.depth + 1,
                fields=below.fields + 1,
                aliases=below.aliases + (node.alias is not None),
                cost=1 + _page_size(node) * below.cost,
            )
        if isinstance(node, InlineFragmentNode):
            return self._selection(node.selection_set)
        return self._fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else Size()

    def _fragment(self, name: str) -> Size:
        """What a fragment asks for; one that is unknown or contains itself is validation's."""
        if name in self._inside or name not in self.fragments:
            return Size()
        if name not in self._known:
            self._inside.add(name)
            self._known[name] = self._selection(self.fragments[name].selection_set)
            self._inside.discard(name)
        return self._known[name]


def _page_size(node: FieldNode) -> int:
    """By how much what lies below a field is multiplied; a variable may be the largest page."""
    for argument in node.arguments or ():
        if argument.name.value in ("first", "ids"):
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value))
            if isinstance(argument.value, ListValueNode):
                return max(1, len(argument.value.values))
            if isinstance(argument.value, VariableNode):
                return LARGEST_PAGE
    return 1


class _Repeating:
    """Counts pairs of fields that would be merged, which is what validation compares."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self.steps = 0

    def repeats_of(self, one: Executable) -> int:
        """The number of pairs of fields under one name at one place."""
        repeats = 0
        waiting = [[one.selection_set]]
        while waiting:
            merged: dict[str, list[FieldNode]] = {}
            for field in self._fields(waiting.pop()):
                merged.setdefault((field.alias or field.name).value, []).append(field)
            for fields in merged.values():
                repeats += len(fields) * (len(fields) - 1) // 2
                if below := [one.selection_set for one in fields if one.selection_set]:
                    waiting.append(below)
        return repeats

    def _fields(self, selections: Sequence[SelectionSetNode]) -> Iterator[FieldNode]:
        """The fields of selections, each fragment once."""
        waiting, seen = list(selections), set[str]()
        while waiting:
            for node in waiting.pop().selections:
                self.steps += 1
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                    seen.add(node.name.value)
                    if node.name.value in self._fragments:
                        waiting.append(self._fragments[node.name.value].selection_set)
