"""Queries made up at random, all of them valid, as far down as they may go."""

from collections.abc import Mapping
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

DEEPEST = 7
CONDITIONS = {"yes": True, "no": False}


class Asking:
    """Makes up queries over some root fields, whose arguments are given as they are written."""

    def __init__(self, schema: GraphQLSchema, roots: Mapping[str, str], random: Random) -> None:
        self._schema = schema
        self._roots = roots
        self._random = random
        self._fragments: list[str] = []
        self._alias = 0
        self._page = ""

    def query(self) -> tuple[str, dict[str, Any]]:
        """A query and its variables."""
        self._fragments, self._alias = [], 0
        self._page = self._random.choice(["(first: 2)", "(first: $first)"])
        root = self._schema.query_type
        assert root
        names = self._random.sample(sorted(self._roots), self._random.randint(1, 2))
        asked = " ".join(
            self._field(root.fields[name], name, 1, self._roots[name]) for name in names
        )
        text = "query($yes: Boolean!, $no: Boolean!, $first: Int) { " + asked + " "
        text += "__typename @include(if: $yes) other: __typename @skip(if: $no) "
        text += "one: __typename @include(if: $first_is) }".replace("$first_is", "$yes")
        variables = {**CONDITIONS, "first": self._random.randint(1, 3)}
        # A variable that nothing uses is a fault.
        text = (
            text
            if "$first" in asked + " ".join(self._fragments)
            else text.replace(", $first: Int", "")
        )
        if "$first" not in text:
            del variables["first"]
        return " ".join([text, *self._fragments]), variables

    def _field(self, field: GraphQLField, name: str, depth: int, arguments: str = "") -> str:
        alias = ""
        if self._random.random() < 0.04:
            self._alias += 1
            alias = f"a{self._alias}: "
        kind = get_named_type(field.type)
        below = f" {{ {self._selection(kind, depth)} }}" if is_composite_type(kind) else ""
        return f"{alias}{name}{arguments}{self._condition()}{below}"

    def _condition(self) -> str:
        return self._random.choice(
            [""] * 12
            + [" @include(if: $yes)", " @include(if: $no)", " @skip(if: $no)", " @skip(if: true)"]
        )

    def _selection(self, kind: Any, depth: int) -> str:
        """Some fields of a type, and the same again now and then."""
        parts = ["__typename"] if self._random.random() < 0.3 else []
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            parts += self._fields(kind, depth)
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            possible = self._schema.get_possible_types(kind)
            for one in self._random.sample(possible, min(len(possible), 3)):
                parts.append(f"... on {one.name} {{ {self._selection(one, depth)} }}")
        elif parts and self._random.random() < 0.2:
            parts.append(self._spread(kind, depth))
        return " ".join(parts or ["__typename"])

    def _fields(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> list[str]:
        found = []
        for name, field in kind.fields.items():
            composite = is_composite_type(get_named_type(field.type))
            likely = 0.55 if not composite else 0.5 if depth < 4 else 0.25
            if (composite and depth >= DEEPEST) or self._random.random() > likely:
                continue
            arguments = ""
            if any(is_required_argument(one) for one in field.args.values()):
                continue
            if "first" in field.args:
                arguments = self._page
            found.append(self._field(field, name, depth + 1, arguments))
        return found

    def _spread(self, kind: Any, depth: int) -> str:
        name = f"F{len(self._fragments)}"
        self._fragments.append("")
        place = len(self._fragments) - 1
        fields = " ".join(self._fields(kind, min(depth + 1, DEEPEST)) or ["__typename"])
        self._fragments[place] = f"fragment {name} on {kind.name} {{ {fields} }}"
        return f"...{name}"
