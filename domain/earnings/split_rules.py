"""The rule by which an order's money is divided among guides, stores' owners and the brand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from domain.kernel.moments import BEGINNING
from domain.kernel.money import NOTHING, Fen, split
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.network.stores import OwnerKind

THOUSAND = 1000
PART = Within(0, THOUSAND)
# What the guides have of one line together may not be more than 30 % of it.
GUIDES_PART = Within(0, 300)
WINDOW_DAYS = Within(1, 60)
MOST_FOR_GUIDES = Within(0, 100_000_000)
MOST_EXCEPTIONS = 50
MOST_TIERS = 10
TIER_FROM = Within(0, 100_000_000)
FACTOR = Within(0, 3000)
EVERYBODY = (True, True, True)


class Overlap(StrEnum):
    """What guides have where several have a claim: who shared, who serves, who was at the till."""

    ADD = "ADD"
    GREATER = "GREATER"
    SPLIT = "SPLIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideRates:
    """What guides have of a line of a category sold by a kind of store, in thousandths of it.

    None stands for every category, and for every kind of store. A category is any on the way to
    the product's own.
    """

    share_permille: int
    service_permille: int
    serving_permille: int = 0
    category: str | None = None
    owner_kind: OwnerKind | None = None

    def holds_for(self, category: Sequence[str], owner_kind: OwnerKind) -> bool:
        """Whether it is for products of this category in stores of this kind."""
        return (self.category is None or self.category in category) and (
            self.owner_kind in (None, owner_kind)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideTier:
    """So many thousandths of their rates has a guide who earned so much in the month by then."""

    earned_from: Fen
    factor_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """One version of how orders are divided that are paid from `set_at` on.

    Guides have their rates of each line, by the first of the `exceptions` that holds for it, else
    by the rule's own, times what the last of the `tiers` says that they have reached; of one order
    `most_for_guides` fen at most together, 0 for no limit. Of what is left, in thousandths, the
    owner of the selling store, those of the fulfilling ones, and whoever's member the buyer is have
    their parts, and the brand the rest. A visit through a link counts for `window_days`. Of what a
    buyer has paid and not had back, `payout_cap_permille` may be shared at the provider of
    payments, less `payout_holdback_permille` of each owner's.
    """

    version: int = 0
    # Whoever ships gives the goods away; whoever sells has brought the buyer.
    selling_permille: int = 150
    fulfilling_permille: int = 750
    member_permille: int = 0
    window_days: int = 7
    share_permille: int = 50
    service_permille: int = 0
    serving_permille: int = 0
    exceptions: tuple[GuideRates, ...] = ()
    tiers: tuple[GuideTier, ...] = ()
    overlap: Overlap = Overlap.ADD
    most_for_guides: Fen = NOTHING
    # What the provider lets an ordinary merchant share of a payment.
    payout_cap_permille: int = 300
    payout_holdback_permille: int = 0
    set_at: datetime = BEGINNING
    set_by: str = ""

    @property
    def window(self) -> timedelta:
        """How long a visit through a link counts."""
        return timedelta(days=self.window_days)

    @property
    def rates(self) -> GuideRates:
        """What guides have of each line that is no exception."""
        return GuideRates(
            share_permille=self.share_permille,
            service_permille=self.service_permille,
            serving_permille=self.serving_permille,
        )

    @property
    def weights(self) -> tuple[int, int, int]:
        """The parts of the seller's owner, the fulfilling owners and all others."""
        selling, fulfilling = self.selling_permille, self.fulfilling_permille
        return selling, fulfilling, THOUSAND - selling - fulfilling

    def rates_for(self, category: Sequence[str], owner_kind: OwnerKind) -> GuideRates:
        """What guides have of a product in a kind of store."""
        found = (one for one in self.exceptions if one.holds_for(category, owner_kind))
        return next(found, self.rates)

    def tier_for(self, earned: Fen) -> GuideTier | None:
        """The last tier that a guide has reached who earned so much in the month."""
        reached = [one for one in self.tiers if one.earned_from <= earned]
        return reached[-1] if reached else None

    def shared_out(self, rates: GuideRates, claims: Sequence[bool]) -> Sequence[int]:
        """What who shared, who serves and who stood at the till have, in ten-thousandths.

        `claims` says of each whether they have one; who has none has nothing.
        """
        permille = (rates.share_permille, rates.service_permille, rates.serving_permille)
        whole = [10 * n * claimed for n, claimed in zip(permille, claims, strict=True)]
        if sum(claims) < 2 or self.overlap is Overlap.ADD:
            return whole
        greatest = Fen(max(whole))
        if self.overlap is Overlap.SPLIT:
            return split(greatest, claims)
        first = whole.index(greatest)
        return [n if place == first else 0 for place, n in enumerate(whole)]


FIRST_RULE = SplitRule()


def checked_rule(rule: SplitRule) -> SplitRule:
    """The rule, or Invalid by the field that is outside of what it may be."""
    parts = {
        "sellingPermille": rule.selling_permille,
        "fulfillingPermille": rule.fulfilling_permille,
        "memberPermille": rule.member_permille,
    }
    for name, part in parts.items():
        PART.read(part, ["input", name])
    PART.read(rule.payout_cap_permille, ["input", "payoutCapPermille"])
    PART.read(rule.payout_holdback_permille, ["input", "payoutHoldbackPermille"])
    if sum(parts.values()) > THOUSAND:
        raise Invalid(
            "The owners' parts are more than 1,000 thousandths together; lower one of them.",
            field=["input"],
        )
    WINDOW_DAYS.read(rule.window_days, ["input", "windowDays"])
    MOST_FOR_GUIDES.read(rule.most_for_guides, ["input", "mostForGuidesFen"])
    if len(rule.exceptions) > MOST_EXCEPTIONS:
        raise Invalid(f"Write {MOST_EXCEPTIONS} exceptions at most.", field=["input", "exceptions"])
    if len(rule.tiers) > MOST_TIERS:
        raise Invalid(f"Write {MOST_TIERS} tiers at most.", field=["input", "tiers"])
    for number, tier in enumerate(rule.tiers):
        TIER_FROM.read(tier.earned_from, ["input", "tiers", str(number), "earnedFromFen"])
        FACTOR.read(tier.factor_permille, ["input", "tiers", str(number), "factorPermille"])
    if any(a.earned_from >= b.earned_from for a, b in pairwise(rule.tiers)):
        raise Invalid("Write the tiers from the lowest to the highest.", field=["input", "tiers"])
    _checked_rates(rule, rule.rates, ["input"])
    for number, one in enumerate(rule.exceptions):
        _checked_rates(rule, one, ["input", "exceptions", str(number)])
    return rule


def _checked_rates(rule: SplitRule, rates: GuideRates, path: Sequence[str]) -> None:
    GUIDES_PART.read(rates.share_permille, [*path, "sharePermille"])
    GUIDES_PART.read(rates.service_permille, [*path, "servicePermille"])
    GUIDES_PART.read(rates.serving_permille, [*path, "servingPermille"])
    most = max((one.factor_permille for one in rule.tiers), default=THOUSAND)
    together = sum(rule.shared_out(rates, EVERYBODY)) * max(most, THOUSAND)
    if together > 10 * GUIDES_PART.high * THOUSAND:
        raise Invalid(
            f"All guides together have more than {GUIDES_PART.high} thousandths; lower one rate "
            "or tier, or let the greater count alone.",
            field=[*path, "servicePermille"],
        )
