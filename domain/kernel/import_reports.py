"""What came of a file that was taken in, or what would come of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=str)

MOST_GROUPS = 100
# Of a group, so many lines are named.
MOST_LINES = 20
MOST_CHANGES = 100
# What is no change of the thing itself.
_OWN = frozenset({"version", "since"})
_VALUE = re.compile(r"'[^']*'|\S*[0-9]\S*")


class ImportMode(StrEnum):
    """What to do with the good rows of a file that has bad ones too."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING"
    GOOD_ROWS = "GOOD_ROWS"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with one row; `line` counts from 1, the header being line 1 of a CSV file."""

    file: str
    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        """file:line: column: message, as compilers write it."""
        where = f"{self.file}:{self.line}"
        return (
            f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """One fault that many rows have: its first message, how often it is, and where first."""

    column: str | None
    message: str
    count: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChange:
    """What an import makes of one thing: `differences` are `field: before → after`."""

    id: str
    is_new: bool
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of a file, or would come of it; `changes` are the first of those that it makes.

    `notes` are what is worth knowing of the file as a whole.
    """

    rows: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    changes: tuple[ImportChange, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def bad_rows(self) -> int:
        """How many rows can't be taken."""
        return len({(error.file, error.line) for error in self.errors})


def grouped(errors: Iterable[RowError]) -> list[ErrorGroup]:
    """The same faults told once, the most frequent first, at most MOST_GROUPS of them.

    Messages are the same where only codes, numbers and quoted values differ.
    """
    found: dict[tuple[str | None, str], list[RowError]] = {}
    for error in errors:
        found.setdefault((error.column, _VALUE.sub("…", error.message)), []).append(error)
    groups = [
        ErrorGroup(
            column=column,
            message=same[0].message,
            count=len(same),
            lines=tuple(error.line for error in same[:MOST_LINES]),
        )
        for (column, _), same in found.items()
    ]
    return sorted(groups, key=lambda group: -group.count)[:MOST_GROUPS]


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two values differ, field by field, as somebody reads it before agreeing to it."""
    if before == after:
        return []
    if is_dataclass(before) and type(before) is type(after):
        pairs = [
            (one.name, getattr(before, one.name), getattr(after, one.name))
            for one in fields(before)
            if one.name not in _OWN
        ]
        return [
            one
            for name, old, new in pairs
            for one in differences(old, new, f"{path}.{name}" if path else name)
        ]
    return [f"{path or 'value'}: {_short(before)} → {_short(after)}"]


def _short(value: Any) -> str:
    if isinstance(value, frozenset | set):
        value = ", ".join(sorted(map(str, value)))
    elif isinstance(value, tuple | list):
        value = ", ".join(map(str, value))
    text = "—" if value in (None, "") else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def report(
    *,
    existing: Mapping[K, T],
    values: Mapping[K, T],
    errors: Sequence[RowError],
    warnings: Sequence[RowError] = (),
) -> ImportReport:
    """Count what writing the values over the existing ones of the same keys does."""
    created = sum(key not in existing for key in values)
    unchanged = sum(existing.get(key) == value for key, value in values.items())
    different = [key for key, value in values.items() if existing.get(key) != value]
    return ImportReport(
        rows=len(values) + len({(error.file, error.line) for error in errors}),
        created=created,
        changed=len(values) - created - unchanged,
        unchanged=unchanged,
        errors=tuple(errors),
        warnings=tuple(dict.fromkeys(warnings)),
        changes=tuple(
            ImportChange(
                id=key,
                is_new=key not in existing,
                differences=tuple(differences(existing[key], values[key]))
                if key in existing
                else (),
            )
            for key in different[:MOST_CHANGES]
        ),
    )


def plan_import(
    *,
    existing: Mapping[K, T],
    values: Mapping[K, T],
    errors: Sequence[RowError],
    mode: ImportMode,
    warnings: Sequence[RowError] = (),
) -> tuple[dict[K, T], ImportReport]:
    """Decide what an import writes, and report on it.

    Only what is new or different is written; nothing at all where one bad row is to stop the file.
    """
    counted = report(existing=existing, values=values, errors=errors, warnings=warnings)
    if errors and mode is ImportMode.ALL_OR_NOTHING:
        return {}, replace(counted, created=0, changed=0, unchanged=0, changes=())
    changes = {key: value for key, value in values.items() if existing.get(key) != value}
    return changes, counted
