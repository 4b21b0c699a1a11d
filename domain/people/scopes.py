"""How far a right goes: one's own, a store's, a region's, an owner's, everything."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypedDict


class Scope(StrEnum):
    """Whose things somebody may do something with; each beside the question that it answers."""

    OWN = "own"  # person: whose it is
    BONDED = "bonded customers"  # guide: whose customer it is about
    STORE = "store"  # store: which it belongs to
    REGION = "region"  # store or region
    OWNER = "owner"  # store or owner
    CHANNEL = "channel"  # channel: through which it came
    DEPARTMENT = "department"  # department: which it is of; an account of none has them all
    ALL = "all"


class About(TypedDict, total=False):
    """What a right is asked about; a store of None is a thing that no store has."""

    person: str | None
    guide: str | None
    store: str | None
    region: str | None
    owner: str | None
    department: str | None
    channel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePlace:
    """Where a store is, and whose."""

    region_id: str
    owner_id: str


class StorePlaces(Protocol):
    """Knows every store's place; asked at requests, so it is in memory."""

    def place_of(self, store_id: str) -> StorePlace | None:
        """A store's place; None where there is no such store."""


class Nowhere:
    """Knows no store: whoever's right is a region's or an owner's reaches none by it."""

    def place_of(self, store_id: str) -> StorePlace | None:
        """That there is none."""
        return None


NOWHERE: StorePlaces = Nowhere()
