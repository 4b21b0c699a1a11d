"""The patterns of claims that China's advertising law forbids, shipped with the project."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from re import Pattern

from domain.content.reviews.claims import ClaimClass, ClaimPattern, ClaimRules, compiled
from domain.content.reviews.disguises import Disguises

FOLDER = Path(__file__).parent / "data"


@cache
def read_claims(folder: Path = FOLDER) -> ClaimRules:
    """Read the four lists: claims, the words in their patterns, innocent readings, disguises.

    Alternatives of words, and `unless` and `meant` with several entries, have spaces between.
    """
    words = {row["name"]: row["words"] for row in _rows(folder / "claim_words.csv")}
    innocent: dict[ClaimClass, list[Pattern[str]]] = defaultdict(list)
    for row in _rows(folder / "innocent_readings.csv"):
        innocent[ClaimClass(row["class"])].append(compiled(row["pattern"], words))
    return ClaimRules(
        patterns=[_claim(row, words) for row in _rows(folder / "advertising_claims.csv")],
        innocent=innocent,
        disguises=_disguises(folder / "claim_disguises.csv"),
    )


def _claim(row: dict[str, str], words: Mapping[str, str]) -> ClaimPattern:
    return ClaimPattern(
        kind=ClaimClass(row["class"]),
        pattern=compiled(row["pattern"], words),
        blocking=row["severity"] == "blocking",
        said_of=compiled(row["said_of"], words) if row["said_of"] else None,
        unless=tuple(compiled(one, words) for one in row["unless"].split()),
        advice=row["advice"],
        source=row["source"],
    )


def _disguises(file: Path) -> Disguises:
    meant: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(file):
        meant[row["kind"]][row["shown"]] = row["meant"]
    return Disguises(
        look_alikes=meant["look"],
        sound_alikes=meant["sound"],
        syllables={shown: characters.split() for shown, characters in meant["pinyin"].items()},
    )


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
