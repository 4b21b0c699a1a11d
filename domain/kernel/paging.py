"""A page of a list, as a cursor connection needs it."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from domain.kernel.refusals import Invalid

T = TypeVar("T")
U = TypeVar("U")

MAX_PAGE = 100
# No key that was ever given out is larger.
_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The first so many items after a cursor; 1 to 100 of them."""

    first: int = 20
    after: str | None = None

    def __post_init__(self) -> None:
        """Refuse a page that is empty or too large."""
        if not 1 <= self.first <= MAX_PAGE:
            raise Invalid(f"Ask for 1 to {MAX_PAGE} items at a time.", field=["first"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items in order, each with its cursor, and how many there are in all."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    total: int

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """The same page of other things."""
        return Page(
            items=[change(item) for item in self.items],
            cursors=self.cursors,
            has_next=self.has_next,
            total=self.total,
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
        values = [_to_json(value) for value in key]
        text = json.dumps([self._name, *values], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read(self, cursor: str | None) -> tuple[Any, ...] | None:
        """Read the sort key back; None at the beginning of the list."""
        if cursor is None:
            return None
        try:
            found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            name, *values = found
            if name != self._name:
                raise ValueError(name)
            return tuple(
                _from_json(value, kind) for value, kind in zip(values, self._kinds, strict=True)
            )
        except (binascii.Error, ValueError, TypeError, RecursionError, OverflowError):
            raise Invalid(
                "This cursor is not one of this list; start from the first page.", field=["after"]
            ) from None


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
    position = cursors.read(request.after)
    start = 0 if position is None else bisect_right(items, position, key=key)
    chosen = items[start : start + request.first]
    return Page(
        items=chosen,
        cursors=[cursors.write(*key(item)) for item in chosen],
        has_next=start + len(chosen) < len(items),
        total=len(items),
    )
