"""Who may be credited for an order: whose link brought the buyer, and whose customer they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.sharing.touches import FRIEND


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The guide whose share link brought the buyer, through which link and when."""

    guide_id: GuideId
    store_id: StoreId
    share_code: str
    touched_at: datetime

    @property
    def by_link(self) -> bool:
        """Whether they came through a link, and are not a friend alone."""
        return not self.share_code.startswith(FRIEND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Who has a claim to an order: the link that it came by, and the guide whose customer buys.

    A customer is the guide's whose link they followed last, or whose friend they became since,
    however long ago.
    """

    shared: Credit | None = None
    bonded_to: GuideId | None = None


class Touches(Protocol):
    """Visits through share links."""

    async def last_credit(
        self, ids: Sequence[PersonId], *, since: datetime, by_link: bool = False
    ) -> Credit | None:
        """The newest touch of a consumer, by any id, since a moment; None where there is none.

        `by_link` leaves out that they became somebody's friend.
        """

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        """Who gave a share code out, as a touch through it at this moment; None if nobody did."""


class Visits(Protocol):
    """Visits to advisors in stores, which customers booked."""

    async def advisor_of(self, ids: Sequence[PersonId], at: datetime) -> GuideId | None:
        """With whom a consumer, by any id, is at a moment; None where they are with nobody."""


class CreditWindow(Protocol):
    """Knows how long a visit through a share link counts; asked at requests, so it is in memory."""

    def window(self) -> timedelta:
        """How long before an order, as known in this process."""


async def claims_to(
    touches: Touches,
    buyer_ids: Sequence[PersonId],
    *,
    share_code: str | None,
    now: datetime,
    window: timedelta,
) -> Claims:
    """Who has a claim to an order placed now.

    It is shared by whoever gave out the share code that came with it, else by whoever's link the
    buyer came through last within the window. A code that nobody gave out costs nobody the order.
    """
    named = await touches.shared_by(share_code, now=now) if share_code else None
    last = recent = await touches.last_credit(buyer_ids, since=BEGINNING)
    if last and not last.by_link:
        recent = await touches.last_credit(buyer_ids, since=now - window, by_link=True)
    if recent and recent.touched_at < now - window:
        recent = None
    return Claims(shared=named or recent, bonded_to=last.guide_id if last else None)
