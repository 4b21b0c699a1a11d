"""What is known of an order's money and goods, by what was said of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.earnings.journals import Account
from domain.earnings.terms import Terms
from domain.kernel.money import NOTHING, Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldGoods:
    """Units of one SKU and what was to be paid for all of them, or was paid back."""

    sku: str
    quantity: int
    payable: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class SentGoods:
    """Units of one SKU that left a store, and whose they were."""

    owner: Account
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderKnowledge:
    """What is known of one order's money and goods, or of a purchase's at a till.

    `paid_at` is when the order was, `sent_at` when the last of the goods left a store; those that
    were `called_off` never do. `given_back` are the lines of refunds, which tills tell.
    """

    order_id: str
    terms: Terms | None = None
    goods: tuple[SoldGoods, ...] = ()
    paid: Fen = NOTHING
    refunded: Fen = NOTHING
    sent: tuple[SentGoods, ...] = ()
    returned: tuple[SentGoods, ...] = ()
    called_off: tuple[SentGoods, ...] = ()
    open_returns: tuple[str, ...] = ()
    given_back: tuple[SoldGoods, ...] = ()
    paid_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def kept(self) -> Fen:
        """What was paid and not given back."""
        return Fen(self.paid - self.refunded)

    @property
    def unsent(self) -> Mapping[str, int]:
        """The units that are still to leave a store."""
        left = Counter({one.sku: one.quantity for one in self.goods})
        for gone in (*self.sent, *self.called_off):
            left[gone.sku] -= gone.quantity
        return {sku: n for sku, n in left.items() if n > 0}
