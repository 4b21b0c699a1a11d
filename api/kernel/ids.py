"""Ids in the schema."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from graphql import GraphQLError, GraphQLID, GraphQLNamedType, GraphQLScalarType, ValueNode
from strawberry.types.scalar import ScalarDefinition

from domain.kernel.codes import hidden_in, plain_id
from domain.kernel.refusals import RefusalCode


class _IdType(GraphQLScalarType):
    """The type ID itself, read by a rule of our own; the library keeps its name for its own."""

    reserved_types: Mapping[str, GraphQLNamedType] = MappingProxyType({})


def _clean(text: str) -> str:
    """An id without what can't be seen at its edges; inside it, that is refused by its name."""
    plain = plain_id(text)
    if hidden := hidden_in(plain):
        message = f"this can't be an id, for {hidden}; type it anew."
        raise GraphQLError(message, extensions={"code": RefusalCode.INVALID.value})
    return plain


def _value(value: Any) -> str:
    return _clean(GraphQLID.parse_value(value))


def _literal(node: ValueNode, variables: dict[str, Any] | None = None) -> str:
    return _clean(GraphQLID.parse_literal(node, variables))


_TYPE = _IdType(
    name="ID",
    description=GraphQLID.description,
    serialize=GraphQLID.serialize,
    parse_value=_value,
    parse_literal=_literal,
)
ID = ScalarDefinition(
    name="ID",
    description=GraphQLID.description,
    specified_by_url=None,
    serialize=GraphQLID.serialize,
    parse_value=_value,
    parse_literal=_literal,
    origin=_TYPE,
    implementation=_TYPE,
)
