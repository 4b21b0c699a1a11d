"""What may be said where nobody reviews a text before it is shown."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.kernel.refusals import Invalid, refuse_all


class Wording(Protocol):
    """The one check of texts that go out without a review; posts are told the same by theirs."""

    def refused(self, text: str, field: Sequence[str]) -> Iterable[Invalid]:
        """What in a text may not be published for certain; doubts are not told."""


def sayable(wording: Wording, text: str, before: str | None, field: Sequence[str]) -> str:
    """A name that people are shown; refused with all that may not be said in it.

    One that stands as it was before is left as it is.
    """
    if text != before:
        refuse_all(wording.refused(text, field))
    return text
