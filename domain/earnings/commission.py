"""What a credited order earns its guide, and what refunds take back of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.money import Fen, split
from domain.kernel.ports import Ports
from domain.people.accounts import GuideId
from domain.people.act import Act

# 5 % of what the buyer keeps.
RATE_PERMILLE = 50

COMMISSION_FACTS = frozenset({FactKind("payment.paid"), FactKind("refund.done")})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionEntry:
    """One line of an order's commission: earned, or below 0 taken back; `cause` is an id."""

    amount: Fen
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What one order earns the guide who is credited for it, with every entry that made it so."""

    order_id: str
    guide_id: GuideId
    entries: tuple[CommissionEntry, ...] = ()

    @property
    def amount(self) -> Fen:
        """What it comes to."""
        return Fen(sum(entry.amount for entry in self.entries))


class Commissions(Folds[Commission], Protocol):
    """The commissions by the ids of their orders."""

    async def by_orders(self, order_ids: Sequence[str]) -> Mapping[str, Commission]:
        """The commissions of those orders that earn one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsPorts(Ports):
    """What the earnings of guides need."""

    commissions: Commissions


async def follow_payments(ports: EarningsPorts, act: Act, batch: Batch) -> None:
    """Let the commission of credited orders follow what was paid and given back."""
    credited: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if fact.data["guideId"] is not None:
            credited.setdefault(fact.data["orderId"], []).append(fact)
    await ports.commissions.fold(batch, credited, with_payments)


async def commissions_by_orders(
    ports: EarningsPorts, act: Act, order_ids: Sequence[str]
) -> Mapping[str, Commission]:
    """What orders earn their guides, for whoever may see the orders."""
    return await ports.commissions.by_orders(order_ids)


def due(kept: Fen) -> Fen:
    """The commission on what was paid and not given back; the odd fen goes by largest remainder."""
    return split(kept, [RATE_PERMILLE, 1000 - RATE_PERMILLE])[0]


def with_payments(commission: Commission | None, facts: Sequence[Fact]) -> Commission:
    """The commission with an entry more for each payment or refund that changes it.

    The entries always sum to what is due on what is kept by then, so that all refunds together
    take back exactly what was earned.
    """
    for fact in facts:
        data = fact.data
        if commission is None:
            commission = Commission(order_id=data["orderId"], guide_id=data["guideId"])
        kept = Fen(data["paidFen"] - data["refundedFen"])
        entry = CommissionEntry(
            amount=Fen(due(kept) - commission.amount), cause=data["cause"], at=fact.at
        )
        if entry.amount:
            commission = replace(commission, entries=(*commission.entries, entry))
    assert commission is not None, "facts are folded only where there are any"
    return commission
