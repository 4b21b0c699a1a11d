"""Documents read, bounded and validated; what passed once is remembered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)
from graphql.validation import NoSchemaIntrospectionCustomRule, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.kernel.bounds import TooComplex, require_bounded, require_few_tokens
from api.kernel.cards import Cards
from api.kernel.limits import LONGEST_DOCUMENT, MAX_FAULTS, MAX_TOKENS
from api.kernel.plans import Plans

# Documents longer than this are read anew each time, as no client repeats them often.
LONGEST_REMEMBERED = 8_192
# How many characters of documents are remembered; a read one takes some hundred bytes for each.
MOST_REMEMBERED = 262_144
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Document:
    """A document within its bounds, what validation says against it, and plans if it is kept.

    One that `asks_of_schema` wants to know what types and fields there are.
    """

    node: DocumentNode
    characters: int
    faults: Sequence[GraphQLError]
    asks_of_schema: bool
    plans: Plans | None


def parsed(text: str) -> DocumentNode:
    """Read a document; GraphQLError where it can't be read or asks for too much."""
    if len(text) > LONGEST_DOCUMENT:
        raise TooComplex(
            f"A document may have at most {LONGEST_DOCUMENT:,} characters; "
            "send long values as variables."
        )
    require_few_tokens(text)
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except RecursionError:
        raise TooComplex("The document is nested too deeply.") from None
    except GraphQLSyntaxError as error:
        if "Document contains more than" in error.message:
            raise TooComplex(f"A document may have at most {MAX_TOKENS:,} tokens.") from None
        raise
    require_bounded(document)
    return document


def require_one_operation(document: DocumentNode) -> None:
    """Refuse a document of several operations where none is named."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) > 1:
        raise GraphQLError("The document has several operations; say which by operationName.")


class OneAtATime:
    """Has others served between two documents that are new: each holds up everybody meanwhile."""

    def __init__(self) -> None:
        # A lock is one event loop's, and this may outlive a loop.
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
        self._turns = WeakKeyDictionary()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have one's turn for the length of a block."""
        async with self._turns.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            await asyncio.sleep(0)
            yield


class Documents:
    """Reads documents for a schema and remembers the sound ones, the least used forgotten first."""

    def __init__(self, most_characters: int = MOST_REMEMBERED) -> None:
        self._sound: LRUCache[str, Document] = LRUCache(
            most_characters, getsizeof=lambda document: document.characters
        )
        self._cards = Cards()
        self._in_turn = OneAtATime()

    async def read(self, text: str, schema: GraphQLSchema) -> Document:
        """Read a document; GraphQLError where it can't be read or asks for too much."""
        if found := self._sound.get(text):
            return found
        async with self._in_turn.turn():
            return self.read_now(text, schema)

    def read_now(self, text: str, schema: GraphQLSchema) -> Document:
        """Read a document whose turn it is."""
        if found := self._sound.get(text):
            return found
        node = parsed(text)
        faults = validate(schema, node, _RULES, max_errors=MAX_FAULTS)
        asks = bool(validate(schema, node, [NoSchemaIntrospectionCustomRule], max_errors=1))
        if faults or len(text) > min(LONGEST_REMEMBERED, self._sound.maxsize):
            return Document(node, len(text), faults, asks, plans=None)
        plans = Plans(schema, node, self._cards)
        document = self._sound[text] = Document(node, len(text), faults, asks, plans)
        return document


class Reading(SchemaExtension):
    """Has each operation's document read by ours, and queries run by their plans.

    Over HTTP and over sockets.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def on_parse(self) -> AsyncIterator[None]:
        """Read the document; what is found here is what the library takes validation to say."""
        context: Any = self.execution_context
        document = await self._documents.read(context.query, context.schema._schema)
        if context._provided_operation_name is None:  # the library would take the first one
            require_one_operation(document.node)
        world = context.context.world
        if world.registered is not None:
            name = context._provided_operation_name
            world.registered.require(context.query, document.node, name)
        if document.asks_of_schema and not world.introspection:
            raise GraphQLError("This service does not tell its schema; read schema.graphql.")
        context.graphql_document = document.node
        context.pre_execution_errors = list(document.faults)
        self._plans = document.plans
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Run a query by its plan; what has none, or fails by it, is left to the library."""
        context: Any = self.execution_context
        if self._plans:
            context.result = await self._plans.run(
                context._provided_operation_name, context.variables, context.context
            )
            if context.result is None:
                context.context = context.context.again()
        yield
