"""Touches: visits through share links, each visitor counted once in a short interval.

Who becomes a guide's friend in WeCom is their customer as after such a visit. That is a touch too,
by a code that no link has; it makes somebody a customer, and no order one that was shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from domain.content.scenes import Scene
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.sharing.share_links import ShareCode, ShareLink

FRIEND = "friend:"
TOUCH_INTERVAL = timedelta(minutes=30)
"""However often one visitor opens a link within such a window, it is one touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One visit through a link: who, when, from which scene; counted once per short interval."""

    code: ShareCode
    guide_id: GuideId
    store_id: StoreId
    scene: Scene
    person_id: PersonId
    touched_at: datetime

    @property
    def id(self) -> str:
        """The same for every visit of a person through a link in one interval."""
        window = (self.touched_at - datetime(1970, 1, 1, tzinfo=UTC)) // TOUCH_INTERVAL
        return f"{self.code}:{self.person_id}:{window}"


class TouchLog(Protocol):
    """Where touches are written down."""

    async def add(self, touch: Touch, facts: Sequence[Fact] = ()) -> None:
        """Note a touch; another one in its interval only moves the moment on, never back.

        The first one in an interval says the facts in the same write.
        """

    async def counts(self, codes: Sequence[ShareCode]) -> Mapping[ShareCode, int]:
        """How many touches links have had; one that had none is left out."""


def touch_of(link: ShareLink, visitor: PersonId, at: datetime) -> Touch:
    """A visit through a link."""
    return Touch(
        code=link.code,
        guide_id=link.guide_id,
        store_id=link.store_id,
        scene=link.scene,
        person_id=visitor,
        touched_at=at,
    )


def friend_touch(guide_id: GuideId, store_id: StoreId, member_id: PersonId, at: datetime) -> Touch:
    """That a member became a guide's friend."""
    return Touch(
        code=ShareCode(f"{FRIEND}{guide_id}"),
        guide_id=guide_id,
        store_id=store_id,
        scene=Scene.ONE_TO_ONE,
        person_id=member_id,
        touched_at=at,
    )
