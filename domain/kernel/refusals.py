"""What the business says no to, and why.

    Refusal
    ├── Invalid           a value can't be accepted; `field` says which
    ├── NotFound          nothing has that id, or the viewer may not know that it does
    ├── Unauthenticated   sign in first, or sign in again
    ├── Forbidden         signed in, but not allowed
    ├── Conflict          somebody else changed it first; load it again
    │   └── Overtaken     so it was with some of several; the others are written
    ├── WrongState        not possible in the state it is in
    ├── TooMany           a limit was reached
    ├── OutOfStock        fewer units are left than asked for
    ├── Unavailable       an outside service does not answer
    └── Several           more than one of the above at once

A refusal is an expected answer and reaches the client as data; a bug stays an ordinary exception.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import ClassVar


class RefusalCode(StrEnum):
    """The closed set of reasons that a client can act on."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    WRONG_STATE = "WRONG_STATE"
    TOO_MANY = "TOO_MANY"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    UNAVAILABLE = "UNAVAILABLE"


class Refusal(Exception):
    """A request that the business turns down, with a message that says what to do next."""

    code: ClassVar[RefusalCode]

    def __init__(self, message: str, *, field: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = tuple(field)

    def parts(self) -> tuple["Refusal", ...]:
        """The single refusals in this one."""
        return (self,)


class Invalid(Refusal):
    """A value can't be accepted."""

    code = RefusalCode.INVALID


class NotFound(Refusal):
    """Nothing has that id, or the viewer may not know that it does."""

    code = RefusalCode.NOT_FOUND


class Unauthenticated(Refusal):
    """The viewer must sign in, or sign in again."""

    code = RefusalCode.UNAUTHENTICATED


class Forbidden(Refusal):
    """The viewer is known but may not do this."""

    code = RefusalCode.FORBIDDEN


class Conflict(Refusal):
    """Somebody else changed it first."""

    code = RefusalCode.CONFLICT


class Overtaken(Conflict):
    """Somebody else changed some of several things first, `ids`; the others are written."""

    def __init__(self, message: str, *, ids: Iterable[str]) -> None:
        super().__init__(message)
        self.ids = frozenset(ids)


class WrongState(Refusal):
    """The action is not possible in the present state."""

    code = RefusalCode.WRONG_STATE


class TooMany(Refusal):
    """A limit was reached."""

    code = RefusalCode.TOO_MANY


class OutOfStock(Refusal):
    """Fewer units are left than asked for; `sku` and `left` say of what and how many."""

    code = RefusalCode.OUT_OF_STOCK

    def __init__(self, message: str, *, sku: str, left: int, field: Sequence[str] = ()) -> None:
        super().__init__(message, field=field)
        self.sku = sku
        self.left = left


class Unavailable(Refusal):
    """An outside service does not answer."""

    code = RefusalCode.UNAVAILABLE


class Several(Refusal):
    """More than one refusal at once; the first one's code stands for all."""

    code = RefusalCode.INVALID

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self._parts = tuple(refusals)
        super().__init__("\n".join(part.message for part in self._parts))

    def parts(self) -> tuple[Refusal, ...]:
        """The single refusals in this one."""
        return self._parts


def refuse_all(refusals: Iterable[Refusal]) -> None:
    """Raise what was found wrong, as one refusal; nothing found, nothing raised."""
    found = tuple(refusals)
    if len(found) == 1:
        raise found[0]
    if found:
        raise Several(found)
