"""State machines as tables, and the record of every step through them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from domain.kernel.refusals import WrongState

S = TypeVar("S", bound=StrEnum)

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who does something, when and why; `actor` is a person's id, or `system`."""

    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transition: of what, from which state to which (None at its beginning), by whom."""

    subject: str
    kind: str
    before: str | None
    after: str
    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """The states of one kind of thing: in which it may begin, and where it may go from each.

    A test walks through every machine of the domain: each state can be reached from a beginning.
    """

    kind: str
    begins: frozenset[S]
    next: Mapping[S, frozenset[S]]

    def begin(self, subject: str, after: S, cause: Cause) -> Step:
        """Record that something came to be in one of its first states."""
        if after not in self.begins:
            raise ValueError(f"a {self.kind} does not begin {after}")
        return self._step(subject, None, after, cause)

    def step(self, subject: str, before: S, after: S, cause: Cause) -> Step:
        """Record a transition that the table allows; any other is a WrongState that names both."""
        self.require(before, after)
        return self._step(subject, before, after, cause)

    def require(self, before: S, after: S) -> None:
        """Refuse a transition that the table does not allow."""
        if after not in self.next[before]:
            possible = ", ".join(sorted(self.next[before])) or "nothing; this is its end"
            raise WrongState(
                f"This {self.kind} is {before} and can't become {after}; "
                f"possible from here: {possible}."
            )

    def _step(self, subject: str, before: S | None, after: S, cause: Cause) -> Step:
        return Step(
            subject=subject,
            kind=self.kind,
            before=before,
            after=after,
            actor=cause.actor,
            at=cause.at,
            reason=cause.reason,
        )
