"""State machines as tables, and the record of every step through them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

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


def step(
    table: Mapping[S, frozenset[S]], *, subject: str, kind: str, before: S, after: S, act: Cause
) -> Step:
    """Record a transition that the table allows; any other is a WrongState that names both."""
    if after not in table[before]:
        possible = ", ".join(sorted(table[before])) or "nothing; this is its end"
        raise WrongState(
            f"This {kind} is {before} and can't become {after}; possible from here: {possible}."
        )
    return Step(
        subject=subject,
        kind=kind,
        before=before,
        after=after,
        actor=act.actor,
        at=act.at,
        reason=act.reason,
    )


def begin(*, subject: str, kind: str, after: StrEnum, act: Cause) -> Step:
    """Record that something came to be."""
    return Step(
        subject=subject,
        kind=kind,
        before=None,
        after=after,
        actor=act.actor,
        at=act.at,
        reason=act.reason,
    )
