"""Codes by which customers join groups, each for whom a segment names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.audiences.segments import SegmentId
from domain.contact.groups import GroupId
from domain.contact.ways import WayState
from domain.network.stores import StoreId

# WeCom's own bound; document/path/92229. A full group is followed by a new one.
MOST_GROUPS_IN_A_WAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupWay:
    """A store's code to some groups; without a segment it is for everybody."""

    id: WayState
    store_id: StoreId
    name: str
    group_ids: tuple[GroupId, ...]
    segment_id: SegmentId | None = None
    config_id: str = ""
    qr_url: str = ""
    version: int = 0


class GroupWays(Protocol):
    """All such codes."""

    async def by_id(self, id: WayState) -> GroupWay | None:
        """The code of a state."""

    async def of_store(self, store_id: StoreId) -> Sequence[GroupWay]:
        """A store's codes, by name."""

    async def save(self, way: GroupWay, *, expected: int) -> None:
        """Write a code over the expected version, 0 for a new one; else Conflict."""
