"""Small documents that are the sum of facts: each fact in each of them exactly once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from domain.kernel.facts import Batch, Fact

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """Which facts a document has in it: all up to a number that concern it, but for `missing`.

    The marks lie in the document and change in the same write as what they tell of, so that a
    follower may be handed the same facts again, in other batches, by two processes at once.
    """

    upto: int = 0
    missing: frozenset[int] = frozenset()
    generation: int = 1

    def new(self, facts: Sequence[Fact]) -> list[Fact]:
        """Those of the facts that are not in the document."""
        return [fact for fact in facts if fact.n > self.upto or fact.n in self.missing]

    def after(self, batch: Batch, added: Sequence[Fact]) -> "Included":
        """The marks with some facts of a batch added, which are all of it that concern this.

        What is not pending and not in the batch was handled for good, or is of no concern here.
        """
        still = {n for n in self.missing if n > batch.upto or n in batch.pending}
        passed_over = {n for n in batch.pending if self.upto < n <= batch.upto}
        return Included(
            upto=max(self.upto, batch.upto),
            missing=frozenset((still | passed_over) - {fact.n for fact in added}),
            generation=batch.generation,
        )


# What a document is with some more facts; it was None before the first of them.
Rule = Callable[[T | None, Sequence[Fact]], T]


class Folds(Protocol[T]):
    """Documents of one kind, by key, each the sum of the facts that concern it."""

    async def fold(
        self, batch: Batch, concerned: Mapping[str, Sequence[Fact]], rule: Rule[T]
    ) -> None:
        """Add a batch's facts to the documents that each concerns, and those alone that are new.

        Raises Conflict where others change one of the documents again and again, or where the
        batch is of a generation that is over; some of the documents may be written then.
        """
