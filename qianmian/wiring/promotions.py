"""Offers, coupons and shipping fees."""

from functools import partial

from domain.promotions.claiming import CouponPorts, finish_claims
from domain.promotions.offering import PromotionPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from storage.advertising_claims import read_claims
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.promotions.coupons import MongoCoupons

CLAIMS_EVERY_S = 5.0


def promotion_ports(base: Foundation) -> PromotionPorts:
    """Promotions and their writing."""
    return PromotionPorts(
        source=base.reference,
        writer=base.reference,
        catalogue=base.reference,
        directory=base.reference,
        records=base.made(MongoRecords),
        wording=read_claims(),
        totals=_totals(base),
    )


def coupon_ports(base: Foundation) -> CouponPorts:
    """Coupons and their claiming."""
    return CouponPorts(
        promotions=base.reference, coupons=base.made(MongoCoupons), totals=_totals(base)
    )


def promotion_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to coupons."""
    ports = coupon_ports(base)
    return (
        Job(
            name="finishing of coupons' claims",
            work=partial(finish_claims, ports),
            every_s=CLAIMS_EVERY_S,
        ),
    )


def _totals(base: Foundation) -> MongoApplyOnce:
    return MongoApplyOnce(base.database, movements="coupon_claims", targets="coupon_totals")
