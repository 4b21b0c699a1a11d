"""Offers and coupons under load, and what must be true of them, whatever was killed."""

from collections import Counter
from datetime import timedelta

from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.version_reviews import VersionState
from domain.mall.orders.order import OrderState
from domain.people.viewer import Viewer
from domain.promotions.coupons import CouponState, MemberCoupon, open_claims
from domain.promotions.offer_versions import OfferHistory, OfferVersion
from domain.promotions.offers import (
    AmountOff,
    Claiming,
    Measure,
    Offer,
    OfferId,
    OfferKind,
    PercentOff,
    Tier,
    Tiers,
)
from domain.promotions.scopes import OfferWindow
from domain.promotions.shipping_fees import ShippingFees, Zone
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import promotion_ports
from scripts.chaos_load import Load
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document
from storage.mongo.promotions.coupons import MongoCoupons

COUPON = OfferId("offer_coupon")
# Fewer than are asked for, so that the last ones are fought over.
COUPONS = 60
EVERY_KIND = frozenset(OfferKind)

CLAIM = """mutation($id: ID!, $key: String!) {
  done: couponClaim(id: $id, idempotencyKey: $key) {
    coupon { id } userErrors { code message } } }"""


async def set_offers(base: Foundation) -> None:
    """A tenth off everything, a coupon of ¥1.01 of which there are few, and a fee for shipping."""
    odd = Tiers(by=Measure.AMOUNT, tiers=(Tier(at=1, gives=AmountOff(amount=Fen(101))),))
    rules = [
        _an_offer(OfferId("offer_tenth"), OfferKind.GOODS, PercentOff(percent=10), None),
        _an_offer(COUPON, OfferKind.ORDER_COUPON, odd, Claiming(total=COUPONS)),
    ]
    for rule in rules:
        version = OfferVersion(
            rule=rule,
            author_id=PersonId("staff_1"),
            made_at=now(),
            state=VersionState.APPROVED,
            holds_from=now(),
        )
        history = OfferHistory(id=rule.id, versions=(version,))
        await base.reference.save_offer(history, expected=0)
    await open_claims(promotion_ports(base).totals, COUPON, now())
    fees = ShippingFees(version=1, zones=(Zone(prefixes=("",), fee=Fen(799)),))
    await base.reference.save_shipping_fees(fees, expected=0)


async def claim(load: Load, viewer: Viewer) -> str | None:
    """Claim the coupon, twice by one key; None where all are gone."""
    key = new_id("key")
    done = [await load.ask(viewer, CLAIM, id=COUPON, key=key) for _ in range(2)]
    ids = {one["coupon"]["id"] if one["coupon"] else None for one in done}
    assert len(ids) == 1, f"{viewer.id} claimed twice by one key, and has {ids}"
    return ids.pop()


async def unfinished_coupons(database: Database) -> dict[str, int]:
    """Coupons that somebody has begun to claim, or that an order holds still."""
    coupons = database["coupons"]
    return {
        "claims of coupons": await coupons.count_documents({"state": CouponState.CLAIMING}),
        "held coupons": await coupons.count_documents({"state": CouponState.HELD}),
    }


async def faults_of_promotions(database: Database, orders: dict[str, Document]) -> list[str]:
    """Coupons that are too many, lost or used twice, and prices that do not add up."""
    coupons = [from_document(MemberCoupon, one) async for one in database["coupons"].find({})]
    left = (await MongoCoupons(database).left({COUPON: COUPONS}))[COUPON]
    wrong = []
    if left < 0 or left + len(coupons) != COUPONS:
        wrong.append(f"{left} coupons are left and {len(coupons)} are claimed of {COUPONS}")
    users = {
        one.id: one.hold.order_id
        for one in coupons
        if one.state is CouponState.USED and one.hold is not None
    }
    paid = [one for one in orders.values() if one["state"] == OrderState.PAID]
    takers = Counter(coupon for one in paid for coupon in one["coupons"])
    wrong += [f"{coupon} is used by {n} orders" for coupon, n in takers.items() if n > 1]
    wrong += [f"{coupon} is used by nobody" for coupon in users.keys() - takers.keys()]
    wrong += [
        f"{one['_id']} has {coupon}, which is {users.get(coupon, 'free')}"
        for one in paid
        for coupon in one["coupons"]
        if users.get(coupon) != one["_id"]
    ]
    return wrong + [fault for one in orders.values() for fault in _unpriced(one)]


def _unpriced(order: Document) -> list[str]:
    """Lines of which another amount is off than the order's rules say."""
    off: Counter[str] = Counter()
    for one in order["discounts"]:
        off[one["sku"]] += one["amount"]
    return [
        f"{order['_id']}: {line['off']} fen off {line['sku']}, not {off[line['sku']]}"
        for line in order["lines"]
        if line["off"] != off[line["sku"]]
        or not 0 < line["off"] <= line["quantity"] * line["price"]
    ]


def _an_offer(
    id: OfferId, kind: OfferKind, effect: PercentOff | Tiers, claiming: Claiming | None
) -> Offer:
    return Offer(
        id=id,
        version=1,
        name=id,
        kind=kind,
        effect=effect,
        window=OfferWindow(begins_at=now(), ends_at=now() + timedelta(days=1)),
        combines_with=EVERY_KIND,
        claiming=claiming,
    )
