"""Text set into a box: where lines break, how large the letters are, what is left out.

The line-breaking rules are those of 标点符号用法 (GB/T 15834) and W3C's Requirements for Chinese
Text Layout: closing punctuation never starts a line, opening punctuation never ends one, a dash
or an ellipsis of two characters stays whole, and so do Latin words and numbers.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from domain.posters.fonts import UNITS

ELLIPSIS = "…"

_NEVER_FIRST = frozenset(
    "、，。．：；！？…—·‥〜～％‰℃°”’〞）］｝〕〉》」』】〗〙〛,.:;!?%)]}»›ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NEVER_LAST = frozenset("“‘〝（［｛〔〈《「『【〖〘〚([{«‹￥¥$£€＃#")
_LETTER = r"A-Za-z0-9\u00c0-\u017f０-９Ａ-Ｚａ-ｚ"
_UNBROKEN = re.compile(
    rf"——|……|[{_LETTER}](?:[{_LETTER}'’&@#%+/_\-.,:×]*[{_LETTER}%+])?|.", re.DOTALL
)

Advance = Callable[[str], float]


class Align(StrEnum):
    """Where lines stand between the left and the right of their box."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """How a text may be set; sizes in px, `line_height` as a multiple of the size."""

    size: int
    min_size: int
    max_lines: int
    line_height: float
    align: Align


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Lines at the size that was chosen; `cut` where something had to be left out."""

    size: int
    lines: tuple[str, ...]
    cut: bool


def fit(text: str, *, width: int, height: int, style: TextStyle, advance: Advance) -> Setting:
    """Set a text as large as its box and style allow; what doesn't fit the least size is cut.

    `advance` gives a character's width in thousandths of the font size.
    """
    text = text.strip()
    if "\n" not in text:
        whole = measure(text, advance)
        if style.max_lines == 1 or whole * style.size <= width * UNITS:
            size = min(style.size, height, int(width * UNITS / max(whole, 1)))
            if size >= style.min_size:
                return Setting(size=size, lines=(text,), cut=False)
    widest = max((measure(piece.rstrip(), advance) for piece in _pieces(text)), default=0.0)
    for size in _sizes(style):
        room = width * UNITS / size
        allowed = lines_allowed(height, size, style)
        lines = break_lines(text, room, advance)
        if len(lines) <= allowed and widest <= room and size <= height:
            return Setting(size=size, lines=tuple(balanced(text, lines, room, advance)), cut=False)
    return Setting(size=size, lines=shortened(lines, allowed, room, advance), cut=True)


def _sizes(style: TextStyle) -> Iterator[int]:
    size = style.size
    while size > style.min_size:
        yield size
        size = min(size - 1, size * 24 // 25)
    yield style.min_size


def lines_allowed(height: int, size: int, style: TextStyle) -> int:
    """How many lines go in; the first needs no more than the size itself, and is always set."""
    more = int(max(0, height - size) / (size * style.line_height) + 1e-9)
    return min(style.max_lines, 1 + more)


def measure(line: str, advance: Advance) -> float:
    """The width of a line in thousandths of the font size."""
    return sum(map(advance, line))


def break_lines(text: str, room: float, advance: Advance) -> list[str]:
    """Fill lines one after another; only a single character may be wider than the room."""
    lines = []
    for paragraph in text.strip().split("\n"):
        line = ""
        used = 0.0
        for piece in _pieces(paragraph):
            width = measure(piece, advance)
            if used + measure(piece.rstrip(), advance) <= room:
                line, used = line + piece, used + width
                continue
            if line.strip():
                lines.append(line.rstrip())
            *full, line = _forced(piece.lstrip(), room, advance)
            lines.extend(full)
            used = measure(line, advance)
        lines.append(line.rstrip())
    return lines


def balanced(text: str, lines: list[str], room: float, advance: Advance) -> list[str]:
    """Even out a short paragraph's lines, so that no last line holds a single character."""
    if not 2 <= len(lines) <= 3 or "\n" in text or len(lines[-1]) > 2:
        return lines
    even = sum(measure(line, advance) for line in lines) / len(lines)
    for step in range(8):
        narrower = break_lines(text, even + (room - even) * step / 8, advance)
        if len(narrower) == len(lines):
            return narrower
    return lines


def shortened(lines: list[str], allowed: int, room: float, advance: Advance) -> tuple[str, ...]:
    """The lines that are allowed; an ellipsis ends each one that had to give something up."""
    kept = lines[:allowed]
    dropped = len(lines) > allowed
    for i, line in enumerate(kept):
        last = dropped and i == len(kept) - 1
        if last or measure(line, advance) > room:
            kept[i] = _with_ellipsis(line, room, advance)
    return tuple(kept)


def _with_ellipsis(line: str, room: float, advance: Advance) -> str:
    left = room - advance(ELLIPSIS)
    while line and (
        measure(line, advance) > left or line[-1] in _NEVER_LAST or line[-1] in "、，。；：,.;: …"
    ):
        line = line[:-1]
    return line + ELLIPSIS


def _pieces(paragraph: str) -> Iterator[str]:
    """What may not be broken: words, numbers, and characters with the marks that cling to them."""
    piece = ""
    for before, after in pairwise(["", *_UNBROKEN.findall(paragraph), ""]):
        if piece and not _clings(before, after):
            yield piece
            piece = ""
        piece += after
    if piece:
        yield piece


def _clings(before: str, after: str) -> bool:
    return after[:1].isspace() or after[:1] in _NEVER_FIRST or before[-1:] in _NEVER_LAST


def _forced(piece: str, room: float, advance: Advance) -> list[str]:
    """Break a piece that is wider than a whole line wherever it has to be."""
    lines = [""]
    for character in piece:
        line = lines[-1]
        if not line or measure(line, advance) + advance(character) <= room:
            lines[-1] = line + character
            continue
        carried = character
        while len(line) > 1 and (carried[0] in _NEVER_FIRST or line[-1] in _NEVER_LAST):
            line, carried = line[:-1], line[-1] + carried
        lines[-1:] = [line, carried]
    return lines
