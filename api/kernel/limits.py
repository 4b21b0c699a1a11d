"""How much one request may ask for."""

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from graphql.language import OperationDefinitionNode, VariableNode

MAX_DEPTH = 14
MAX_ALIASES = 30
MAX_TOKENS = 3_000
MAX_COST = 20_000
MAX_BODY_BYTES = 64 * 1024 * 1024
DEFAULT_PAGE = 20
LARGEST_PAGE = 100


class CostLimit(ValidationRule):
    """Refuse an operation whose fields, multiplied by the page sizes above them, are too many.

    Each field costs 1; below a field with `first`, costs are multiplied by it. A page size given
    as a variable counts as the largest there is.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._measured: dict[str, int] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        """Measure the whole operation as it is entered."""
        cost = self._cost(node.selection_set, frozenset())
        if cost > MAX_COST:
            self.report_error(
                GraphQLError(
                    f"This operation costs {cost}, more than {MAX_COST}; "
                    "ask for smaller pages or fewer fields.",
                    node,
                )
            )

    def _cost(self, selection: SelectionSetNode, inside: frozenset[str]) -> int:
        total = 0
        for node in selection.selections:
            if isinstance(node, FieldNode):
                below = self._cost(node.selection_set, inside) if node.selection_set else 0
                total += 1 + _times(node) * below
            elif isinstance(node, InlineFragmentNode):
                total += self._cost(node.selection_set, inside)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value, inside)
        return total

    def _fragment(self, name: str, inside: frozenset[str]) -> int:
        """The cost of a fragment, measured once; one that contains itself is another rule's."""
        if name in inside:
            return 0
        if name not in self._measured:
            fragment = self.context.get_fragment(name)
            self._measured[name] = (
                self._cost(fragment.selection_set, inside | {name}) if fragment else 0
            )
        return self._measured[name]


def _times(node: FieldNode) -> int:
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value))
            if isinstance(argument.value, VariableNode):
                return LARGEST_PAGE
    return 1
