"""Who is credited for an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

# A visit through a share link counts for an order placed within this time of it.
CREDIT_WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """The guide whose share link brought the buyer, through which link and when."""

    guide_id: GuideId
    store_id: StoreId
    share_code: str
    touched_at: datetime


class Touches(Protocol):
    """Visits through share links."""

    async def last_credit(self, person_id: PersonId, *, since: datetime) -> Credit | None:
        """The newest touch of this consumer at or after a moment; None where there is none."""

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        """Who gave a share code out, as a touch through it at this moment; None if nobody did."""


async def credit_for(
    touches: Touches, buyer_id: PersonId, *, share_code: str | None, now: datetime
) -> Credit | None:
    """Who is credited for an order placed now.

    That is whoever gave out the share code that came with the order, else whoever's link the buyer
    came through last within the window. A code that nobody gave out costs nobody the order.
    """
    if share_code:
        credit = await touches.shared_by(share_code, now=now)
        if credit is not None:
            return credit
    return await touches.last_credit(buyer_id, since=now - CREDIT_WINDOW)
