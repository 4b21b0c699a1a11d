"""Coupons: what can be claimed, and what a member has."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.promotions.offers import EFFECTS, Effect, OfferGoods
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions import claiming, coupons
from domain.promotions import offers as rules
from domain.promotions.claiming import CouponPorts
from domain.promotions.offers import OfferKind


class CouponState(StrEnum):
    USABLE = "USABLE"
    HELD = "HELD"
    AT_TILL = "AT_TILL"
    KEPT = "KEPT"
    USED = "USED"
    REVOKED = "REVOKED"
    LAPSED = "LAPSED"


enum(
    CouponState,
    "Where a coupon stands.",
    USABLE="An order may take it.",
    HELD="An order that waits for its payment holds it.",
    AT_TILL="A till is making a sale with it.",
    KEPT="It is kept for one store, whose tills take it by its pass.",
    USED="A paid order or a till used it.",
    REVOKED="It was taken back: the purchase that it was given for was returned.",
    LAPSED="Its time is over.",
)


@strawberry.type(description="One copy of a coupon, of one member.")
class Coupon(Packed[coupons.MemberCoupon]):
    value: strawberry.Private[coupons.MemberCoupon]
    id: strawberry.ID = strawberry.field(description="The copy's id.")
    claimed_at: datetime = strawberry.field(description="When it was claimed.")
    expires_at: datetime = strawberry.field(
        description="Until before when it can be used, as the service keeps it."
    )
    given_by: strawberry.ID | None = strawberry.field(
        description="The guide who gave it; null for one that was claimed."
    )

    @field("Where it stands now.")
    def state(self, act: Act) -> CouponState:
        if self.value.state is coupons.CouponState.ISSUED:
            return CouponState.USABLE if self.value.usable(act.at) else CouponState.LAPSED
        return CouponState(self.value.state.value)

    @field("What it is called.")
    def name(self, ports: CouponPorts, act: Act) -> str:
        return claiming.rule_of(ports, act, self.value).name

    @field("Whether it is for goods, for an order or for the shipping.")
    def kind(self, ports: CouponPorts, act: Act) -> OfferKind:
        return claiming.rule_of(ports, act, self.value).kind

    @field("What it does.")
    def effect(self, ports: CouponPorts, act: Act) -> Effect:
        effect = claiming.rule_of(ports, act, self.value).effect
        packed: Effect = EFFECTS[type(effect)].of(effect)
        return packed

    @field("For which goods.")
    def goods(self, ports: CouponPorts, act: Act) -> OfferGoods:
        return OfferGoods.of(claiming.rule_of(ports, act, self.value).goods)


@strawberry.type(description="A coupon that members may claim.")
class ClaimableCoupon(Packed[rules.Offer]):
    value: strawberry.Private[rules.Offer]
    id: strawberry.ID = strawberry.field(description="The offer's id, which couponClaim takes.")
    name: str = strawberry.field(description="What it is called.")
    kind: OfferKind = strawberry.field(
        description="Whether it is for goods, for an order or for the shipping."
    )
    effect: Effect = strawberry.field(description="What it does.")
    goods: OfferGoods = strawberry.field(description="For which goods.")
    ends_at: datetime = strawberry.field(description="Until before when it can be claimed.")

    @classmethod
    def of(cls, rule: rules.Offer) -> "ClaimableCoupon":
        """Pack an offer."""
        return cls(
            value=rule,
            id=strawberry.ID(rule.id),
            name=rule.name,
            kind=rule.kind,
            effect=EFFECTS[type(rule.effect)].of(rule.effect),
            goods=OfferGoods.of(rule.goods),
            ends_at=rule.window.ends_at,
        )

    @strawberry.field(description="How many one member may have.")
    def each(self) -> int:
        return self.value.claiming.each if self.value.claiming else 0


@strawberry.type(description="A coupon that guides may give to their customers.")
class CouponToGive:
    coupon: ClaimableCoupon = strawberry.field(description="The coupon.")
    left: int = strawberry.field(description="How many nobody has yet, of all guides' together.")


@query("The coupons that can be claimed now; of one there may be none left.", public=True)
def coupons_to_claim(ports: CouponPorts, act: Act) -> list[ClaimableCoupon]:
    return [ClaimableCoupon.of(one) for one in claiming.to_claim(ports, act)]


@query("The viewer's coupons, the last claimed first; for members.")
async def own_coupons(
    ports: CouponPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Coupon]:
    page = await claiming.own_coupons(ports, act, PageRequest(first=first, after=after))
    return connection(page, Coupon.of)


@query("The coupons that a guide can give to customers of their own now; for guides.")
async def coupons_to_give(ports: CouponPorts, act: Act) -> list[CouponToGive]:
    return [
        CouponToGive(coupon=ClaimableCoupon.of(one), left=left)
        for one, left in await claiming.to_give(ports, act)
    ]


CouponArgument = Annotated[strawberry.ID, strawberry.argument(description="The coupon's id.")]
Key = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this request, such as a UUID. Sent again with the "
        "same key, it is the same copy and not another."
    ),
]


@mutation("Claim a coupon for the viewer, who is a member.", coupon="The viewer's copy.")
async def coupon_claim(
    ports: CouponPorts, act: Act, id: CouponArgument, idempotency_key: Key
) -> Coupon:
    return Coupon.of(await claiming.claim(ports, act, id, idempotency_key=idempotency_key))


@mutation("Give a customer of one's own a coupon; for guides.", coupon="The member's copy.")
async def coupon_give(
    ports: CouponPorts,
    act: Act,
    id: CouponArgument,
    member_id: Annotated[strawberry.ID, strawberry.argument(description="The member's id.")],
    idempotency_key: Key,
) -> Coupon:
    done = await claiming.give(ports, act, id, member_id, idempotency_key=idempotency_key)
    return Coupon.of(done)


QUERIES = (coupons_to_claim, coupons_to_give, own_coupons)
MUTATIONS = (coupon_claim, coupon_give)
