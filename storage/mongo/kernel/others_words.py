"""What later versions of the service have written inside documents, kept through our own writes.

A write leaves alone the fields of a document that it does not name; but what lies inside a field
that it does name would be lost: a line of an order that has one thing more, for example. So what
was met inside and not known is remembered when a document is read, and put back where it was when
the same thing is written. While one version runs alone there is nothing to remember.
"""

from collections.abc import Callable, Mapping
from collections.abc import Collection as Several
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from threading import Lock
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cachetools import LRUCache

# Read and written again by one request or one step of work: far fewer are on their way at once.
MOST = 20_000


@dataclass(slots=True)
class Left:
    """What one object has beside what is known, and the objects in it that have such things.

    `items` are of lists: each with its place, and the value of its first field, which is what it
    is found by should the list have changed.
    """

    extra: dict[str, Any] = field(default_factory=dict)
    below: dict[str, "Left"] = field(default_factory=dict)
    items: list[tuple[int, Any, "Left"]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.extra or self.below or self.items)


class OthersWords:
    """What was left of the things that this process has read lately."""

    def __init__(self) -> None:
        self._left: LRUCache[tuple[type, Any], Left] = LRUCache(MOST)
        self._lock = Lock()

    def note(
        self,
        kind: type,
        document: Mapping[str, Any],
        id: Any,
        value: Any,
        written: Callable[[Any], Any],
    ) -> None:
        """Remember what of a document's fields is not in what is made of it."""
        known = {one: document[one] for one in _shape(kind).inside if one in document}
        strange = any(_is_strange(part, known[one]) for one, part in _parts(kind, known))
        if not strange and not self._left:
            return
        left = _left(known, written(value)) if strange else None
        with self._lock:
            if left:
                self._left[kind, id] = left
            else:
                self._left.pop((kind, id), None)

    def put_back(self, kind: type, document: dict[str, Any]) -> None:
        """Put what was left of a thing into what is written of it."""
        if not self._left:
            return
        with self._lock:
            left = self._left.get((kind, document["_id"]))
        if left:
            _put_back(left, document)


OTHERS_WORDS = OthersWords()


@dataclass(frozen=True, slots=True)
class _Shape:
    """The names of an object's fields, and of those that hold objects what they hold."""

    names: frozenset[str]
    inside: Mapping[str, Any]


@cache
def _shape(kind: type) -> _Shape:
    hints = get_type_hints(kind)
    inside = {one.name: held for one in fields(kind) if (held := _held(hints[one.name]))}
    return _Shape(frozenset(one.name for one in fields(kind)), inside)


def _held(hint: Any) -> tuple[str, type] | None:
    """Whether a field holds one object, several, or some by their names, and of which kind."""
    hint = getattr(hint, "__supertype__", hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return "one", hint
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        found = [held for one in arguments if (held := _held(one))]
        return found[0] if len(found) == 1 else None
    if not isinstance(origin, type) or not arguments:
        return None
    if issubclass(origin, Mapping):
        of, way = _held(arguments[1]), "by name"
    elif issubclass(origin, Several):
        of, way = _held(arguments[0]), "several"
    else:
        return None
    return (way, of[1]) if of and of[0] == "one" else None


def _parts(kind: type, document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    inside = _shape(kind).inside
    return [(name, inside[name]) for name in inside if document.get(name)]


def _is_strange(held: tuple[str, type], value: Any) -> bool:
    """Whether there is something in a value that its kind does not know; at most too cautious."""
    way, kind = held
    if way == "one":
        some = [value]
    elif way == "by name":
        some = list(value.values()) if isinstance(value, Mapping) else []
    else:
        some = value if isinstance(value, list) else []
    names = _shape(kind).names
    return any(
        not names.issuperset(one) or any(_is_strange(p, one[n]) for n, p in _parts(kind, one))
        for one in some
        if isinstance(one, dict)
    )


def _left(found: Any, known: Any) -> Left:
    left = Left()
    if isinstance(found, Mapping) and isinstance(known, Mapping):
        for name, value in found.items():
            if name not in known:
                left.extra[name] = value
            elif below := _left(value, known[name]):
                left.below[name] = below
    elif isinstance(found, list) and isinstance(known, list | tuple) and len(found) == len(known):
        for place, (one, other) in enumerate(zip(found, known, strict=True)):
            if below := _left(one, other):
                left.items.append((place, _first(other), below))
    return left


def _first(value: Any) -> Any:
    return next(iter(value.values()), None) if isinstance(value, Mapping) else None


def _put_back(left: Left, value: Any) -> None:
    if isinstance(value, dict):
        for name, extra in left.extra.items():
            value.setdefault(name, extra)
        for name, below in left.below.items():
            _put_back(below, value.get(name))
    elif isinstance(value, list | tuple):
        for place, first, below in left.items:
            same = [one for one in value if _first(one) == first]
            # Several that begin alike are told apart by where they are.
            if place < len(value) and _first(value[place]) == first:
                _put_back(below, value[place])
            elif len(same) == 1:
                _put_back(below, same[0])
