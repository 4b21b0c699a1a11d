"""Rules in versions: each is written once, holds until the next does, and is never changed.

Whatever a version has made is reversed by what it made, never by a newer one; so all are kept, and
whoever freezes something by a rule keeps the number of its version with it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class RuleVersion(Protocol):
    """One version of a rule, from a moment on; number 0 is the one that holds before any is set."""

    @property
    def version(self) -> int:
        """Counts up each time that the rule is set."""

    @property
    def set_at(self) -> datetime:
        """From when on it holds."""


R = TypeVar("R", bound=RuleVersion)


class RuleVersions(Protocol[R]):
    """The versions of one rule."""

    def now(self) -> R:
        """The newest version, as known in this process; version 0 where none was ever set."""

    async def add(self, rule: R) -> None:
        """Write a version down; Conflict where it is there already, or the one before is not."""

    async def versions(self) -> Sequence[R]:
        """All versions that were ever set, the newest first."""


def rule_at(versions: Sequence[R], at: datetime, first: R) -> R:
    """The version that held at a moment; `first` where none had been set by then."""
    return max((one for one in versions if one.set_at <= at), key=_number, default=first)


def _number(rule: RuleVersion) -> int:
    return rule.version
