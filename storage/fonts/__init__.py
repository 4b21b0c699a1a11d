"""The fonts that posters are set in, under the SIL Open Font License (OFL.txt)."""

from functools import cache
from pathlib import Path

from domain.posters.fonts import FontSet

FOLDER = Path(__file__).parent


@cache
def bundled() -> FontSet:
    """Noto Sans SC in two weights and Noto Emoji; read once in a process."""
    return FontSet(
        regular=(FOLDER / "NotoSansSC-Regular.otf").read_bytes(),
        bold=(FOLDER / "NotoSansSC-Bold.otf").read_bytes(),
        emoji=(FOLDER / "NotoEmoji-Regular.ttf").read_bytes(),
    )
