"""Why something costs what it does: what became of each rule that has a word in it."""

import strawberry

from api.kernel.enums import enum
from api.kernel.money import Money
from domain.kernel.money import Fen
from domain.promotions import reckoning
from domain.promotions.offers import Measure
from domain.promotions.reckoning import RuleOutcome

enum(
    RuleOutcome,
    "What became of a rule, and why.",
    APPLIED="It holds.",
    NOT_NOW="It is not its time.",
    NOT_HERE="It does not hold in this storefront.",
    NOT_FOR_THIS_BUYER="It is for other members.",
    NO_SUCH_GOODS="It is for other goods.",
    BELOW_THRESHOLD="Too little is bought.",
    DOES_NOT_COMBINE="It does not go together with another that holds.",
    ANOTHER_IS_BETTER="Another that it does not go together with gives more.",
    NOTHING_TO_GIVE="There is nothing left that it could take off.",
)


@strawberry.type(description="What became of an offer for some goods, and why.")
class OfferTrace:
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    coupon_id: strawberry.ID | None = strawberry.field(
        description="The viewer's coupon whose offer it is; null for one that holds by itself."
    )
    name: str = strawberry.field(description="What it is called.")
    outcome: RuleOutcome = strawberry.field(description="What became of it.")
    given: Money = strawberry.field(description="What it takes off in all.")
    missing: Money | None = strawberry.field(
        description="For how much more would have to be bought to reach its next step; null where "
        "there is none or it counts pieces."
    )
    missing_pieces: int | None = strawberry.field(
        description="How many more pieces would have to be bought for its next step; null where "
        "there is none or it counts amounts."
    )

    recheck: bool = strawberry.field(
        description="Whether it asks for its threshold again when goods come back; refundPreview "
        "tells what that comes to."
    )

    @classmethod
    def of(cls, traced: reckoning.Traced) -> "OfferTrace":
        """Pack one line of a trace."""
        missing = traced.missing
        amount = missing.count if missing and missing.by is Measure.AMOUNT else None
        return cls(
            offer_id=strawberry.ID(traced.offer.id),
            coupon_id=strawberry.ID(traced.coupon.id) if traced.coupon else None,
            name=traced.offer.name,
            outcome=traced.outcome,
            given=Money(fen=traced.given),
            missing=None if amount is None else Money(fen=Fen(amount)),
            missing_pieces=missing.count if missing and amount is None else None,
            recheck=traced.offer.recheck,
        )
