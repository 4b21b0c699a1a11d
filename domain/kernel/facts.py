"""Facts: what happened, said in the same write as the change, for whoever wants to react.

A group that changes something hands its facts to the adapter that saves the change; a relay puts
them into one stream, and followers of other groups read that. Who changes does not know who reacts.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType, Protocol

FactId = NewType("FactId", str)
FactKind = NewType("FactKind", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened, such as `order.paid`, to one subject, such as `order:order_01jd…`.

    The id is made of the subject and what counts its changes, so that the same change said again
    has the same id. All facts of one subject come out of one document, and keep its order. `data`
    has values that JSON can hold, as they were then. `n` is the fact's place in the stream, counted
    from 1, and 0 until it has one.
    """

    id: FactId
    subject: str
    kind: FactKind
    at: datetime
    data: Mapping[str, Any]
    n: int = 0


def kind_of(thing: str, state: str) -> FactKind:
    """The kind of fact that a thing reached a state: `fulfilment_order.shipped`."""
    return FactKind(f"{thing.replace(' ', '_')}.{state.lower()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Facts for a follower to handle now, in the order of the stream.

    Of all others up to `upto` that it wants, it has handled every one for good, except `pending`.
    A rebuild begins a new `generation`: what an older one has made counts for nothing.
    """

    facts: tuple[Fact, ...]
    upto: int
    pending: frozenset[int] = frozenset()
    generation: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A reaction to some kinds of facts.

    `handle` gets each fact at least once, and those of one subject in order; what it does a second
    time must change nothing. `forget` takes back all that it ever made, for a rebuild. A new one
    begins with the first fact of the stream, or with the next one.
    """

    name: str
    kinds: frozenset[FactKind]
    handle: Callable[[Batch], Awaitable[None]]
    forget: Callable[[], Awaitable[None]] | None = None
    from_the_first: bool = True


class Stream(Protocol):
    """All facts that were ever relayed, numbered from 1 without a gap; nothing is taken out."""

    async def append(self, facts: Sequence[Fact]) -> None:
        """Put facts at the end, in their order; those that are there already stay where they are.

        Whoever has seen a fact has seen, or can see, each one of a smaller number.
        """

    async def head(self) -> int:
        """The number of the newest fact; 0 where there is none."""

    async def after(self, n: int, most: int) -> Sequence[Fact]:
        """The facts that follow a number, in order."""

    async def by_numbers(self, numbers: Sequence[int]) -> Sequence[Fact]:
        """The facts of these numbers, in order."""

    async def by_ids(self, ids: Sequence[FactId]) -> Sequence[Fact]:
        """Those of these ids that are in the stream, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The facts that wait in one document, which `source` and `key` lead to; in their order."""

    source: str
    key: str
    facts: tuple[Fact, ...]


class Outboxes(Protocol):
    """The documents in which facts wait to be relayed."""

    async def waiting(self, most: int, *, everywhere: bool = True) -> Sequence[Outbox]:
        """Some of those in which facts wait; else only where this process has lately said some."""

    async def clear(self, relayed: Sequence[Outbox]) -> None:
        """Take these facts out of their documents; what came to them since stays."""
