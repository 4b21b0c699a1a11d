"""The content check of installations without WeChat: a word list shipped with the project."""

import csv
from pathlib import Path

from domain.content.seeding.content_check import ContentVerdict
from domain.kernel.text import fold

FILE = Path(__file__).parent.parent / "data" / "unwelcome_words.csv"


class WordListCheck:
    """Judges by the worst word that a text has, however it is spaced or written."""

    def __init__(self, file: Path = FILE) -> None:
        with file.open(encoding="utf-8", newline="") as lines:
            self._words = {
                fold(row["word"]): ContentVerdict(row["verdict"].upper())
                for row in csv.DictReader(lines)
            }

    async def judge(self, text: str, *, openid: str) -> ContentVerdict:
        """What to make of a text; who wrote it makes no difference here."""
        folded = fold(text).replace(" ", "")
        found = {verdict for word, verdict in self._words.items() if word in folded}
        for verdict in (ContentVerdict.RISKY, ContentVerdict.REVIEW):
            if verdict in found:
                return verdict
        return ContentVerdict.PASS
