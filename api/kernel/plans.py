"""Queries run by a plan, made once for each document and run many times.

A plan only knows how to succeed. Whatever else happens (a refusal, a null where none may be, an
exception, something that it has no plan for) leaves the whole query to the standard executor, which
starts over; so a plan needs no paths, no errors and no rules for what becomes null. What it answers
is what the standard executor would, in the same order: which fields are asked for is read by
graphql-core's own functions, and resolvers, arguments and scalars are the schema's.

The answer is filled from the top down. A value that must be waited for leaves its place empty until
it is there; those of one level are waited for together, so that loaders see all their keys. What is
the same for everybody is copied from cards (`api.kernel.cards`).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    Visitor,
    is_abstract_type,
    is_leaf_type,
    visit,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info

from api.kernel.bounds import fragments_of
from api.kernel.cards import Card, Cards, Deck
from api.kernel.context import Context
from api.kernel.payloads import ByTheTable

# Plans of one document: one for each combination of its variables in @skip and @include.
MOST_PLANS = 8
# Python types whose values these scalars write as they are.
_AS_THEY_ARE: Mapping[str, type] = {"String": str, "ID": str, "Boolean": bool, "Int": int}
# By the specification an Int has 32 bits with its sign.
_INT = 2**31

Complete = Callable[[Any, "_Run"], Any]
Fetch = Callable[[Any, "_Run"], Any]


class Unplanned(Exception):
    """The standard executor answers the query."""


class _Step(NamedTuple):
    """One field of a selection: where its value goes, comes from and what becomes of it.

    It comes from an attribute, or by `fetch`; `waits` says that it must be waited for, `varies`
    that it depends on the variables.
    """

    key: str
    attribute: str | None
    fetch: Fetch
    waits: bool
    varies: bool
    complete: Complete

    def value(self, source: Any, run: "_Run") -> Any:
        """What the answer says of it; not for what must be waited for."""
        if self.attribute is None:
            return self.complete(self.fetch(source, run), run)
        return self.complete(getattr(source, self.attribute), run)


class _Waiting(NamedTuple):
    """A value that must be waited for, and the place in the answer that it leaves empty."""

    value: Any
    complete: Complete
    answer: dict[str, Any]
    key: str


class _Run:
    """One run of a plan."""

    __slots__ = ("calls", "context", "deck", "noted", "variables", "waiting")

    def __init__(self, context: Context, variables: VariableValues, deck: Deck) -> None:
        self.context = context
        self.variables = variables
        self.deck = deck
        self.waiting: list[_Waiting] = []
        self.noted: list[_Waiting] = []
        # What calls the resolver of a field, its arguments already in place.
        self.calls: dict[Any, Callable[[Any], Any]] = {}

    def wait(self, one: _Waiting) -> None:
        """Note a value that must be waited for."""
        self.waiting.append(one)
        self.noted.append(one)

    def let_go(self) -> None:
        """Give up whatever was noted and never waited for."""
        for one in self.noted:
            one.value.close()

    def without_viewer(self) -> "_Run":
        """A run whose resolvers can't know who asks."""
        return _Run(self.context.without_viewer(), self.variables, self.deck)


class Plans:
    """The plans of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, cards: Cards) -> None:
        self._schema = schema
        self._document = document
        self._cards = cards
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        self._fragments = fragments_of(document)
        self._conditions = _conditions(document)

    async def run(
        self, operation_name: str | None, variables: Mapping[str, Any] | None, context: Context
    ) -> ExecutionResult | None:
        """Answer a query; None where it is the standard executor's."""
        operation = self._query(operation_name)
        if operation is None:
            return None
        values = get_variable_values(
            self._schema, operation.variable_definitions or (), dict(variables or {})
        )
        if isinstance(values, list):
            return None
        run = _Run(context, values, self._cards.deck(context))
        try:
            return ExecutionResult(await self._plan(operation, values).run(run), None)
        except Exception:  # the standard executor finds out which, and tells it
            run.let_go()
            return None

    def _query(self, name: str | None) -> OperationDefinitionNode | None:
        """The query of a name, or the only one."""
        operations = [
            one
            for one in self._document.definitions
            if isinstance(one, OperationDefinitionNode)
            and (name is None or (one.name and one.name.value == name))
        ]
        if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
            return None
        return operations[0]

    def _plan(self, operation: OperationDefinitionNode, values: VariableValues) -> "_Plan":
        conditions = (values.coerced.get(name, Undefined) for name in self._conditions)
        key = (id(operation), *conditions)
        if key not in self._plans:
            if len(self._plans) == MOST_PLANS:
                raise Unplanned
            self._plans[key] = _Plan(self._schema, self._fragments, operation, values)
        return self._plans[key]


def _conditions(document: DocumentNode) -> Sequence[str]:
    """The variables on which it depends what of a document is asked for."""
    found: dict[str, None] = {}

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    found[argument.value.name.value] = None

    visit(document, Conditions())
    return tuple(found)


class _Plan:
    """How one operation is answered, with one choice of what it skips and includes."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        values: VariableValues,
    ) -> None:
        self._schema = schema
        self._fragments = dict(fragments)
        self._details = {name: FragmentDetails(one) for name, one in fragments.items()}
        self._operation = operation
        # Nothing but the variables of conditions is read of these.
        self._conditions = values
        root = cast("GraphQLObjectType", schema.query_type)
        collected = collect_fields(schema, self._details, values, root, operation)
        self._root = self._steps(root, collected.grouped_field_set)

    async def run(self, run: _Run) -> dict[str, Any]:
        """Answer the query, or raise."""
        answer: dict[str, Any] = {}
        _fill(answer, self._root, None, run)
        await _settle(run)
        return answer

    def _steps(self, parent: GraphQLObjectType, fields: GroupedFieldSet) -> Sequence[_Step]:
        return [self._step(parent, key, details) for key, details in fields.items()]

    def _step(self, parent: GraphQLObjectType, key: str, details: FieldDetailsList) -> _Step:
        nodes = [one.node for one in details]
        name = nodes[0].name.value
        if name == "__typename":
            return _Step(key, None, lambda _, __: parent.name, False, False, _as_it_is)
        definition = parent.fields.get(name)
        field = definition and definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if definition is None or not isinstance(field, StrawberryField):
            raise Unplanned
        attribute = field.python_name if field.is_basic_field else None
        fetch = _never if attribute else self._fetching(parent, definition, field, nodes)
        varies = any(self._has_variables(node) for node in nodes)
        complete = self._completing(definition.type, details)
        return _Step(key, attribute, fetch, not attribute and field.is_async, varies, complete)

    def _has_variables(self, node: Node) -> bool:
        """Whether something in a field, or in what it spreads, depends on a variable."""
        found, waiting, seen = False, [node], set[str]()

        class Variables(Visitor):
            def enter_variable(self, *_: Any) -> None:
                nonlocal found
                found = True

            def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
                seen.add(spread.name.value)

        while waiting and not found:
            known = set(seen)
            visit(waiting.pop(), Variables())
            waiting += [self._fragments[name] for name in seen - known]
        return found

    def _fetching(
        self,
        parent: GraphQLObjectType,
        definition: GraphQLField,
        field: StrawberryField,
        nodes: list[FieldNode],
    ) -> Fetch:
        """Call a field's resolver; its arguments are read once a run, whatever the source."""
        guards = [one for one in field.extensions if isinstance(one, ByTheTable)]
        if len(guards) < len(field.extensions) or field.base_resolver is None:
            raise Unplanned
        resolver = field.base_resolver
        resolve = cast("Callable[..., Any]", resolver.wrapped_func)
        named = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one]
        converter = cast("Any", self._schema)._strawberry_schema.schema_converter

        def bind(run: _Run) -> Callable[[Any], Any]:
            for guard in guards:
                guard.require(run.context)
            told = self._told(definition, nodes, parent, run)
            own, given = get_arguments(
                field=field,
                source=None,
                info=Info(_raw_info=told, _field=field),
                kwargs=get_argument_values(definition, nodes[0], run.variables),
                config=converter.config,
                scalar_registry=converter.scalar_registry,
            )
            if named:
                first = (lambda source: (source,)) if own else (lambda _: ())
                return lambda source: resolve(
                    *first(source), **{**given, **dict.fromkeys(named, source)}
                )
            if own:
                return lambda source: resolve(source, **given)
            return lambda _: resolve(**given)

        def fetch(source: Any, run: _Run) -> Any:
            call = run.calls.get(bind)
            if call is None:
                call = run.calls[bind] = bind(run)
            return call(source)

        return fetch

    def _told(
        self, definition: GraphQLField, nodes: list[FieldNode], parent: GraphQLObjectType, run: _Run
    ) -> GraphQLResolveInfo[Any]:
        """What a resolver may know of its field; where it stands in the answer is not told."""
        values: dict[str, Any] = dict.fromkeys(GraphQLResolveInfo._fields)
        values |= {
            "field_name": nodes[0].name.value,
            "field_nodes": nodes,
            "return_type": definition.type,
            "parent_type": parent,
            "schema": self._schema,
            "fragments": self._fragments,
            "operation": self._operation,
            "variable_values": run.variables.coerced,
            "context": run.context,
        }
        return GraphQLResolveInfo(**values)

    def _completing(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete:
        """How a value becomes what the answer says of it."""
        if isinstance(kind, GraphQLNonNull):
            return self._of_value(kind.of_type, details)
        complete = self._of_value(kind, details)
        return lambda value, run: None if value is None else complete(value, run)

    def _of_value(self, kind: Any, details: FieldDetailsList) -> Complete:
        """How a value that is there becomes what the answer says of it; raises without one."""
        if isinstance(kind, GraphQLList):
            return _of_list(self._completing(kind.of_type, details))
        if is_leaf_type(kind):
            return _of_leaf(kind)
        if is_abstract_type(kind):
            return self._of_abstract(kind, details)
        return self._of_object(kind, details)

    def _of_object(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Complete:
        definition = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        assert isinstance(definition, StrawberryObjectDefinition)
        is_card = hasattr(definition.origin, "card")
        known: list[Sequence[_Step]] = []

        def complete(value: Any, run: _Run) -> Any:
            if value is None or (kind.is_type_of and not kind.is_type_of(value, cast("Any", None))):
                raise Unplanned
            if not known:
                known.append(self._below(kind, details))
            answer: dict[str, Any] = {}
            of = value.card(run.context.now) if is_card else None
            if of is None:
                _fill(answer, known[0], value, run)
                return answer
            card = run.deck.find(complete, of)
            if card is None:
                card = _made(of, known[0], value, run.without_viewer())
                run.deck.keep(complete, card)
            answer |= card.fields
            _fill(answer, card.live, value, run)
            return answer

        return complete

    def _of_abstract(self, kind: GraphQLAbstractType, details: FieldDetailsList) -> Complete:
        """Values of one Python class are of one type of the schema."""
        known: dict[type, Complete] = {}

        def complete(value: Any, run: _Run) -> Any:
            found = known.get(type(value))
            if found is None:
                definition = get_object_definition(value)
                if definition is None or definition.is_graphql_generic:
                    raise Unplanned
                concrete = self._schema.get_type(definition.name)
                if not isinstance(concrete, GraphQLObjectType):
                    raise Unplanned
                if not self._schema.is_sub_type(kind, concrete):
                    raise Unplanned
                found = known[type(value)] = self._of_object(concrete, details)
            return found(value, run)

        return complete

    def _below(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Sequence[_Step]:
        collected = collect_subfields(
            self._schema, self._details, self._conditions, self._operation, kind, details
        )
        return self._steps(kind, collected.grouped_field_set)


def _as_it_is(value: Any, _: _Run) -> Any:
    return value


def _never(_: Any, __: _Run) -> Any:
    raise Unplanned


def _fill(answer: dict[str, Any], steps: Iterable[_Step], source: Any, run: _Run) -> None:
    """Fill in an object's fields; those that must be waited for are noted and left empty."""
    for step in steps:
        key, attribute, fetch, waits, _, complete = step
        if attribute is not None:
            answer[key] = complete(getattr(source, attribute), run)
        elif waits:
            answer[key] = None
            run.wait(_Waiting(fetch(source, run), complete, answer, key))
        else:
            answer[key] = complete(fetch(source, run), run)


def _made(of: Any, steps: Sequence[_Step], source: Any, apart: _Run) -> Card:
    """Make the card of a value; whatever must be waited for below a field leaves the field live."""
    fields: dict[str, Any] = {}
    live: list[_Step] = []
    for step in steps:
        fields[step.key] = None
        if not step.waits and not step.varies:
            before = len(apart.noted)
            value = step.value(source, apart)
            if len(apart.noted) == before:
                fields[step.key] = value
                continue
        live.append(step)
    apart.let_go()
    return Card(of, fields, live)


async def _settle(run: _Run) -> None:
    """Wait for what is noted, all of it together, and for what comes of it."""
    noted, run.waiting = run.waiting, []
    if len(noted) == 1:
        await _settled(noted[0], run)
    elif noted:
        async with asyncio.TaskGroup() as tasks:
            for one in noted:
                tasks.create_task(_settled(one, run))


async def _settled(one: _Waiting, run: _Run) -> None:
    value = await one.value
    # Nobody else runs until the value is complete, so what it notes is its own.
    one.answer[one.key] = one.complete(value, run)
    await _settle(run)


def _of_list(complete: Complete) -> Complete:
    def complete_all(values: Any, run: _Run) -> Any:
        if not isinstance(values, list | tuple):
            raise Unplanned
        return [complete(value, run) for value in values]

    return complete_all


def _of_leaf(kind: GraphQLLeafType) -> Complete:
    as_it_is = _AS_THEY_ARE.get(kind.name)
    members: dict[Any, Any] = {}

    def complete(value: Any, _: _Run) -> Any:
        if type(value) is as_it_is and (as_it_is is not int or -_INT <= cast("int", value) < _INT):
            return value
        if isinstance(value, Enum) and value in members:
            return members[value]
        coerced = kind.coerce_output_value(value)
        if coerced is None or coerced is Undefined:
            raise Unplanned
        if isinstance(value, Enum):
            members[value] = coerced
        return coerced

    return complete
