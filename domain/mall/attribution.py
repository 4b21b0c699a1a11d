"""Who is credited for an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.mall.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.viewer import PersonId

# A visit through a share link counts for an order placed within this time of it.
CREDIT_WINDOW = timedelta(days=15)


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
