"""How a basket stands while rules are applied to it one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.catalogue.catalogue import Sku
from domain.kernel.money import NOTHING, Fen, split
from domain.promotions.baskets import Basket, Shopper
from domain.promotions.offers import (
    Coupon,
    FreeShipping,
    Gift,
    Measure,
    Offer,
    OfferId,
    OfferKind,
    Tiers,
)
from domain.promotions.shipping_fees import Zone, shipping_fee


class RuleOutcome(StrEnum):
    """What became of a rule, and why."""

    APPLIED = "APPLIED"
    NOT_NOW = "NOT_NOW"
    NOT_HERE = "NOT_HERE"
    NOT_FOR_THIS_BUYER = "NOT_FOR_THIS_BUYER"
    NO_SUCH_GOODS = "NO_SUCH_GOODS"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"
    DOES_NOT_COMBINE = "DOES_NOT_COMBINE"
    ANOTHER_IS_BETTER = "ANOTHER_IS_BETTER"
    NOTHING_TO_GIVE = "NOTHING_TO_GIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """How many fen or pieces are missing to an offer's next step."""

    by: Measure
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One line of a price's trace: a rule, what became of it, and what it gave in fen."""

    offer: Offer
    outcome: RuleOutcome
    given: Fen = NOTHING
    missing: Missing | None = None
    coupon: Coupon | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What one version of a rule takes off all pieces of a SKU together; refunds are made by it."""

    sku: Sku
    offer_id: OfferId
    offer_version: int
    name: str
    amount: Fen

    @classmethod
    def by(cls, offer: Offer, sku: Sku, amount: Fen) -> "Allocation":
        """What an offer takes off a SKU."""
        return cls(
            sku=sku,
            offer_id=offer.id,
            offer_version=offer.version,
            name=offer.name,
            amount=amount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a rule would give: fen off the lines it holds for, by index; a gift; the shipping."""

    shares: tuple[tuple[int, Fen], ...] = ()
    gift: Gift | None = None
    shipping: FreeShipping | None = None
    missing: Missing | None = None

    @property
    def amount(self) -> Fen:
        """All fen that it takes off the goods."""
        return Fen(sum(share for _, share in self.shares))

    @property
    def worthless(self) -> bool:
        """Whether it gives nothing at all."""
        return not (self.amount or self.gift or self.shipping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A rule, the lines of its goods by index, and the coupon that it is the rule of."""

    offer: Offer
    lines: Sequence[int]
    coupon: Coupon | None = None


class Reckoning:
    """What each line still costs, and which rules hold for it.

    `held` are the kinds of those rules, `welcome` the kinds that all of them go together with.
    `rechecked` are those whose thresholds are asked for again, and what these counted of each SKU.
    """

    __slots__ = (
        "applied",
        "basket",
        "gifts",
        "held",
        "left",
        "rechecked",
        "shipping",
        "traced",
        "welcome",
    )

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.left = [line.amount for line in basket.lines]
        self.held: list[frozenset[OfferKind]] = [frozenset() for _ in basket.lines]
        self.welcome = [frozenset(OfferKind) for _ in basket.lines]
        self.applied: list[tuple[Offer, Gain]] = []
        self.gifts: list[tuple[Offer, Gift]] = []
        self.shipping: list[tuple[Offer, FreeShipping]] = []
        self.traced: list[Traced] = []
        self.rechecked: list[tuple[Offer, Mapping[Sku, int]]] = []

    def copy(self) -> "Reckoning":
        """Another one that goes on from here, to try something out."""
        other = Reckoning.__new__(Reckoning)
        other.basket = self.basket
        for name in self.__slots__:
            if name != "basket":
                setattr(other, name, getattr(self, name).copy())
        return other

    def allocations(self) -> Iterator[Allocation]:
        """What each rule takes off each SKU; said of what is kept, not of all that is tried out."""
        for offer, gain in self.applied:
            for i, share in gain.shares:
                if share:
                    yield Allocation.by(offer, self.basket.lines[i].sku, share)

    def counted(self, by: Measure, line: int) -> int:
        """What a threshold counts of a line as it stands."""
        return self.left[line] if by is Measure.AMOUNT else self.basket.lines[line].quantity

    @property
    def total(self) -> Fen:
        """What all lines still cost."""
        return Fen(sum(self.left))

    def piece(self, line: int) -> Fen:
        """What one piece of a line still costs, rounded down."""
        return Fen(self.left[line] // self.basket.lines[line].quantity)

    def shipping_fee(self, zone: Zone | None) -> Fen:
        """What the way to a zone costs, less what rules give of it."""
        fee = shipping_fee(zone, self.total, self.basket.weight_g)
        for _, free in self.shipping:
            fee = Fen(0 if free.most is None else max(0, fee - free.most))
        return fee

    def payable(self, zone: Zone | None) -> Fen:
        """What goods and way still cost together."""
        return Fen(self.total + self.shipping_fee(zone))

    def open_to(self, applicant: Applicant) -> list[int]:
        """The lines of a rule's goods all of whose rules go together with it."""
        kind, wanted = applicant.offer.kind, applicant.offer.combines_with
        return [i for i in applicant.lines if kind in self.welcome[i] and self.held[i] <= wanted]

    def shared_out(
        self, amount: Fen, weights: Sequence[tuple[int, int]]
    ) -> tuple[tuple[int, Fen], ...]:
        """An amount off some lines by weight, never more than they weigh; the rest is lost."""
        total = sum(weight for _, weight in weights)
        if not total:
            return tuple((i, NOTHING) for i, _ in weights)
        shares = split(Fen(min(amount, total)), [weight for _, weight in weights])
        return tuple((i, share) for (i, _), share in zip(weights, shares, strict=True))

    def apply(self, applicant: Applicant, gain: Gain) -> None:
        """Let a rule hold: take off what it gives and note that it does."""
        offer = applicant.offer
        if offer.recheck and isinstance(offer.effect, Tiers):
            by, lines = offer.effect.by, [i for i, _ in gain.shares]
            self.rechecked.append(
                (offer, {self.basket.lines[i].sku: self.counted(by, i) for i in lines})
            )
        for i, share in gain.shares:
            self.left[i] = Fen(self.left[i] - share)
            self.held[i] |= {offer.kind}
            self.welcome[i] &= offer.combines_with
        self.applied.append((offer, gain))
        if gain.gift:
            self.gifts.append((offer, gain.gift))
        if gain.shipping:
            self.shipping.append((offer, gain.shipping))
        self._trace(applicant, RuleOutcome.APPLIED, gain.missing, gain.amount)

    def pass_over(
        self, applicant: Applicant, outcome: RuleOutcome, missing: Missing | None = None
    ) -> None:
        """Note why a rule does not hold."""
        self._trace(applicant, outcome, missing, NOTHING)

    def _trace(
        self, applicant: Applicant, outcome: RuleOutcome, missing: Missing | None, given: Fen
    ) -> None:
        self.traced.append(
            Traced(
                offer=applicant.offer,
                outcome=outcome,
                given=given,
                missing=missing,
                coupon=applicant.coupon,
            )
        )


def excluded(applicant: Applicant, shopper: Shopper) -> RuleOutcome | None:
    """Why a rule can't hold, whatever the amounts; None where it may."""
    offer, coupon = applicant.offer, applicant.coupon
    if not applicant.lines:
        return RuleOutcome.NO_SUCH_GOODS
    if not offer.window.holds(shopper.at) or (coupon and coupon.expires_at <= shopper.at):
        return RuleOutcome.NOT_NOW
    if not offer.eligibility.holds_at(shopper):
        return RuleOutcome.NOT_HERE
    own = offer.eligibility.holds_for(shopper.level, shopper.segments)
    return None if own else RuleOutcome.NOT_FOR_THIS_BUYER
