"""What members save with in the checkout benchmark: an offer, a coupon each, and points."""

from datetime import timedelta

from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import apply_once
from domain.kernel.days import month_of
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.version_reviews import VersionState
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from domain.promotions.coupons import CouponState, MemberCoupon, coupon_id
from domain.promotions.offer_versions import OfferHistory, OfferVersion
from domain.promotions.offers import (
    AmountOff,
    Claiming,
    CouponId,
    Measure,
    Offer,
    OfferId,
    OfferKind,
    PercentOff,
    Tier,
    Tiers,
)
from domain.promotions.scopes import Goods, OfferWindow
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import Unit, wallet_id
from qianmian.clock import now
from scripts.benched_service import SECRET
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from storage.mongo.promotions.coupons import MongoCoupons
from storage.mongo.wallets.ledger import MongoWalletLedger

OFFER, COUPON = OfferId("offer_tenth"), OfferId("offer_coupon")
POINTS = 1_000
EVERY_KIND = frozenset(OfferKind)


def member(number: int) -> PersonId:
    """The id of a member."""
    return PersonId(f"member_{number}")


def token_of(number: int) -> str:
    """What a member signs in with."""
    return issue_access_token(Viewer(id=member(number), role=Role.MEMBER), secret=SECRET, now=now())


def coupon_of(number: int) -> CouponId:
    """The id of a member's coupon."""
    return coupon_id(COUPON, member(number), 0)


async def give_savings(database: Database, skus: frozenset[Sku], members: int) -> None:
    """A tenth off some SKUs, and for so many members a coupon for them and points."""
    reference, goods = MongoReference(database), Goods(skus=skus)
    window = OfferWindow(begins_at=now(), ends_at=now() + timedelta(days=1))
    fifty_off = Tiers(by=Measure.AMOUNT, tiers=(Tier(at=1, gives=AmountOff(amount=Fen(5_000))),))
    for rule in (
        Offer(
            id=OFFER,
            version=1,
            name="九折",
            kind=OfferKind.GOODS,
            effect=PercentOff(percent=10),
            window=window,
            goods=goods,
            combines_with=EVERY_KIND,
        ),
        Offer(
            id=COUPON,
            version=1,
            name="五十元券",
            kind=OfferKind.ORDER_COUPON,
            effect=fifty_off,
            window=window,
            goods=goods,
            combines_with=EVERY_KIND,
            claiming=Claiming(total=members),
        ),
    ):
        version = OfferVersion(
            rule=rule,
            author_id=PersonId("staff_1"),
            made_at=now(),
            state=VersionState.APPROVED,
            holds_from=now(),
        )
        history = OfferHistory(id=rule.id, versions=(version,))
        await reference.save_offer(history, expected=0)
    coupons = MongoCoupons(database)
    for number in range(members):
        await coupons.claim(
            MemberCoupon(
                id=coupon_of(number),
                offer_id=COUPON,
                offer_version=1,
                member_id=member(number),
                key="bench",
                claim_id=f"claim_{number}",
                claimed_at=now(),
                expires_at=window.ends_at,
                state=CouponState.ISSUED,
            )
        )
    given = [
        WalletMovement(
            id=f"grant:{number}",
            target=wallet_id(Unit.POINTS, member(number)),
            kind=MovementKind.GRANT,
            at=now(),
            units=POINTS,
            month=month_of(now(), 11),
            reason="bench",
        )
        for number in range(members)
    ]
    await apply_once(MongoWalletLedger(database), given)
