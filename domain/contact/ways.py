"""Ways: the codes through which customers add guides, told apart by their state.

A guide has one for good. A store or a campaign of it has codes that lead to several guides.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType, Protocol

from domain.contact.wecom import Welcome
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

WayState = NewType("WayState", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A code and the welcome that fits it; `name` tells a store's codes apart, None of a guide's.

    `config_id` is what WeCom calls it and shows nowhere again; None until WeCom has made it.
    `link_url` leads to a chat of a guide's, where the company has such links.
    """

    id: WayState
    store_id: StoreId
    guide_ids: tuple[GuideId, ...]
    name: str | None = None
    welcome: Welcome | None = None
    config_id: str | None = None
    qr_url: str | None = None
    link_url: str | None = None
    version: int = 0


class Ways(Protocol):
    """All codes."""

    async def by_id(self, id: WayState) -> Way | None:
        """The code of a state."""

    async def of_stores(self, store_ids: Sequence[StoreId]) -> Sequence[Way]:
        """The codes of stores and of their guides, each store's by name."""

    async def save(self, way: Way, *, expected: int) -> None:
        """Write a code over the expected version, 0 for a new one; else Conflict."""


def guide_state(guide_id: str) -> WayState:
    """The state of a guide's own code, the same for ever."""
    return _state("guide", guide_id)


def store_state(store_id: str, name: str) -> WayState:
    """The state of one of a store's codes."""
    return _state("store", store_id, name)


def group_state(store_id: str, name: str) -> WayState:
    """The state of one of a store's codes to groups."""
    return _state("groups", store_id, name)


def _state(*parts: str) -> WayState:
    """A state within WeCom's 30 characters, which says nothing to who reads it."""
    return WayState(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20])
