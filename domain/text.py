"""Text as people type it, made comparable."""

import re
import unicodedata
from collections.abc import Iterator

_WORD = re.compile(r"[a-z0-9]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]+")


def normalise(text: str) -> str:
    """Fold width, case and white space: ＡＢＣ　ｄ becomes "abc d"."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
