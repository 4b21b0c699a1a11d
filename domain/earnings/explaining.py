"""Why an order is credited to whom it is, and why not to others who might have been."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.earnings.bookkeeping import BooksOfOrders, TouchTrail
from domain.earnings.line_credits import GUIDE_ROLES, CreditRole, LineCredit, line_credits
from domain.earnings.order_books import OrderBooks
from domain.earnings.split_rules import FIRST_RULE, GuideTier, Overlap, SplitRule
from domain.earnings.terms import Terms
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.rule_versions import RuleVersions, rule_at
from domain.mall.orders.order import Orders
from domain.mall.stock.pools import OrderId
from domain.members.channel_purchases import ChannelPurchases, PurchaseId
from domain.members.merges import Merges
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
    NO_RATE = "NO_RATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditCandidate:
    """A guide who might have been credited, for sharing or for serving, and what became of it.

    Whoever is a candidate for sharing is so by a link that the buyer followed, or that the order
    named; for service, as the one whose customer the buyer was; for serving, at the till. `tier` is
    what they had reached when it was paid, and their rates were changed by.
    """

    role: CreditRole
    guide_id: GuideId
    verdict: CreditVerdict
    link: Credit | None = None
    tier: GuideTier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCredit:
    """All who might have been credited, the newest touch first; then who serves or served.

    `named` says that the order came with a share code, which wins over all touches. `rule_version`
    is the rule by which it is divided; it has that, and `credits`, once it is paid.
    """

    order_id: str
    named: bool
    candidates: tuple[CreditCandidate, ...]
    rule_version: int | None = None
    credits: tuple[LineCredit, ...] = ()


class Sold(Protocol):
    """What was sold and when, and who had a claim to it by then."""

    @property
    def id(self) -> str:
        """The order's id, or the purchase's."""

    @property
    def placed_at(self) -> datetime:
        """When it was ordered, or bought at the till."""

    @property
    def credit(self) -> Credit | None:
        """The link that it came by."""

    @property
    def bonded_to(self) -> GuideId | None:
        """The guide whose customer bought it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldAtTill:
    """A purchase, as an order is told; see `Sold`."""

    id: str
    placed_at: datetime
    credit: Credit | None
    bonded_to: GuideId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainPorts(Ports):
    """What explaining needs."""

    orders: Orders
    trail: TouchTrail
    merges: Merges
    rules: RuleVersions[SplitRule]
    books: BooksOfOrders
    purchases: ChannelPurchases


async def explain_credit(ports: ExplainPorts, act: Act, order_id: str) -> ExplainedCredit:
    """Why an order or a purchase is credited to whom it is, and why not to others."""
    act.viewer.require("attribution.explain")
    books = next(iter(await ports.books.by_ids([order_id])), None)
    order = await ports.orders.by_id(OrderId(order_id))
    sold: Sold
    if order is not None:
        sold, touches = order, await _touches(ports, order.buyer_id, order.placed_at)
    else:
        sold, touches = await _bought(ports, order_id, books)
    versions = await ports.rules.versions()
    rule = rule_at(versions, sold.placed_at, FIRST_RULE)
    number = books.terms.rule_version if books and books.terms else None
    paid_by = next((one for one in versions if one.version == number), FIRST_RULE)
    return explained(sold, touches, books, window=rule.window, overlap=paid_by.overlap)


async def _touches(ports: ExplainPorts, buyer: PersonId, at: datetime) -> Sequence[Credit]:
    also = [one.id for one in await ports.merges.aliases([buyer])]
    return await ports.trail.touches_of(
        [buyer, *also], since=at - LOOKED_BACK, until=at, most=MOST_CANDIDATES
    )


async def _bought(
    ports: ExplainPorts, id: str, books: OrderBooks | None
) -> tuple[Sold, Sequence[Credit]]:
    """A purchase, by the terms in its books, and the links that whoever bought had followed."""
    key = PurchaseId(id)
    found = (await ports.purchases.by_ids([key])).get(key)
    if found is None or found.bought is None:
        raise NotFound(f"There is no order {id}; look its id up.", field=["orderId"])
    buyer, terms = found.member_id, books.terms if books else None
    touches = await _touches(ports, buyer, found.bought.at) if buyer else []
    shared_by, bonded_to = (terms.guide_id, terms.service_id) if terms else (None, None)
    credit = next((one for one in touches if one.guide_id == shared_by), None)
    sold = SoldAtTill(id=id, placed_at=found.bought.at, credit=credit, bonded_to=bonded_to)
    return sold, touches


def explained(
    order: Sold,
    touches: Sequence[Credit],
    books: OrderBooks | None,
    *,
    window: timedelta,
    overlap: Overlap = Overlap.ADD,
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
        chosen = _claimant(terms, CreditRole.SHARE, credited.guide_id, overlap)
        chosen = replace(chosen, link=credited)
        # A link that was followed again after the order has a later moment by now.
        candidates.insert(_place(credited, touches), chosen)
    if order.bonded_to is not None:
        candidates.append(_claimant(terms, CreditRole.SERVICE, order.bonded_to, overlap))
    if terms and terms.serving_id is not None:
        candidates.append(_claimant(terms, CreditRole.SERVING, terms.serving_id, overlap))
    return ExplainedCredit(
        order_id=order.id,
        named=named,
        candidates=tuple(candidates),
        rule_version=terms.rule_version if terms else None,
        credits=line_credits(books) if books else (),
    )


def _claimant(
    terms: Terms | None, role: CreditRole, guide_id: GuideId, overlap: Overlap
) -> CreditCandidate:
    tiers = dict(zip(GUIDE_ROLES, terms.tiers, strict=False)) if terms else {}
    return CreditCandidate(
        role=role,
        guide_id=guide_id,
        verdict=_verdict(terms, role, guide_id, overlap),
        tier=tiers.get(role),
    )


def _verdict(
    terms: Terms | None, role: CreditRole, guide_id: GuideId, overlap: Overlap
) -> CreditVerdict:
    if terms is None:
        return CreditVerdict.CREDITED
    if guide_id in terms.own:
        return CreditVerdict.OWN_PURCHASE
    rates = {
        CreditRole.SHARE: [one.share for one in terms.rates],
        CreditRole.SERVICE: [one.service for one in terms.rates],
        CreditRole.SERVING: [one.serving for one in terms.rates],
    }
    if any(rates.pop(role)) or not terms.rates:
        return CreditVerdict.CREDITED
    others = any(any(theirs) for theirs in rates.values())
    outdone = others and overlap is not Overlap.ADD
    return CreditVerdict.GREATER_COUNTS if outdone else CreditVerdict.NO_RATE


def _place(credited: Credit, touches: Sequence[Credit]) -> int:
    return sum(one.touched_at > credited.touched_at for one in touches if one != credited)
