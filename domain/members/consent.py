"""What a member allows us to do with what we know of them, purpose by purpose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What for; each is given and withdrawn by itself."""

    SERVICE = "SERVICE"
    MARKETING = "MARKETING"
    PROFILING = "PROFILING"
    FRANCHISEE = "FRANCHISEE"
    CHILD = "CHILD"


# What carrying out an order needs is allowed until it is withdrawn; all else once it is given.
ALLOWED_UNSAID = frozenset({Purpose.SERVICE})
LONGEST_PLACE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What was said last of one purpose, when and where: a screen, a store's till, a file."""

    purpose: Purpose
    given: bool
    at: datetime
    place: str


Consents = Mapping[Purpose, Consent]


def allows(consents: Consents, purpose: Purpose) -> bool:
    """Whether a purpose is allowed."""
    said = consents.get(purpose)
    return said.given if said else purpose in ALLOWED_UNSAID


def consents_of_all(several: Iterable[Consents]) -> dict[Purpose, Consent]:
    """What holds for one person of whom several members said something: who said no is heard."""
    found: dict[Purpose, Consent] = {}
    for consents in several:
        for purpose, said in consents.items():
            before = found.get(purpose)
            if before is None or (before.given, before.at) > (said.given, said.at):
                found[purpose] = said
    return found
