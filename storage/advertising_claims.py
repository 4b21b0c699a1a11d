"""The list of claims that China's advertising law forbids, shipped with the project."""

import csv
from functools import cache
from pathlib import Path

from domain.content.reviews.claims import ForbiddenClaim

FILE = Path(__file__).parent / "data" / "advertising_claims.csv"


@cache
def read_claims(file: Path = FILE) -> tuple[ForbiddenClaim, ...]:
    """Read the list: term, source, certain (yes or no), except (separated by ;), advice."""
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(_claim(row) for row in csv.DictReader(lines))


def _claim(row: dict[str, str]) -> ForbiddenClaim:
    return ForbiddenClaim(
        term=row["term"],
        source=row["source"],
        certain=row["certain"] == "yes",
        exceptions=tuple(one for one in row["except"].split(";") if one),
        advice=row["advice"],
    )
