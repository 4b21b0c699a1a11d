"""Whose words a text has, when several people wrote at it one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.kernel.ids import PersonId
from domain.kernel.text import fold

# A run of so many letters or characters is somebody's words; a shorter text is so as a whole.
RUN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody wrote, with all that they left as it was."""

    person_id: PersonId
    texts: Sequence[str]


def writers(texts: Iterable[str], history: Sequence[Written]) -> frozenset[PersonId]:
    """Those whose words still stand in some texts: who was the first to write them.

    `history` is in the order of the writing. Width, case, marks and blanks make no difference.
    """
    left = _runs(texts)
    known: set[str] = set()
    read: set[str] = set()
    found: set[PersonId] = set()
    for one in history:
        news = [text for text in one.texts if text not in read]
        read.update(news)
        theirs = _runs(news) - known
        known |= theirs
        if not theirs.isdisjoint(left):
            found.add(one.person_id)
    return frozenset(found)


def _runs(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        folded = fold(text).replace(" ", "")
        found.update(folded[i : i + RUN] for i in range(max(1, len(folded) - RUN + 1)))
    return found - {""}
