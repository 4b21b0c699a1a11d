"""Coupons at tills."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.promotions.coupons import Coupon
from domain.people.act import Act
from domain.promotions import till_coupons
from domain.promotions.coupons import MemberCoupon
from domain.promotions.till_coupons import TillCouponPorts


@strawberry.type(description="What a member shows at a till to use a coupon; good for a minute.")
class CouponCode:
    code: str = strawberry.field(description="12 letters and digits, to show as a code.")
    expires_at: datetime = strawberry.field(description="Until before when it is good.")

    @classmethod
    def of(cls, coupon: MemberCoupon) -> "CouponCode":
        """Pack the code that a coupon is shown by."""
        assert coupon.shown is not None, "it has just been given one"
        return cls(code=coupon.shown.code, expires_at=coupon.shown.expires_at)


StoreId = Annotated[strawberry.ID, strawberry.argument(description="The till's store.")]
Number = Annotated[
    str,
    strawberry.argument(
        description="The till's own number of the sale, such as the receipt's; at most 64 "
        "characters. Whatever is sent again under it is done once."
    ),
]


@mutation(
    "Give a coupon of the viewer's a code to show at a till; the one before it is void.",
    code="The code.",
)
async def coupon_code_show(
    ports: TillCouponPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The viewer's coupon.")],
) -> CouponCode:
    return CouponCode.of(await till_coupons.show_code(ports, act, id))


@mutation(
    "Hold a coupon for a sale by the code that a member shows, for half an hour at most; for tills "
    "and the store's people.",
    coupon="The coupon.",
)
async def coupon_hold(
    ports: TillCouponPorts,
    act: Act,
    code: Annotated[str, strawberry.argument(description="What the member shows.")],
    store_id: StoreId,
    number: Number,
) -> Coupon:
    held = await till_coupons.hold_at_till(ports, act, code, store_id=store_id, number=number)
    return Coupon.of(held)


@mutation("Use what is held for a sale that is made.", coupons="The coupons that it used.")
async def coupon_use(
    ports: TillCouponPorts, act: Act, store_id: StoreId, number: Number
) -> list[Coupon]:
    used = await till_coupons.use_at_till(ports, act, store_id=store_id, number=number)
    return [Coupon.of(one) for one in used]


@mutation(
    "Free what is held for a sale that came to nothing.", coupons="The coupons that are free again."
)
async def coupon_release(
    ports: TillCouponPorts, act: Act, store_id: StoreId, number: Number
) -> list[Coupon]:
    freed = await till_coupons.release_at_till(ports, act, store_id=store_id, number=number)
    return [Coupon.of(one) for one in freed]


MUTATIONS = (coupon_code_show, coupon_hold, coupon_use, coupon_release)
