"""Which questions everybody is given the same answer to."""

from collections.abc import Iterator

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition

from api.kernel.bounds import fragments_of
from api.kernel.documents import OneAtATime, parsed

# Marks a field of the query type whose answer to an anonymous asker depends on nothing but the
# question and the moment: `strawberry.field(description=…, metadata=PUBLIC)`.
PUBLIC = {"public": True}
REMEMBERED = 1_000
# Set in the scope of a request whose answer has no errors.
CLEAN = "qianmian.clean"


class PublicOperations:
    """Tells whether every field that an operation asks of the query type is marked public."""

    def __init__(self, schema: Schema) -> None:
        query = schema.get_type_by_name("Query")
        if not isinstance(query, StrawberryObjectDefinition):
            raise TypeError("the schema has no query type")
        self._public = {
            schema.config.name_converter.from_field(field)
            for field in query.fields
            if field.metadata.get("public")
        }
        self._known: LRUCache[tuple[str, str | None], bool] = LRUCache(REMEMBERED)
        self._in_turn = OneAtATime()

    async def includes(self, text: str, operation_name: str | None) -> bool:
        """Whether the answer to an anonymous asker may be given to the next one too."""
        key = text, operation_name
        known = self._known.get(key)
        if known is None:
            async with self._in_turn.turn():
                known = self._known[key] = self._is_public(text, operation_name)
        return known

    def _is_public(self, text: str, operation_name: str | None) -> bool:
        try:
            document = parsed(text)
        except GraphQLError:
            return False
        operation = _operation(document, operation_name)
        if operation is None or operation.operation is not OperationType.QUERY:
            return False
        names = list(_root_fields(operation.selection_set, fragments_of(document), set()))
        return all(name in self._public or name.startswith("__") for name in names)


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name:
        operations = [one for one in operations if one.name and one.name.value == name]
    return operations[0] if len(operations) == 1 else None


def _root_fields(
    selection: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    """The names of the fields that an operation can ask, through fragments and whatever skips."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            if node.name.value in fragments:
                yield from _root_fields(fragments[node.name.value].selection_set, fragments, seen)
