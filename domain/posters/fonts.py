"""The letters that posters are set in, and what stands in for a letter that no font has."""

import io
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

UNITS = 1000
"""Advances are measured in thousandths of the font size."""

STAND_IN = "·"
"""Stands where a character is missing: as quiet as the dot in 阿不都·热合曼, no box, no 〓.

Whose names have one is told by the import of guides and by each batch of posters.
"""

_EMOJI_SCALE = 0.8  # drawn this much smaller than the text, an emoji fills one character's square
_INVISIBLE = frozenset({"Cc", "Cf", "Mn", "Me", "Zl", "Zp"})


class Weight(StrEnum):
    """How heavy the strokes are."""

    REGULAR = "regular"
    BOLD = "bold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One character as pixels; `left` and `top` are px from the pen, which is on the baseline."""

    mask: Image.Image
    left: int
    top: int


class FontSet:
    """Two weights of a Chinese font and an emoji font, each given as the bytes of its file."""

    def __init__(self, *, regular: bytes, bold: bytes, emoji: bytes) -> None:
        self._files = {Weight.REGULAR: regular, Weight.BOLD: bold}
        self._emoji_file = emoji
        self.characters = _characters(regular) & _characters(bold)
        self.emoji = frozenset(
            c
            for c in _characters(emoji) - self.characters
            if unicodedata.category(c) not in _INVISIBLE
        )
        # Bound to this set of fonts, so that they are freed with it.
        self.glyph = lru_cache(maxsize=8192)(self._draw)
        self.advance = lru_cache(maxsize=16384)(self._measure)
        self._face = lru_cache(maxsize=64)(self._open)

    def missing(self, text: str) -> frozenset[str]:
        """The visible characters of a text that would be drawn as something else."""
        return frozenset(
            c
            for c in text
            if c not in self.characters
            and c not in self.emoji
            and unicodedata.category(c) not in _INVISIBLE
            and not c.isspace()
        )

    def lacking(self, text: str) -> str:
        """The characters of a text that only a middle dot can stand for, each once, in order."""
        lost = (c for c in text if c != STAND_IN and self._stand_in(c) == STAND_IN)
        return "".join(dict.fromkeys(lost))

    def visible(self, text: str) -> str:
        """The text as it will be drawn: every character that is left has a glyph.

        Joiners, variation selectors and skin tones go, since emoji are drawn one by one and in
        outline. Styled letters become plain ones (𝓐 → A), accents that the fonts lack are dropped,
        and a middle dot stands for anything else that is missing.
        """
        if self.characters.issuperset(text):
            return text
        return "".join(self._stand_in(c) for c in text)

    def _stand_in(self, character: str) -> str:
        if character in self.characters or character == "\n":
            return character
        if "\U0001f3fb" <= character <= "\U0001f3ff":  # skin tones
            return ""
        if character in self.emoji:
            return character
        if character.isspace():
            return " "
        if unicodedata.category(character) in _INVISIBLE:
            return ""
        for form in ("NFKC", "NFKD"):
            plain = unicodedata.normalize(form, character)
            kept = "".join(c for c in plain if c in self.characters)
            if kept and (form == "NFKD" or kept == plain):
                return kept
        return STAND_IN

    def _measure(self, character: str, weight: Weight) -> float:
        """How far the pen moves on, in thousandths of the font size."""
        return self._face_for(character, weight, UNITS).getlength(character)

    def _draw(self, character: str, weight: Weight, size: int) -> Glyph | None:
        """The glyph at a size in px, or None for white space."""
        face = self._face_for(character, weight, size)
        left, top, right, bottom = (int(v) for v in face.getbbox(character, anchor="ls"))
        if right <= left or bottom <= top:
            return None
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).text((-left, -top), character, fill=255, font=face, anchor="ls")
        return Glyph(mask=mask, left=left, top=top)

    def _face_for(self, character: str, weight: Weight, size: int) -> ImageFont.FreeTypeFont:
        if character in self.emoji:
            return self._face(None, max(1, round(size * _EMOJI_SCALE)))
        return self._face(weight, size)

    def _open(self, weight: Weight | None, size: int) -> ImageFont.FreeTypeFont:
        data = self._emoji_file if weight is None else self._files[weight]
        # The basic layout places characters one by one, as typesetting does here.
        return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)


def _characters(font: bytes) -> frozenset[str]:
    with TTFont(io.BytesIO(font), lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))
