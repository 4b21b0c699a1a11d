"""A page of a list, as a cursor connection needs it."""

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from domain.kernel.refusals import Invalid

T = TypeVar("T")
U = TypeVar("U")

MAX_PAGE = 100
# Stands before the name of a list in a cursor that leads back.
BACK = "<"
# No key that was ever given out is larger.
_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The first so many items after a cursor, 1 to 100; before it, if it is one that leads back."""

    first: int = 20
    after: str | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is empty or too large."""
        if not 1 <= self.first <= MAX_PAGE:
            raise Invalid(f"Ask for 1 to {MAX_PAGE} items at a time.", field=["first"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items in order, each with its cursor, and how many there are in all.

    `back` is the cursor that leads to the page before; None on the first, and where a list goes
    forward alone.
    """

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    total: int
    back: str | None = None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """The same page of other things."""
        return Page(
            items=[change(item) for item in self.items],
            cursors=self.cursors,
            has_next=self.has_next,
            total=self.total,
            back=self.back,
        )


async def every_page(ask: Callable[[PageRequest], Awaitable[Page[T]]]) -> AsyncIterator[Page[T]]:
    """All pages of a list, one after the other, each as large as a page may be."""
    after: str | None = None
    while True:
        page = await ask(PageRequest(first=MAX_PAGE, after=after))
        yield page
        if not page.has_next:
            return
        after = page.cursors[-1]


class Cursors:
    """The cursors of one list: its name, which no other list has, and the kinds of its sort key.

    A cursor that another list gave out is as Invalid as one that nobody did.
    """

    def __init__(self, name: str, *kinds: type) -> None:
        self._name = name
        self._kinds = kinds

    def write(self, *key: Any) -> str:
        """Make an opaque cursor of a sort key."""
        return self._written(self._name, key)

    def write_back(self, *key: Any) -> str:
        """Make a cursor that leads to what comes before a sort key."""
        return self._written(BACK + self._name, key)

    def read(self, cursor: str | None) -> tuple[Any, ...] | None:
        """Read the sort key back; None at the beginning of the list."""
        key, backwards = self.read_either(cursor)
        if backwards:
            raise _not_of_this_list()
        return key

    def read_either(self, cursor: str | None) -> tuple[tuple[Any, ...] | None, bool]:
        """Read the sort key back, and whether what comes before it is asked for."""
        if cursor is None:
            return None, False
        try:
            found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            name, *values = found
            if name not in (self._name, BACK + self._name):
                raise ValueError(name)
            key = tuple(
                _from_json(value, kind) for value, kind in zip(values, self._kinds, strict=True)
            )
        except (binascii.Error, ValueError, TypeError, RecursionError, OverflowError):
            raise _not_of_this_list() from None
        return key, name != self._name

    def _written(self, name: str, key: tuple[Any, ...]) -> str:
        values = [_to_json(value) for value in key]
        text = json.dumps([name, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _not_of_this_list() -> Invalid:
    return Invalid(
        "This cursor is not one of this list; start from the first page.", field=["after"]
    )


def _to_json(value: Any) -> Any:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _from_json(value: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if type(value) is not kind:
        raise TypeError(value)
    if isinstance(value, int) and value.bit_length() >= _BITS:
        raise OverflowError(value)
    if isinstance(value, str):
        # Half of a character is none.
        value.encode()
    return value


def page_in_order(
    items: Sequence[T], key: Callable[[T], tuple[Any, ...]], request: PageRequest, cursors: Cursors
) -> Page[T]:
    """A page of a list that is in memory already, ascending by a key that no two items share.

    It goes on from the key, so that what came or went before it neither repeats nor skips an item.
    """
    position, backwards = cursors.read_either(request.after)
    if position is not None and backwards:
        end = bisect_left(items, position, key=key)
        start = max(0, end - request.first)
    else:
        start = 0 if position is None else bisect_right(items, position, key=key)
        end = start + request.first
    chosen = items[start:end]
    return Page(
        items=chosen,
        cursors=[cursors.write(*key(item)) for item in chosen],
        has_next=start + len(chosen) < len(items),
        total=len(items),
        back=cursors.write_back(*key(chosen[0])) if start and chosen else None,
    )
