"""How many claims of a labelled corpus the claims check finds, and where it is wrong.

The corpus is parted by the first byte of each sentence's SHA-256: even ones are to tune by, odd
ones to test by. An innocent sentence has the class of what it could be taken for.
"""

import argparse
import csv
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.content.reviews.claims import ClaimFound, find_claims
from storage.advertising_claims import FOLDER, read_claims

FILE = FOLDER / "claims_corpus.csv"
HALVES = ("tune", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A sentence of the corpus, with what the check finds in it."""

    text: str
    kind: str
    claim: bool
    half: str
    found: Sequence[ClaimFound]

    def blocked(self, kind: str | None = None) -> bool:
        """Whether a claim, of some class if one is given, bars it."""
        return any(
            one.claim.blocking and kind in (None, one.claim.kind.value) for one in self.found
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of what was judged, None of nothing.

    `precision` is the share of claims in what is found, `blocking_precision` in what is barred.
    """

    claims: int
    innocent: int
    recall: float | None
    false_alarms: float | None
    precision: float | None
    blocked: int
    blocking_precision: float | None


def judge(file: Path = FILE) -> list[Judged]:
    """The whole corpus, judged by the patterns that the project ships."""
    rules = read_claims()
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Judged(
                text=row["text"],
                kind=row["class"],
                claim=row["claim"] == "yes",
                half=half(row["text"]),
                found=find_claims(row["text"], rules),
            )
            for row in csv.DictReader(lines)
        ]


def half(text: str) -> str:
    """The half of the corpus that a sentence is in."""
    return HALVES[hashlib.sha256(text.encode()).digest()[0] % 2]


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of some sentences."""
    claims = [one for one in judged if one.claim]
    innocent = [one for one in judged if not one.claim]
    return Figures(
        claims=len(claims),
        innocent=len(innocent),
        recall=_share(claims, lambda one: bool(one.found)),
        false_alarms=_share(innocent, lambda one: bool(one.found)),
        precision=_share([one for one in judged if one.found], lambda one: one.claim),
        blocked=sum(one.blocked() for one in judged),
        blocking_precision=_share([one for one in judged if one.blocked()], lambda one: one.claim),
    )


def blocking_precision(judged: Sequence[Judged], kind: str) -> float | None:
    """The share of claims in what the blocking patterns of a class bar."""
    return _share([one for one in judged if one.blocked(kind)], lambda one: one.claim)


def main() -> int:
    """Print recall, false alarms and precision by class for both halves."""
    parser = argparse.ArgumentParser(prog="scripts/bench claims", description=__doc__)
    parser.add_argument(
        "--wrong", action="store_true", help="list what is wrong in the half to tune by"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    judged = judge()
    took = time.perf_counter() - started
    print("\n".join(_table(judged)))
    print(f"{len(judged)} sentences judged in {took:.2f} s")
    if options.wrong:
        print("\n".join(_wrong(judged)))
    return 0


def _table(judged: Sequence[Judged]) -> Iterator[str]:
    yield "half class         claims  recall  innocent  false alarms  precision  barred  precision"
    for name in HALVES:
        part = [one for one in judged if one.half == name]
        for kind in sorted({one.kind for one in part}):
            yield _line(name, kind, figures([one for one in part if one.kind == kind]))
        yield _line(name, "all", figures(part))


def _line(half: str, kind: str, of: Figures) -> str:
    return (
        f"{half} {kind:<12} {of.claims:>8} {_percent(of.recall):>7} {of.innocent:>9} "
        f"{_percent(of.false_alarms):>13} {_percent(of.precision):>10} "
        f"{of.blocked:>7} {_percent(of.blocking_precision):>10}"
    )


def _wrong(judged: Sequence[Judged]) -> Iterator[str]:
    for one in judged:
        if one.half == "tune" and one.claim != bool(one.found):
            hits = ", ".join(one.text[hit.start : hit.end] for hit in one.found)
            yield f"{'missed' if one.claim else 'false'} {one.kind}: {one.text} [{hits}]"


def _share(of: Sequence[Judged], which: Callable[[Judged], bool]) -> float | None:
    return sum(map(which, of)) / len(of) if of else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


if __name__ == "__main__":
    raise SystemExit(main())
