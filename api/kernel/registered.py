"""Operations that an operator has registered: where there are any, no others are run.

An operation is known by its canonical text: it alone, then the fragments that it uses by their
names, as the library prints them. So spaces, comments and the order of fragments do not matter.
"""

import hashlib
from collections.abc import Iterable, Iterator

from cachetools import LRUCache
from graphql import DocumentNode, FragmentDefinitionNode, GraphQLError, parse, print_ast
from graphql.utilities import separate_operations

MOST_REMEMBERED = 1_000


class NotRegistered(GraphQLError):
    """An operation that is none of those that are registered."""

    def __init__(self) -> None:
        super().__init__(
            "Only operations that are registered are answered here, and this is none of them; "
            "have it registered with those of your client.",
            extensions={"code": "OPERATION_NOT_REGISTERED"},
        )


class Registered:
    """The canonical texts of operations, by their SHA-256 in hexadecimal."""

    def __init__(self, documents: Iterable[str]) -> None:
        """GraphQLError where a document can't be read."""
        self.texts = {
            hashlib.sha256(text.encode()).hexdigest(): text
            for document in documents
            for _, text in canonical(parse(document))
        }
        self._all = frozenset(self.texts.values())
        self._known: LRUCache[tuple[str, str | None], bool] = LRUCache(MOST_REMEMBERED)

    def require(self, text: str, document: DocumentNode, name: str | None) -> None:
        """Refuse what is not registered: the named operation of a document, or its only one."""
        known = self._known.get((text, name))
        if known is None:
            wanted = [one for other, one in canonical(document) if name in (None, other)]
            known = self._known[text, name] = bool(wanted) and self._all.issuperset(wanted)
        if not known:
            raise NotRegistered


def canonical(document: DocumentNode) -> Iterator[tuple[str, str]]:
    """Each operation of a document by its name, and its canonical text."""
    for name, part in separate_operations(document).items():
        ordered = sorted(part.definitions, key=_place)
        yield name, "\n\n".join(print_ast(one) for one in ordered)


def _place(definition: object) -> str:
    return definition.name.value if isinstance(definition, FragmentDefinitionNode) else ""
