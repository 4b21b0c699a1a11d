"""Why an order is credited to whom it is, and why not to others whose links its buyer followed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.mall.orders.order import Order, Orders
from domain.mall.stock.pools import OrderId
from domain.people.act import Act
from domain.sharing.attribution import CREDIT_WINDOW, Credit

LOOKED_BACK = timedelta(days=60)
MOST_CANDIDATES = 50


class CreditVerdict(StrEnum):
    """What became of one who might have been credited."""

    CREDITED = "CREDITED"
    ANOTHER_NAMED = "ANOTHER_NAMED"
    FOLLOWED_BEFORE = "FOLLOWED_BEFORE"
    TOO_OLD = "TOO_OLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCandidate:
    """A link that the buyer followed before they ordered, or that the order named."""

    credit: Credit
    verdict: CreditVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCredit:
    """All who might have been credited for an order, the newest touch first.

    `named` says that the order came with a share code, which wins over all touches.
    """

    order_id: OrderId
    named: bool
    candidates: tuple[CreditCandidate, ...]


class TouchTrail(Protocol):
    """The way by which somebody came."""

    async def touches_of(
        self, person_id: PersonId, *, since: datetime, until: datetime, most: int
    ) -> Sequence[Credit]:
        """The newest touches of a person between two moments, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainPorts(Ports):
    """What explaining needs."""

    orders: Orders
    trail: TouchTrail


async def explain_credit(ports: ExplainPorts, act: Act, order_id: str) -> ExplainedCredit:
    """Why an order is credited to whom it is, and why not to others."""
    act.viewer.require("attribution.explain")
    order = await ports.orders.by_id(OrderId(order_id))
    if order is None:
        raise NotFound(f"There is no order {order_id}; look its id up.", field=["orderId"])
    touches = await ports.trail.touches_of(
        order.buyer_id,
        since=order.placed_at - LOOKED_BACK,
        until=order.placed_at,
        most=MOST_CANDIDATES,
    )
    return explained(order, touches)


def explained(order: Order, touches: Sequence[Credit]) -> ExplainedCredit:
    """What became of each touch before an order; who is credited was decided when it was placed."""
    credited = order.credit
    # Whoever is named by the order is credited as if their link had been followed just then.
    named = credited is not None and credited.touched_at == order.placed_at
    candidates = [
        CreditCandidate(credit=one, verdict=_verdict(order, one, named=named))
        for one in touches
        if one != credited
    ]
    if credited is not None:
        chosen = CreditCandidate(credit=credited, verdict=CreditVerdict.CREDITED)
        # A link that was followed again after the order has a later moment by now.
        candidates.insert(_place(credited, candidates), chosen)
    return ExplainedCredit(order_id=order.id, named=named, candidates=tuple(candidates))


def _verdict(order: Order, touch: Credit, *, named: bool) -> CreditVerdict:
    if touch.touched_at < order.placed_at - CREDIT_WINDOW:
        return CreditVerdict.TOO_OLD
    return CreditVerdict.ANOTHER_NAMED if named else CreditVerdict.FOLLOWED_BEFORE


def _place(credited: Credit, candidates: Sequence[CreditCandidate]) -> int:
    return sum(one.credit.touched_at > credited.touched_at for one in candidates)
