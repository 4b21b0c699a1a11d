"""The table of divisions that is shipped with the project."""

import csv
from functools import cache
from pathlib import Path

from domain.kernel.places import Datum, Position
from domain.network.divisions import Division, DivisionLevel, Divisions

FILE = Path(__file__).parent / "data" / "divisions.csv"


@cache
def read_divisions(file: Path = FILE) -> Divisions:
    """Read the table: adcode, name, level, parent, longitude, latitude (GCJ-02)."""
    with file.open(encoding="utf-8", newline="") as lines:
        return Divisions.of(_division(row) for row in csv.DictReader(lines))


def _division(row: dict[str, str]) -> Division:
    return Division(
        code=row["adcode"],
        name=row["name"],
        level=DivisionLevel(row["level"].upper()),
        parent=row["parent"] or None,
        centre=Position(
            longitude=float(row["longitude"]), latitude=float(row["latitude"]), datum=Datum.GCJ02
        ),
    )
