"""Versions of what two may change: each writes over the version that they saw.

A value that is saved alone is handed over with that version, `save(value, expected=…)`: it is often
the client's, who may have seen an older one than was loaded to make the value from. Of many that
are saved at once, as a file brings them, nobody has seen any: each is written over the version
before its own. A list of versions beside such a list would say the same numbers twice; to leave
them out for single values too would need another check wherever a client tells what it saw.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar


class Versioned(Protocol):
    """A dataclass whose version rises with each change of it."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def version(self) -> int:
        """How often it was written; 0 for what is not written yet."""


V = TypeVar("V", bound=Versioned)


def risen(value: V) -> V:
    """A changed value as the version after the one that it was made from."""
    return replace(value, version=value.version + 1)


def all_risen(values: Iterable[V]) -> list[V]:
    """Changed values, each as the version after the one that it was made from."""
    return [risen(value) for value in values]
