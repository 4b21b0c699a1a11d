"""Which coupons are used: every choice is tried out, and the buyer's best is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from domain.kernel.money import Fen
from domain.promotions.baskets import Shopper
from domain.promotions.gains import gain, why_worthless
from domain.promotions.offers import COUPON_KINDS, AmountOff, Coupon, CouponId, Offer, Tiers
from domain.promotions.reckoning import Applicant, Missing, Reckoning, RuleOutcome, excluded
from domain.promotions.shipping_fees import Zone

# So many are tried out in every choice that combines; a member picks among more by hand.
MOST_TRIED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A basket after one choice of coupons; the smallest rank is the buyer's best."""

    reckoning: Reckoning
    used: tuple[Coupon, ...]
    payable: Fen
    lost: int

    @property
    def rank(self) -> tuple[int, int, int, Sequence[datetime], Sequence[CouponId]]:
        """Least to pay, most gifts, least of the face value lost, the soonest to lapse, ids."""
        ends = sorted(coupon.expires_at for coupon in self.used)
        ids = [coupon.id for coupon in self.used]
        return self.payable, -len(self.reckoning.gifts), self.lost, ends, ids


def with_best_coupons(
    reckoning: Reckoning, shopper: Shopper, coupons: Iterable[Coupon], zone: Zone | None
) -> tuple[Reckoning, tuple[Coupon, ...]]:
    """The reckoning after the best choice, and the choice; of the other coupons it says why not."""
    usable = []
    for coupon in sorted(coupons, key=lambda one: one.id):
        lines = coupon.offer.goods.among(reckoning.basket)
        applicant = Applicant(offer=coupon.offer, lines=lines, coupon=coupon)
        if outcome := excluded(applicant, shopper):
            reckoning.pass_over(applicant, outcome)
        else:
            usable.append(applicant)
    usable.sort(key=lambda one: _trial(reckoning, [one], zone).rank)
    trials = (_trial(reckoning, choice, zone) for choice in _choices(usable[:MOST_TRIED]))
    best = min(trials, key=lambda trial: trial.rank)
    for applicant in usable:
        if applicant.coupon not in best.used:
            best.reckoning.pass_over(applicant, *_why_unused(reckoning, best, applicant))
    return best.reckoning, best.used


def _choices(usable: Sequence[Applicant]) -> Iterable[list[Applicant]]:
    """Every choice of at most one coupon of each kind, that of none included."""
    by_kind = [[None, *(one for one in usable if one.offer.kind is kind)] for kind in COUPON_KINDS]
    for choice in product(*by_kind):
        yield [applicant for applicant in choice if applicant is not None]


def _trial(reckoning: Reckoning, choice: Iterable[Applicant], zone: Zone | None) -> Trial:
    """Use coupons one after the other, less those that give nothing."""
    after = reckoning.copy()
    payable = after.payable(zone)
    used, lost = [], 0
    for applicant in choice:
        given = gain(after, applicant)
        tried = after.copy()
        tried.apply(applicant, given)
        saved = payable - tried.payable(zone)
        if applicant.coupon and (saved > 0 or given.gift):
            after, payable = tried, tried.payable(zone)
            used.append(applicant.coupon)
            lost += max(0, _face_value(applicant.offer) - saved)
    return Trial(reckoning=after, used=tuple(used), payable=payable, lost=lost)


def _face_value(offer: Offer) -> int:
    """The most that a coupon of an amount could give; one of a part has no face value to lose."""
    assert isinstance(offer.effect, Tiers)
    rewards = (tier.gives for tier in offer.effect.tiers)
    return max((one.amount for one in rewards if isinstance(one, AmountOff)), default=0)


def _why_unused(
    reckoning: Reckoning, best: Trial, applicant: Applicant
) -> tuple[RuleOutcome, Missing | None]:
    """Why the best choice is without it: it would give nothing, or something else gives more."""
    if gain(reckoning, applicant).worthless:
        return why_worthless(reckoning, applicant)
    if _trial(reckoning, [applicant], None).used:
        return RuleOutcome.ANOTHER_IS_BETTER, None
    return RuleOutcome.NOTHING_TO_GIVE, None
