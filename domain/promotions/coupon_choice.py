"""Which coupons are used: every choice is tried out, and the buyer's best is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    none = Trial(reckoning=reckoning, used=(), payable=reckoning.payable(zone), lost=0)
    if len(usable) > MOST_TRIED:
        usable.sort(key=lambda one: (_with(none, one, zone) or none).rank)
    best = min(_trials(none, usable[:MOST_TRIED], zone), key=lambda trial: trial.rank)
    for applicant in usable:
        if applicant.coupon not in best.used:
            best.reckoning.pass_over(applicant, *_why_unused(none, applicant, zone))
    return best.reckoning, best.used


def _trials(none: Trial, usable: Sequence[Applicant], zone: Zone | None) -> list[Trial]:
    """Every choice of at most one coupon of each kind; what begins alike is reckoned once."""
    trials = [none]
    for kind in COUPON_KINDS:
        trials += [
            after
            for before in trials
            for one in usable
            if one.offer.kind is kind and (after := _with(before, one, zone)) is not None
        ]
    return trials


def _with(before: Trial, applicant: Applicant, zone: Zone | None) -> Trial | None:
    """Use one more coupon; None where it gives nothing."""
    given = gain(before.reckoning, applicant)
    if applicant.coupon is None or given.worthless:
        return None
    after = before.reckoning.copy()
    after.apply(applicant, given)
    payable = after.payable(zone)
    saved = before.payable - payable
    if saved <= 0 and not given.gift:
        return None
    lost = max(0, _face_value(applicant.offer) - saved)
    return Trial(
        reckoning=after,
        used=(*before.used, applicant.coupon),
        payable=payable,
        lost=before.lost + lost,
    )


def _face_value(offer: Offer) -> int:
    """The most that a coupon of an amount could give; one of a part has no face value to lose."""
    assert isinstance(offer.effect, Tiers)
    rewards = (tier.gives for tier in offer.effect.tiers)
    return max((one.amount for one in rewards if isinstance(one, AmountOff)), default=0)


def _why_unused(
    none: Trial, applicant: Applicant, zone: Zone | None
) -> tuple[RuleOutcome, Missing | None]:
    """Why the best choice is without it: it would give nothing, or something else gives more."""
    if gain(none.reckoning, applicant).worthless:
        return why_worthless(none.reckoning, applicant)
    if _with(none, applicant, zone) is not None:
        return RuleOutcome.ANOTHER_IS_BETTER, None
    return RuleOutcome.NOTHING_TO_GIVE, None
