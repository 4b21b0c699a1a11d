"""The content check of installations without WeChat: a word list shipped with the project."""

import csv
from pathlib import Path

from domain.content.seeding.content_check import ContentVerdict
from domain.content.seeding.unwelcome_words import UnwelcomeWord, verdict_on

FILE = Path(__file__).parent.parent / "data" / "unwelcome_words.csv"


class WordListCheck:
    """Judges by a list: word, verdict (risky or review), harmless words with spaces between."""

    def __init__(self, file: Path = FILE) -> None:
        with file.open(encoding="utf-8", newline="") as lines:
            self.words = [
                UnwelcomeWord(
                    word=row["word"],
                    verdict=ContentVerdict(row["verdict"].upper()),
                    harmless=tuple(row["harmless"].split()),
                )
                for row in csv.DictReader(lines)
            ]

    async def judge(self, text: str, *, openid: str) -> ContentVerdict:
        """What to make of a text; who wrote it makes no difference here."""
        return verdict_on(text, self.words)
