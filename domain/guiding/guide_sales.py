"""What guides have sold: each order once, with all that was paid back of it.

It is the guide's who shared what was bought, else of whoever's customer the buyer is. What guides
buy themselves is nobody's sale.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.kernel.facts import Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen, part_of
from domain.people.accounts import GuideId
from domain.sharing.share_links import ShareCode

SOLD = FactKind("order.paid")
PAID_BACK = FactKind("refund.done")
SALE_FACTS = frozenset({SOLD, PAID_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """What was paid for one product of an order."""

    product: str
    paid: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRefund:
    """One refund of an order: so much of what was `paid`, after so much `before` it."""

    id: str
    at: datetime
    amount: Fen
    before: Fen
    paid: Fen

    def of(self, sold: int) -> int:
        """Its part of what was sold; all refunds of an order together take exactly all of it."""
        return part_of(Fen(sold), self.paid, before=self.before, count=self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideSale:
    """What is known of one order: it has no guide before it is known what was sold."""

    id: str
    guide_id: GuideId | None = None
    share_code: ShareCode | None = None
    buyer_id: PersonId | None = None
    sold_at: datetime | None = None
    lines: tuple[SoldLine, ...] = ()
    refunds: tuple[SaleRefund, ...] = ()

    @property
    def net(self) -> int:
        """What was paid for it, less what was paid back."""
        sold = sum(one.paid for one in self.lines)
        return sold - sum(one.of(sold) for one in self.refunds)


class GuideSales(Folds[GuideSale], Protocol):
    """The sales by the ids of their orders."""

    async def by_ids(self, ids: Sequence[str]) -> Sequence[GuideSale]:
        """Those of these orders of which anything is known."""

    async def by_links(self, codes: Sequence[ShareCode]) -> Sequence[GuideSale]:
        """Those of orders that some links brought."""


def with_sale(sale: GuideSale | None, facts: Sequence[Fact]) -> GuideSale:
    """A sale with more of what happened, in whatever order that is heard of."""
    for fact in facts:
        known = sale or GuideSale(id=fact.data["orderId"])
        sale = _sold(known, fact) if fact.kind == SOLD else _paid_back(known, fact)
    assert sale is not None, "facts are folded only where there are any"
    return sale


def _sold(sale: GuideSale, fact: Fact) -> GuideSale:
    guide = fact.data["guideId"] or fact.data.get("bondedGuideId")
    return replace(
        sale,
        guide_id=GuideId(guide) if guide else None,
        share_code=fact.data.get("shareCode"),
        buyer_id=PersonId(fact.data["buyerId"]),
        sold_at=fact.at,
        lines=tuple(
            SoldLine(product=one["productId"], paid=Fen(one["payableFen"]))
            for one in fact.data["lines"]
        ),
    )


def _paid_back(sale: GuideSale, fact: Fact) -> GuideSale:
    amount = fact.data["details"]["amountFen"]
    refund = SaleRefund(
        id=fact.data["of"],
        at=fact.at,
        amount=Fen(amount),
        before=Fen(fact.data["refundedFen"] - amount),
        paid=Fen(fact.data["paidFen"]),
    )
    return replace(sale, refunds=(*sale.refunds, refund))
