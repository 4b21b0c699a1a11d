"""The calculator: what a basket costs one buyer at one moment, and why.

The stages come one after the other, each on what the one before has left:

1. offers on goods, the best one for each line;
2. offers on the order, first the one that alone would give most, as long as they combine;
3. coupons, at most one of each kind: of all choices the one after which least is to be paid, then
   the one that loses least of its face value, then the one that would lapse soonest;
4. points, as a part of the payment;
5. the shipping fee.

It is a pure function. The order in which lines, offers or coupons are handed in changes nothing, no
line ever costs less than nothing, and what a rule gives beyond that is lost, not moved elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.catalogue.catalogue import Sku
from domain.kernel.money import Fen, split
from domain.promotions.baskets import Basket, BasketLine, Shopper
from domain.promotions.coupon_choice import with_best_coupons
from domain.promotions.gains import gain, off_goods, why_worthless
from domain.promotions.offers import COUPON_KINDS, Coupon, CouponId, Gift, Offer, OfferId, OfferKind
from domain.promotions.reckoning import (
    Allocation,
    Applicant,
    Gain,
    Reckoning,
    RuleOutcome,
    Traced,
    excluded,
)
from domain.promotions.shipping_fees import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Points to pay with: how many there are, how many make a yuan, how much of it all they pay."""

    points: int
    points_per_yuan: int
    most_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line with all that is taken off it, points included."""

    line: BasketLine
    payable: Fen
    by_points: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a basket costs, to the fen, and how that came to be.

    `lines` are sorted by SKU. The lines' amounts less `allocations` less `by_points` is what the
    goods cost in money; the shipping fee comes on top. `rechecked` are the offers whose thresholds
    are asked for again when goods come back, with what each counted of which SKU.
    """

    lines: tuple[PricedLine, ...]
    allocations: tuple[Allocation, ...]
    gifts: tuple[tuple[Offer, Gift], ...]
    coupons: tuple[CouponId, ...]
    points: int
    shipping_fee: Fen
    traced: tuple[Traced, ...]
    rechecked: tuple[tuple[Offer, Mapping[Sku, int]], ...] = ()

    @property
    def by_points(self) -> Fen:
        """What of it is paid by points."""
        return Fen(sum(one.by_points for one in self.lines))

    @property
    def goods(self) -> Fen:
        """What the goods cost in money."""
        return Fen(sum(one.payable for one in self.lines))

    @property
    def payable(self) -> Fen:
        """What is to be paid; nothing is paid without the provider."""
        return Fen(self.goods + self.shipping_fee)


def price(
    lines: Iterable[BasketLine],
    shopper: Shopper,
    offers: Iterable[Offer],
    *,
    coupons: Sequence[Coupon] = (),
    tender: Tender | None = None,
    zone: Zone | None = None,
) -> Priced:
    """Price a basket by offers that may hold and coupons that may be used.

    Of more than six coupons those are tried that would each alone give most. `zone` is that of the
    destination; None where the buyer fetches the goods.
    """
    reckoning = Reckoning(Basket(lines))
    holding = _holding(reckoning, shopper, offers)
    _goods_stage(reckoning, [one for one in holding if one.offer.kind is OfferKind.GOODS])
    _order_stage(reckoning, [one for one in holding if one.offer.kind is OfferKind.ORDER])
    reckoning, used = with_best_coupons(reckoning, shopper, coupons, zone)
    fee = reckoning.shipping_fee(zone)
    points, by_points = _paid_by_points(reckoning, tender)
    return Priced(
        lines=tuple(
            PricedLine(line=line, payable=Fen(left - share), by_points=share)
            for line, left, share in zip(
                reckoning.basket.lines, reckoning.left, by_points, strict=True
            )
        ),
        allocations=tuple(reckoning.allocations()),
        gifts=tuple(reckoning.gifts),
        coupons=tuple(coupon.id for coupon in used),
        points=points,
        shipping_fee=fee,
        traced=tuple(reckoning.traced),
        rechecked=tuple(reckoning.rechecked),
    )


def _holding(reckoning: Reckoning, shopper: Shopper, offers: Iterable[Offer]) -> list[Applicant]:
    """The offers that may say something of this basket, by id; of others it is noted why not.

    An offer of other goods is not worth a word, and coupons hold for those who have them.
    """
    found = []
    for offer in sorted(offers, key=lambda one: one.id):
        if offer.kind in COUPON_KINDS:
            continue
        if lines := offer.goods.among(reckoning.basket):
            applicant = Applicant(offer=offer, lines=lines)
            if outcome := excluded(applicant, shopper):
                reckoning.pass_over(applicant, outcome)
            else:
                found.append(applicant)
    return found


def _goods_stage(reckoning: Reckoning, applicants: Sequence[Applicant]) -> None:
    """The best offer for each line; of two that give the same the one whose id comes first."""
    best: dict[int, tuple[Fen, OfferId]] = {}
    gives: dict[OfferId, list[tuple[int, Fen]]] = defaultdict(list)
    for applicant in applicants:
        offer = applicant.offer
        for i in applicant.lines:
            if off := off_goods(offer, reckoning.basket.lines[i]):
                gives[offer.id].append((i, off))
                if i not in best or off > best[i][0]:
                    best[i] = (off, offer.id)
    for applicant in applicants:
        given = gives[applicant.offer.id]
        shares = tuple(one for one in given if best[one[0]][1] == applicant.offer.id)
        if shares:
            reckoning.apply(applicant, Gain(shares=shares))
        else:
            worse = RuleOutcome.ANOTHER_IS_BETTER if given else RuleOutcome.NOTHING_TO_GIVE
            reckoning.pass_over(applicant, worse)


def _order_stage(reckoning: Reckoning, applicants: Sequence[Applicant]) -> None:
    """Each in its turn on what the ones before it have left: first what alone gives most."""
    alone = {one.offer.id: gain(reckoning, one) for one in applicants}
    touched: set[int] = set()
    for applicant in sorted(applicants, key=lambda one: -alone[one.offer.id].amount):
        # What no rule has touched since gives what it gave before.
        given = alone[applicant.offer.id]
        if not touched.isdisjoint(applicant.lines):
            given = gain(reckoning, applicant)
        if given.worthless:
            reckoning.pass_over(applicant, *why_worthless(reckoning, applicant))
        else:
            reckoning.apply(applicant, given)
            touched.update(i for i, _ in given.shares)


def _paid_by_points(reckoning: Reckoning, tender: Tender | None) -> tuple[int, list[Fen]]:
    """How many points are taken, as few as pay for their part, and that part of each line."""
    goods = reckoning.total
    if tender is None or not goods:
        return 0, [Fen(0)] * len(reckoning.left)
    worth = tender.points * 100 // tender.points_per_yuan
    paid = Fen(min(worth, goods * tender.most_percent // 100))
    return -(-paid * tender.points_per_yuan // 100), split(paid, reckoning.left)
