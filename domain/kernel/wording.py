"""What may be said where nobody reviews a text before it is shown."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.kernel.refusals import Invalid


class Wording(Protocol):
    """The one check of texts that go out without a review; posts are told the same by theirs."""

    def refused(self, text: str, field: Sequence[str]) -> Iterable[Invalid]:
        """What in a text may not be published for certain; doubts are not told."""
