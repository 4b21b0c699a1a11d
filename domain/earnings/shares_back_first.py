"""Shares that come back before the refund that they are asked back for.

The buyer's money is what franchisees had of it, so it is fetched before it is given back. A buyer
waits only so long for that: what has not come back by then is asked for all the same, and what a
merchant can't give back its owner owes.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.earnings.payment_sharing import (
    PaymentSharing,
    ShareOutcome,
    SharingState,
    owed_back,
)
from domain.earnings.sharing_out import SharingOutPorts
from domain.kernel.money import Fen
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.people.act import Act

LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharesBackFirst:
    """See `domain.mall.fulfilment.ports.BeforeRefunds`."""

    sharing: SharingOutPorts

    async def may_go(
        self, act: Act, order_id: str, refunded: Fen, *, requested_at: datetime
    ) -> bool:
        """Whether a refund may be asked for now, after which the buyer has so much back in all.

        What has to come back for it is asked for by the clock.
        """
        found = await self.sharing.sharings.by_id(order_id)
        if found is None or act.at - requested_at >= LONGEST_WAIT:
            return True
        if found.state is not SharingState.HELD and not found.shares:
            return True
        expected = replace(found, expected=max(found.expected, refunded))
        if found.state is SharingState.HELD:
            # It is shared by what is left then.
            return expected == found or await self._noted(expected)
        if found.state is SharingState.DONE and not await self._something_to_come(expected):
            return True
        if found.state is SharingState.DONE and (expected != found or found.due is None):
            await self._noted(replace(expected, due=act.at))
        return False

    async def _something_to_come(self, sharing: PaymentSharing) -> bool:
        if any(one.outcome is ShareOutcome.WAITING for one in sharing.backs):
            return True
        books = await self.sharing.books.by_ids([sharing.id])
        return any(owed_back(sharing, one) for one in books)

    async def _noted(self, sharing: PaymentSharing) -> bool:
        """Write it down; False where the clock was faster, and it is to be looked at again."""
        with suppress(Conflict):
            await self.sharing.sharings.save(risen(sharing), expected=sharing.version)
            return True
        return False
