"""Coupons that are kept for one store, in the schema."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.promotions.coupons import Coupon
from api.promotions.offers import EFFECTS, Effect, OfferGoods
from api.promotions.till_coupons import Number, StoreId
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions import store_passes
from domain.promotions.coupons import MemberCoupon
from domain.promotions.offers import Offer, OfferKind
from domain.promotions.store_passes import Fault, PassUse, StorePassPorts

enum(
    Fault,
    "Why a till should not have taken a coupon.",
    name="CouponClashFault",
    USED_BEFORE="It is used or held elsewhere.",
    OTHER_STORE="Its pass is for another store.",
    OVER="Its pass was over, or not yet good.",
)


@strawberry.type(description="What a member shows at the tills of one store to use a coupon.")
class CouponPass:
    coupon: Coupon = strawberry.field(description="The coupon, which is kept for that store.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    token: str = strawberry.field(
        description="A JSON Web Token, signed EdDSA, to show as a code: `sub` is the coupon, `aud` "
        "the store, `offer` and `version` are its rule, `nbf` and `exp` from when to before when "
        "it is good."
    )
    ends_at: datetime = strawberry.field(description="Until before when it is good.")


@strawberry.type(description="A coupon that is or was kept for a store.")
class KeptCoupon:
    coupon: Coupon = strawberry.field(description="The coupon.")
    kept_at: datetime = strawberry.field(description="Since when.")
    number: str | None = strawberry.field(
        description="The till's number of the sale that used it; null before that."
    )

    @classmethod
    def of(cls, coupon: MemberCoupon) -> "KeptCoupon":
        """Pack it."""
        assert coupon.kept_for is not None, "it was found by its store"
        prefix = f"till:{coupon.kept_for.store_id}:"
        number = coupon.hold.order_id.removeprefix(prefix) if coupon.hold else None
        return cls(coupon=Coupon.of(coupon), kept_at=coupon.kept_for.since, number=number)


@strawberry.type(description="A rule whose coupons a store's tills may take.")
class StoreCoupon:
    offer_id: strawberry.ID = strawberry.field(description="The offer's id, `offer` in a pass.")
    version: int = strawberry.field(description="Its version, `version` in a pass.")
    name: str = strawberry.field(description="What it is called.")
    kind: OfferKind = strawberry.field(
        description="Whether it is for goods, for an order or for the shipping."
    )
    effect: Effect = strawberry.field(description="What it does.")
    goods: OfferGoods = strawberry.field(description="For which goods.")

    @classmethod
    def of(cls, rule: Offer) -> "StoreCoupon":
        """Pack a rule."""
        return cls(
            offer_id=strawberry.ID(rule.id),
            version=rule.version,
            name=rule.name,
            kind=rule.kind,
            effect=EFFECTS[type(rule.effect)].of(rule.effect),
            goods=OfferGoods.of(rule.goods),
        )


@strawberry.type(description="What a store's tills need at hand to take coupons without a line.")
class StoreCoupons:
    public_key: str = strawberry.field(
        description="The Ed25519 key that passes are signed by: its 32 bytes in base64url."
    )
    rules: list[StoreCoupon] = strawberry.field(
        description="The rules whose coupons may be kept for the store, by id and version."
    )

    @classmethod
    def of(cls, found: store_passes.AtHand) -> "StoreCoupons":
        """Pack it."""
        return cls(
            public_key=urlsafe_b64encode(found.public_key).decode(),
            rules=[StoreCoupon.of(one) for one in found.rules],
        )


@strawberry.type(description="A use of a coupon that a till told and that was refused.")
class CouponClash(Packed[store_passes.Clash]):
    id: strawberry.ID = strawberry.field(description="The clash's id.")
    coupon_id: strawberry.ID = strawberry.field(description="The coupon.")
    offer_id: strawberry.ID = strawberry.field(description="The offer that it is of.")
    store_id: strawberry.ID = strawberry.field(description="The store whose till it was.")
    number: str = strawberry.field(description="The till's number of the sale.")
    fault: Fault = strawberry.field(description="Why it should not have been.")
    used_at: datetime = strawberry.field(description="When the sale was, as the till says.")
    at: datetime = strawberry.field(description="When it was told first.")
    told_by: strawberry.ID = strawberry.field(description="Who told it.")


@query("What a store's tills need to take coupons without a line; for tills and its people.")
def store_coupons(ports: StorePassPorts, act: Act, store_id: StoreId) -> StoreCoupons:
    return StoreCoupons.of(store_passes.at_hand(ports, act, store_id))


@query(
    "The coupons that are kept for a store, used ones among them, the last kept first; for tills "
    "and its people."
)
async def coupons_kept(
    ports: StorePassPorts, act: Act, store_id: StoreId, first: First = 20, after: After = None
) -> Connection[KeptCoupon]:
    request = PageRequest(first=first, after=after)
    page = await store_passes.coupons_kept(ports, act, store_id, request)
    return connection(page, KeptCoupon.of)


@query("The uses of coupons at tills that were refused, the last told first; for head office.")
async def coupon_clashes(
    ports: StorePassPorts, act: Act, first: First = 20, after: After = None
) -> Connection[CouponClash]:
    page = await store_passes.clashes(ports, act, PageRequest(first=first, after=after))
    return connection(page, CouponClash.of)


@mutation(
    "Keep a coupon of the viewer's for one store, whose tills take it by its pass even without a "
    "line. It is good for nothing else until the store has used it, or three days are over.",
    kept="The coupon as it is kept, and its pass, good for a day at most.",
)
async def coupon_pass_make(
    ports: StorePassPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The viewer's coupon.")],
    store_id: Annotated[
        strawberry.ID, strawberry.argument(description="The store to keep it for.")
    ],
) -> CouponPass:
    given = await store_passes.make_pass(ports, act, id, store_id)
    return CouponPass(
        coupon=Coupon.of(given.coupon),
        store_id=store_id,
        token=given.text,
        ends_at=given.ends_at,
    )


@mutation(
    "Use a coupon by its pass, as a till tells at once or when it has a line again. What it should "
    "not have taken is refused, and kept for head office to see.",
    coupon="The coupon.",
)
async def coupon_pass_use(
    ports: StorePassPorts,
    act: Act,
    token: Annotated[str, strawberry.argument(description="The pass.")],
    store_id: StoreId,
    number: Number,
    used_at: Annotated[
        datetime | None,
        strawberry.argument(description="When the sale was; without it, that is now."),
    ] = None,
) -> Coupon:
    told = PassUse(text=token, number=number, used_at=used_at)
    return Coupon.of(await store_passes.use_pass(ports, act, told, store_id=store_id))


QUERIES = (store_coupons, coupons_kept, coupon_clashes)
MUTATIONS = (coupon_pass_make, coupon_pass_use)
