"""What each kind of effect would give to lines as they stand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import assert_never

from domain.kernel.money import Fen
from domain.promotions.baskets import BasketLine
from domain.promotions.offers import (
    AmountOff,
    Bundle,
    FixedPrice,
    FreeShipping,
    Gift,
    Measure,
    NthPiece,
    Offer,
    PercentOff,
    Reward,
    Tiers,
)
from domain.promotions.reckoning import Applicant, Gain, Missing, Reckoning, RuleOutcome

MOST_BUNDLES = 99


def off_goods(offer: Offer, line: BasketLine) -> Fen:
    """What an offer on goods takes off a line at the catalogue's price, at most all of it."""
    effect = offer.effect
    match effect:
        case PercentOff():
            return _percent(effect, line.amount)
        case AmountOff():
            return Fen(min(effect.amount * line.quantity, line.amount))
        case FixedPrice():
            return Fen(max(0, line.price - effect.price) * line.quantity)
        case _:
            raise TypeError(f"{effect} is no effect on goods")


def gain(reckoning: Reckoning, applicant: Applicant) -> Gain:
    """What a rule of several lines would give to those that it may hold for."""
    effect = applicant.offer.effect
    lines = reckoning.open_to(applicant)
    match effect:
        case Tiers():
            return _off_tiers(effect, reckoning, lines)
        case NthPiece():
            return _off_nth_piece(effect, reckoning, lines)
        case Bundle():
            return _off_bundles(effect, reckoning, lines)
        case _:
            raise TypeError(f"{effect} is no effect on several lines")


def why_worthless(reckoning: Reckoning, applicant: Applicant) -> tuple[RuleOutcome, Missing | None]:
    """Why a rule gives nothing: other rules exclude it, or too little is there."""
    if not reckoning.open_to(applicant):
        return RuleOutcome.DOES_NOT_COMBINE, None
    if missing := gain(reckoning, applicant).missing:
        return RuleOutcome.BELOW_THRESHOLD, missing
    return RuleOutcome.NOTHING_TO_GIVE, None


def _off_tiers(effect: Tiers, reckoning: Reckoning, lines: Sequence[int]) -> Gain:
    measured = sum(reckoning.counted(effect.by, i) for i in lines)
    reached = [tier for tier in effect.tiers if tier.at <= measured]
    ahead = [tier.at for tier in effect.tiers if tier.at > measured]
    if effect.every and reached:
        step = reached[0].at
        ahead = [step * (measured // step + 1)]
    missing = Missing(by=effect.by, count=ahead[0] - measured) if ahead else None
    if not reached or not lines:
        return Gain(missing=missing)
    times = measured // reached[-1].at if effect.every else 1
    return _rewarded(reached[-1].gives, reckoning, lines, times, missing)


def _rewarded(
    reward: Reward, reckoning: Reckoning, lines: Sequence[int], times: int, missing: Missing | None
) -> Gain:
    weights = [(i, reckoning.left[i]) for i in lines]
    untouched = tuple((i, Fen(0)) for i in lines)
    match reward:
        case PercentOff():
            amount = _percent(reward, Fen(sum(weight for _, weight in weights)))
            return Gain(shares=reckoning.shared_out(amount, weights), missing=missing)
        case AmountOff():
            amount = Fen(reward.amount * times)
            return Gain(shares=reckoning.shared_out(amount, weights), missing=missing)
        case Gift():
            gift = Gift(sku=reward.sku, pieces=reward.pieces * times)
            return Gain(shares=untouched, gift=gift, missing=missing)
        case FreeShipping():
            return Gain(shares=untouched, shipping=reward, missing=missing)
        case _:
            assert_never(reward)


def _off_nth_piece(effect: NthPiece, reckoning: Reckoning, lines: Sequence[int]) -> Gain:
    """Count through the pieces, the dearest first: runs of one price, so that none is unrolled."""
    cheaper, before = 0, 0
    for i in _dearest_first(reckoning, lines):
        after = before + reckoning.basket.lines[i].quantity
        reduced = after // effect.n - before // effect.n
        cheaper += reduced * (reckoning.piece(i) * effect.percent // 100)
        before = after
    weights = [(i, reckoning.left[i]) for i in lines]
    missing = Missing(by=Measure.PIECES, count=effect.n - before % effect.n)
    return Gain(shares=reckoning.shared_out(Fen(cheaper), weights), missing=missing)


def _off_bundles(effect: Bundle, reckoning: Reckoning, lines: Sequence[int]) -> Gain:
    """Take the dearest pieces for each bundle, while there are enough and it is cheaper so."""
    dearest = _dearest_first(reckoning, lines)
    parts = [
        (part.pieces, [i for i in dearest if i in chosen])
        for part in effect.parts
        for chosen in [set(part.goods.among(reckoning.basket))]
    ]
    unbundled = {i: reckoning.basket.lines[i].quantity for i in lines}
    worth = dict.fromkeys(lines, 0)
    saved = 0
    for _ in range(MOST_BUNDLES):
        taken = _one_bundle(parts, unbundled)
        value = sum(reckoning.piece(i) * pieces for i, pieces in taken.items())
        if value <= effect.price:
            break
        saved += value - effect.price
        for i, pieces in taken.items():
            unbundled[i] -= pieces
            worth[i] += reckoning.piece(i) * pieces
    weights = [(i, weight) for i, weight in worth.items() if weight]
    return Gain(shares=reckoning.shared_out(Fen(saved), weights))


def _one_bundle(
    parts: Sequence[tuple[int, Sequence[int]]], unbundled: Mapping[int, int]
) -> dict[int, int]:
    """How many pieces of which line one more bundle takes; none where a part can't be had."""
    taken: dict[int, int] = defaultdict(int)
    for wanted, dearest in parts:
        missing = wanted
        for i in dearest:
            pieces = min(missing, unbundled[i] - taken[i])
            taken[i] += pieces
            missing -= pieces
        if missing:
            return {}
    return taken


def _dearest_first(reckoning: Reckoning, lines: Sequence[int]) -> list[int]:
    return sorted(lines, key=lambda i: (-reckoning.piece(i), reckoning.basket.lines[i].sku))


def _percent(effect: PercentOff, base: Fen) -> Fen:
    """So many percent of an amount, rounded down: never more is given than is said."""
    off = base * effect.percent // 100
    return Fen(off if effect.most is None else min(off, effect.most))
