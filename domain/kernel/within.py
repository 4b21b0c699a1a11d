"""Bounds of whole numbers, stated beside the values that have them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.refusals import Invalid


@dataclass(frozen=True, slots=True)
class Within:
    """From a number to another, both included."""

    low: int
    high: int

    def read(self, value: int, field: Sequence[str] = ()) -> int:
        """The number, or Invalid by the field where it lies outside."""
        if not self.low <= value <= self.high:
            raise Invalid(f"write a number from {self.low:,} to {self.high:,}.", field=field)
        return value
