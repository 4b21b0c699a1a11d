"""The table of divisions that is shipped with the project."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from domain.kernel.places import Datum, Position
from domain.network.divisions import Division, DivisionLevel, Divisions, FormerDivision

DATA = Path(__file__).parent / "data"


@cache
def read_divisions() -> Divisions:
    """Read the tables.

    That of divisions has adcode, name, level, parent, longitude, latitude (GCJ-02); that of former
    ones has code, name, today. The latter are those counties and districts that mergers and new
    names since 2000 took the code of, and whose one successor is in the first table.
    """
    former = (FormerDivision(**row) for row in _rows("former_divisions.csv"))
    return Divisions.of(map(_division, _rows("divisions.csv")), former)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


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
