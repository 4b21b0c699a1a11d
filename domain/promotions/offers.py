"""Offers: rules of the brand that make goods cheaper, each with its name.

    kind              what it says                                       at most
    GOODS             a price or a part of the price of each piece       the best one for a line
    ORDER             from so much or so many pieces on; nth piece;      each that combines
                      bundles; gifts
    GOODS_COUPON      a coupon for some goods                            one
    ORDER_COUPON      a coupon for the order                             one
    SHIPPING_COUPON   a coupon for the shipping fee                      one

Two of them hold for the same line only where each names the other's kind in `combines_with`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NewType

from domain.catalogue.catalogue import Channel, Sku
from domain.kernel.money import MOST_SUM, NOTHING, Fen
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.promotions.scopes import EVERYBODY, EVERYTHING, Eligibility, Goods, OfferWindow

OfferId = NewType("OfferId", str)
CouponId = NewType("CouponId", str)

MOST_TIERS = 5
MOST_PIECES = 999
MOST_COUPONS = 10_000_000
MOST_EACH = 20
# As many fen as a number of the schema has.
MOST_BUDGET = 2**31 - 1
MOST_USES = 10_000_000

_PERCENT = Within(1, 100)
_PIECES = Within(1, MOST_PIECES)
_FEN = Within(1, MOST_SUM)
_FEN_OR_NOTHING = Within(0, MOST_SUM)


class OfferKind(StrEnum):
    """At which stage of the price an offer speaks."""

    GOODS = "GOODS"
    ORDER = "ORDER"
    GOODS_COUPON = "GOODS_COUPON"
    ORDER_COUPON = "ORDER_COUPON"
    SHIPPING_COUPON = "SHIPPING_COUPON"


# In the order in which an order uses them.
COUPON_KINDS = (OfferKind.GOODS_COUPON, OfferKind.ORDER_COUPON, OfferKind.SHIPPING_COUPON)


class Measure(StrEnum):
    """What a threshold counts: fen, after the offers before it, or pieces."""

    AMOUNT = "AMOUNT"
    PIECES = "PIECES"


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentOff:
    """A part of the price, in percent of it, rounded down to the fen; `most` fen in all."""

    percent: int
    most: Fen | None = None

    def __post_init__(self) -> None:
        """Refuse what is no part."""
        _PERCENT.read(self.percent, ["percent"])
        if self.most is not None:
            _FEN.read(self.most, ["most"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountOff:
    """So many fen less: of each piece where it speaks of goods, else of all together."""

    amount: Fen

    def __post_init__(self) -> None:
        """Refuse what is no amount."""
        _FEN.read(self.amount, ["amount"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPrice:
    """What each piece costs, where that is less than the catalogue says."""

    price: Fen

    def __post_init__(self) -> None:
        """Refuse what is no price."""
        _FEN_OR_NOTHING.read(self.price, ["price"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeShipping:
    """Nothing is taken for the shipping, or up to `most` fen less than else."""

    most: Fen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Pieces of a SKU that come with the order for nothing."""

    sku: Sku
    pieces: int

    def __post_init__(self) -> None:
        """Refuse what is no number of pieces."""
        _PIECES.read(self.pieces, ["pieces"])


Reward = PercentOff | AmountOff | FreeShipping | Gift


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """What is given from so many fen or pieces on."""

    at: int
    gives: Reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The highest step that is reached gives its reward; `every` gives it again each time.

    "300 and 50 off, 600 and 120 off" has two steps; "50 off for every 300" has one, and `every`.
    """

    by: Measure
    tiers: tuple[Tier, ...]
    every: bool = False

    def __post_init__(self) -> None:
        """Refuse steps that don't rise, and rewards that can't be given again and again."""
        if not 1 <= len(self.tiers) <= MOST_TIERS:
            raise Invalid(f"give 1 to {MOST_TIERS} steps.", field=["tiers"])
        for tier in self.tiers:
            bound = _FEN_OR_NOTHING if self.by is Measure.AMOUNT else _PIECES
            bound.read(tier.at, ["at"])
        if any(later.at <= earlier.at for earlier, later in pairwise(self.tiers)):
            raise Invalid("let each step begin above the one before it.", field=["tiers"])
        if self.every:
            _require_repeatable(self.tiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class NthPiece:
    """Of every `n` pieces, the dearest first, the last one costs so many percent less."""

    n: int
    percent: int

    def __post_init__(self) -> None:
        """Refuse what is no nth piece."""
        Within(2, 10).read(self.n, ["n"])
        _PERCENT.read(self.percent, ["percent"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePart:
    """So many pieces of some goods."""

    goods: Goods
    pieces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Pieces that together cost one price, as often as the basket has all of them."""

    parts: tuple[BundlePart, ...]
    price: Fen

    def __post_init__(self) -> None:
        """Refuse what is no bundle."""
        if not 1 <= len(self.parts) <= MOST_TIERS:
            raise Invalid(f"a bundle has 1 to {MOST_TIERS} parts.", field=["parts"])
        for part in self.parts:
            _PIECES.read(part.pieces, ["pieces"])
        _FEN_OR_NOTHING.read(self.price, ["price"])


OrderEffect = Tiers | NthPiece | Bundle
Effect = PercentOff | AmountOff | FixedPrice | OrderEffect


class ClaimWay(StrEnum):
    """What brings a coupon to a member: that they see it, or have its link, or one of the others.

    Those are a guide, a purchase, a referral of which the member is one of the two, that they are a
    guide's new friend in WeCom who counts, a level that they reach, a task that they do as a guide,
    and a journey's step.
    """

    OPEN = "OPEN"
    LINK = "LINK"
    GUIDE = "GUIDE"
    PURCHASE = "PURCHASE"
    REFERRAL = "REFERRAL"
    FRIEND = "FRIEND"
    LEVEL = "LEVEL"
    TASK = "TASK"
    JOURNEY = "JOURNEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A purchase that a coupon follows: of some goods, for which so much was paid at least.

    Through any of some channels; through each where none is named.
    """

    goods: Goods = EVERYTHING
    paid: Fen = NOTHING
    channels: frozenset[Channel] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what nobody could pay."""
        _FEN_OR_NOTHING.read(self.paid, ["paid"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """How members come by a coupon: so many in all and each; for so many days, the claim's beside.

    Without `days` it lasts as long as the offer. `back_on_refund` gives it back with all the money.
    One that a purchase brings says `after` which; one that a level brings, which `levels` do.
    """

    total: int
    each: int = 1
    days: int | None = None
    back_on_refund: bool = False
    way: ClaimWay = ClaimWay.OPEN
    after: Purchase | None = None
    levels: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what nobody could claim."""
        if (self.way is ClaimWay.PURCHASE) != (self.after is not None):
            raise Invalid(
                "say after which purchase a coupon comes if its way is PURCHASE, and only then.",
                field=["after"],
            )
        if (self.way is ClaimWay.LEVEL) != bool(self.levels):
            raise Invalid(
                "say which levels bring a coupon if its way is LEVEL, and only then.",
                field=["levels"],
            )
        Within(1, MOST_COUPONS).read(self.total, ["total"])
        Within(1, MOST_EACH).read(self.each, ["each"])
        if self.days is not None:
            Within(0, 365).read(self.days, ["days"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What all orders together may have of an offer: so many fen, so many uses, or both."""

    fen: Fen | None = None
    uses: int | None = None

    def __post_init__(self) -> None:
        """Refuse what bounds nothing, or lets nobody have anything."""
        if self.fen is None and self.uses is None:
            raise Invalid("say how many fen or uses there are, or leave it out.", field=["budget"])
        if self.fen is not None:
            Within(1, MOST_BUDGET).read(self.fen, ["budget", "fen"])
        if self.uses is not None:
            Within(1, MOST_USES).read(self.uses, ["budget", "uses"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One version of a rule of the brand; what an order was priced by keeps that version.

    An offer of a coupon's kind is claimed; every other one holds by itself. One with `recheck`
    asks for its threshold again when goods come back.
    """

    id: OfferId
    version: int
    name: str
    kind: OfferKind
    effect: Effect
    window: OfferWindow
    goods: Goods = EVERYTHING
    eligibility: Eligibility = EVERYBODY
    combines_with: frozenset[OfferKind] = frozenset()
    claiming: Claiming | None = None
    budget: Budget | None = None
    recheck: bool = False

    def __post_init__(self) -> None:
        """Refuse an effect that its kind does not have."""
        wanted = _EFFECTS[self.kind]
        if not isinstance(self.effect, wanted):
            names = ", ".join(one.__name__ for one in wanted)
            raise Invalid(f"an offer of kind {self.kind} is one of {names}.", field=["effect"])
        if (self.kind in COUPON_KINDS) != (self.claiming is not None):
            raise Invalid("a coupon, and nothing else, says how it is claimed.", field=["coupon"])
        if self.claiming is not None and self.budget is not None:
            raise Invalid("a coupon is bounded by its total; leave it out.", field=["budget"])
        if self.recheck and not _has_one_threshold(self.effect):
            raise Invalid(
                "only one step above 0 that takes something off goods, or gives some, can be asked "
                "for again; leave it out.",
                field=["recheck"],
            )

    @property
    def is_gift_pack(self) -> bool:
        """Whether it is a coupon that gives nothing but gifts, to be fetched in a store."""
        return (
            self.claiming is not None
            and self.eligibility.channels == {Channel.STORE}
            and isinstance(self.effect, Tiers)
            and all(isinstance(tier.gives, Gift) for tier in self.effect.tiers)
        )

    def claimed_by(self, way: ClaimWay) -> bool:
        """Whether it is a coupon that members come by in this way."""
        return self.claiming is not None and self.claiming.way is way


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One member's copy of a coupon, and until before when it can be used."""

    id: CouponId
    offer: Offer
    expires_at: datetime


_EFFECTS: dict[OfferKind, tuple[type, ...]] = {
    OfferKind.GOODS: (PercentOff, AmountOff, FixedPrice),
    OfferKind.ORDER: (Tiers, NthPiece, Bundle),
    OfferKind.GOODS_COUPON: (Tiers,),
    OfferKind.ORDER_COUPON: (Tiers,),
    OfferKind.SHIPPING_COUPON: (Tiers,),
}


def _has_one_threshold(effect: Effect) -> bool:
    if not isinstance(effect, Tiers) or effect.every or len(effect.tiers) > 1:
        return False
    [tier] = effect.tiers
    return tier.at > 0 and not isinstance(tier.gives, FreeShipping)


def _require_repeatable(tiers: Sequence[Tier]) -> None:
    tier = tiers[0]
    if len(tiers) > 1 or tier.at == 0 or not isinstance(tier.gives, AmountOff | Gift):
        raise Invalid(
            "what is given every time has one step above 0, and gives an amount or a gift.",
            field=["every"],
        )
