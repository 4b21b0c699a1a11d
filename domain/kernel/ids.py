"""What names things: ids that are made, and the source that makes them."""

from collections.abc import Callable
from typing import NewType

PersonId = NewType("PersonId", str)

# Given what kind of thing it is to name, a new id such as `order_01jd3…`.
NewId = Callable[[str], str]
