"""JSON as strangers send it, read strictly and within bounds."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from api.kernel.limits import LONGEST_NUMBER, MAX_JSON_DEPTH, MAX_JSON_VALUES
from domain.kernel.lines import shown

# What a text can only contain where an escape wrote it: halves of surrogate pairs, and U+0000.
_SUSPICIOUS_ESCAPE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_NO_TEXT = re.compile("[\ud800-\udfff\0]")
_LONGEST_PATH = 80


class NotRead(ValueError):
    """The text is no JSON that can be taken; the message says why."""


def read_json(data: bytes | str, what: str = "The body") -> Any:
    """Read JSON in UTF-8; NotRead where it is none, too deep, too much, or holds no real text."""
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError:
        raise NotRead(f"{what} is not valid UTF-8.") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_each_once,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_no_constant,
        )
    except NotRead:
        raise
    except ValueError:
        raise NotRead(f"{what} is not valid JSON.") from None
    except RecursionError:
        raise NotRead(_too_deep(what)) from None
    if _needs_a_closer_look(text):
        _look_at(value, what)
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name given twice, one reader would take the first and another the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise NotRead(f"{shown(twice)} is given more than once in one object.")
    return found


def _int(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise NotRead(f"A number may have at most {LONGEST_NUMBER} digits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotRead("A number is too large to be read.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise NotRead(f"{name} is no number of JSON.")


def _needs_a_closer_look(text: str) -> bool:
    """Whether a value could be too deep, too much or no text; most can be seen not to be."""
    return (
        text.count("[") + text.count("{") > MAX_JSON_DEPTH
        or text.count(",") > MAX_JSON_VALUES
        or _SUSPICIOUS_ESCAPE.search(text) is not None
        or _NO_TEXT.search(text) is not None
    )


def _look_at(value: Any, what: str) -> None:
    """Refuse a value that is too deep or too much, or a text in it that is none."""
    waiting = [(value, "", 1)]
    seen = 0
    while waiting:
        one, path, depth = waiting.pop()
        seen += 1
        if seen > MAX_JSON_VALUES:
            raise NotRead(f"{what} has more than {MAX_JSON_VALUES:,} values; send it in parts.")
        if isinstance(one, str):
            _require_text(one, path or what)
        elif isinstance(one, dict | list):
            if depth > MAX_JSON_DEPTH:
                raise NotRead(_too_deep(what))
            waiting += [(below, f"{path}{key}", depth + 1) for key, below in _below(one, path)]


def _below(one: dict[str, Any] | list[Any], path: str) -> Iterator[tuple[str, Any]]:
    dot = "." if path else ""
    if isinstance(one, list):
        for index, below in enumerate(one):
            yield f"{dot}{index}", below
        return
    for key, below in one.items():
        _require_text(key, f"a name in {path or 'it'}")
        yield f"{dot}{key}", below


def _require_text(text: str, path: str) -> None:
    if found := _NO_TEXT.search(text):
        code = ord(found.group())
        raise NotRead(
            f"{path[:_LONGEST_PATH]} has U+{code:04X}, which is no character of a text; leave it "
            "out, or send whole characters."
        )


def _too_deep(what: str) -> str:
    return f"{what} is nested more than {MAX_JSON_DEPTH} levels deep."
