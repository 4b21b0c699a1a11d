"""Why an order is credited to whom it is, and why not to others who might have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.earnings.bookkeeping import BooksOfOrders
from domain.earnings.line_credits import CreditRole, LineCredit, line_credits
from domain.earnings.order_books import OrderBooks
from domain.earnings.split_rules import FIRST_RULE, SplitRule
from domain.earnings.terms import Terms
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.rule_versions import RuleVersions, rule_at
from domain.mall.orders.order import Order, Orders
from domain.mall.stock.pools import OrderId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.sharing.attribution import Credit

LOOKED_BACK = timedelta(days=60)
MOST_CANDIDATES = 50


class CreditVerdict(StrEnum):
    """What became of one who might have been credited."""

    CREDITED = "CREDITED"
    ANOTHER_NAMED = "ANOTHER_NAMED"
    FOLLOWED_BEFORE = "FOLLOWED_BEFORE"
    TOO_OLD = "TOO_OLD"
    OWN_PURCHASE = "OWN_PURCHASE"
    GREATER_COUNTS = "GREATER_COUNTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCandidate:
    """A guide who might have been credited, for sharing or for serving, and what became of it.

    Whoever is a candidate for sharing is so by a link that the buyer followed, or that the order
    named; for serving, as the one whose customer the buyer was.
    """

    role: CreditRole
    guide_id: GuideId
    verdict: CreditVerdict
    link: Credit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCredit:
    """All who might have been credited for an order, the newest touch first; then who serves.

    `named` says that the order came with a share code, which wins over all touches. `rule_version`
    is the rule by which it is divided; it has that, and `credits`, once it is paid.
    """

    order_id: OrderId
    named: bool
    candidates: tuple[CreditCandidate, ...]
    rule_version: int | None = None
    credits: tuple[LineCredit, ...] = ()


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
    rules: RuleVersions[SplitRule]
    books: BooksOfOrders


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
    rule = rule_at(await ports.rules.versions(), order.placed_at, FIRST_RULE)
    books = next(iter(await ports.books.by_ids([order.id])), None)
    return explained(order, touches, books, window=rule.window)


def explained(
    order: Order, touches: Sequence[Credit], books: OrderBooks | None, *, window: timedelta
) -> ExplainedCredit:
    """What became of each who might be credited.

    Whose link counts was decided when the order was placed, what they have of it when it was paid.
    """
    credited, terms = order.credit, books.terms if books else None
    # Whoever is named by the order is credited as if their link had been followed just then.
    named = credited is not None and credited.touched_at == order.placed_at
    lost = CreditVerdict.ANOTHER_NAMED if named else CreditVerdict.FOLLOWED_BEFORE
    candidates = [
        CreditCandidate(
            role=CreditRole.SHARE,
            guide_id=one.guide_id,
            verdict=CreditVerdict.TOO_OLD if one.touched_at < order.placed_at - window else lost,
            link=one,
        )
        for one in touches
        if one != credited
    ]
    if credited is not None:
        chosen = CreditCandidate(
            role=CreditRole.SHARE,
            guide_id=credited.guide_id,
            verdict=_verdict(terms, CreditRole.SHARE, credited.guide_id),
            link=credited,
        )
        # A link that was followed again after the order has a later moment by now.
        candidates.insert(_place(credited, touches), chosen)
    if order.bonded_to is not None:
        verdict = _verdict(terms, CreditRole.SERVICE, order.bonded_to)
        candidates.append(
            CreditCandidate(role=CreditRole.SERVICE, guide_id=order.bonded_to, verdict=verdict)
        )
    return ExplainedCredit(
        order_id=order.id,
        named=named,
        candidates=tuple(candidates),
        rule_version=terms.rule_version if terms else None,
        credits=line_credits(books) if books else (),
    )


def _verdict(terms: Terms | None, role: CreditRole, guide_id: GuideId) -> CreditVerdict:
    if terms is None:
        return CreditVerdict.CREDITED
    if guide_id in terms.own:
        return CreditVerdict.OWN_PURCHASE
    mine, others = (
        [getattr(one, name) for one in terms.rates]
        for name in (("share", "service") if role is CreditRole.SHARE else ("service", "share"))
    )
    return CreditVerdict.CREDITED if any(mine) or not any(others) else CreditVerdict.GREATER_COUNTS


def _place(credited: Credit, touches: Sequence[Credit]) -> int:
    return sum(one.touched_at > credited.touched_at for one in touches if one != credited)
