"""Text as people type it, made comparable."""

import unicodedata


def normalise(text: str) -> str:
    """Fold width, case and white space: ＡＢＣ　ｄ becomes "abc d"."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
