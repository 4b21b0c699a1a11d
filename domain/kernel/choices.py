"""Closed sets whose members files name in the code's words or in those of shops."""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Self, TypeVar

from domain.kernel.lines import shown
from domain.kernel.refusals import Invalid


class ClosedSet(StrEnum):
    """A closed set; each member has its value, then the Chinese names that it goes by."""

    called: tuple[str, ...]

    def __new__(cls, value: str, *called: str) -> Self:
        """A member of this value, known by these names too."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.called = called
        return member


C = TypeVar("C", bound=ClosedSet)


def read_choice(text: str, choices: type[C], field: Sequence[str]) -> C:
    """The member that a text names; case and width do not matter."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    for one in choices:
        if plain in (one.value, *one.called):
            return one
    known = ", ".join(f"{one} ({one.called[0]})" for one in choices)
    raise Invalid(f"{shown(text)} is not one of {known}.", field=field)
