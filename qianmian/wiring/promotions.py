"""Offers, coupons and shipping fees."""

import secrets
from functools import partial

from domain.kernel.facts import Follower
from domain.promotions.budgets import BudgetPorts, finish_budgets
from domain.promotions.claiming import CouponPorts, finish_claims
from domain.promotions.gift_packs import GiftPackPorts, finish_packs
from domain.promotions.milestones import MILESTONE_FACTS, follow_milestones
from domain.promotions.offering import PromotionPorts
from domain.promotions.purchases import PURCHASE_FACTS, PurchasePorts, follow_purchases
from domain.promotions.rewarding import (
    REFERRAL_FACTS,
    ReferralPorts,
    follow_first_purchases,
    tend_referrals,
)
from domain.promotions.store_passes import PassKey, StorePassPorts, free_untold
from domain.promotions.take_up import TakeUpPorts
from domain.promotions.till_coupons import TillCouponPorts, free_forgotten
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.wallets import wallet_ports
from storage.advertising_claims import read_claims
from storage.mongo.audiences.traits import MongoTraits
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.people.people import MongoMembers
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.promotions.budgets import MongoSpent
from storage.mongo.promotions.coupons import MongoClashes, MongoCoupons
from storage.mongo.promotions.gift_packs import MongoPackStock
from storage.mongo.promotions.referrals import MongoHouseholds, MongoReferrals

CLAIMS_EVERY_S = 5.0
TILLS_EVERY_S = 60.0
REFERRALS_EVERY_S = 5.0
# Without what is read wrong; 12 of them have 59 bits, too many to guess.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


def promotion_ports(base: Foundation) -> PromotionPorts:
    """Promotions and their writing."""
    return PromotionPorts(
        source=base.reference,
        writer=base.reference,
        catalogue=base.reference,
        directory=base.reference,
        records=base.made(MongoRecords),
        wording=read_claims(),
        traits=trait_ports(base),
        totals=_totals(base),
        spending=_spending(base),
    )


def budget_ports(base: Foundation) -> BudgetPorts:
    """Budgets of offers."""
    return BudgetPorts(
        source=base.reference,
        writer=base.reference,
        totals=_spending(base),
        spent=base.made(MongoSpent),
    )


def take_up_ports(base: Foundation) -> TakeUpPorts:
    """How far offers are claimed and used."""
    return TakeUpPorts(
        offers=promotion_ports(base),
        spent=base.made(MongoSpent),
        coupons=base.made(MongoCoupons),
    )


def coupon_ports(base: Foundation) -> CouponPorts:
    """Coupons and their claiming."""
    return CouponPorts(
        promotions=base.reference,
        coupons=base.made(MongoCoupons),
        totals=_totals(base),
        members=base.made(MongoMembers),
        traits=trait_ports(base),
    )


def till_coupon_ports(base: Foundation) -> TillCouponPorts:
    """Coupons at tills."""
    return TillCouponPorts(
        promotions=base.reference,
        directory=base.reference,
        coupons=base.made(MongoCoupons),
        packs=_packs(base),
        traits=trait_ports(base),
        tallies=base.made(MongoTallies),
        new_code=_new_code,
    )


def store_pass_ports(base: Foundation) -> StorePassPorts:
    """Coupons that are kept for one store."""
    return StorePassPorts(
        tills=till_coupon_ports(base),
        kept=base.made(MongoCoupons),
        clashes=base.made(MongoClashes),
        key=PassKey(base.settings.secret),
    )


def gift_pack_ports(base: Foundation) -> GiftPackPorts:
    """Gift packs of stores."""
    return GiftPackPorts(
        promotions=base.reference,
        directory=base.reference,
        packs=_packs(base),
        stock=base.made(MongoPackStock),
    )


def referral_ports(base: Foundation) -> ReferralPorts:
    """Referrals."""
    return ReferralPorts(
        referrals=base.made(MongoReferrals),
        members=base.made(MongoMembers),
        traits=base.made(MongoTraits),
        households=base.sealed(MongoHouseholds),
        wallets=wallet_ports(base),
        coupons=coupon_ports(base),
        months=MongoApplyOnce(
            base.database, movements="referral_counts", targets="referral_months"
        ),
        records=base.made(MongoRecords),
        tallies=base.made(MongoTallies),
        new_code=_new_code,
    )


def promotion_followers(base: Foundation) -> tuple[Follower, ...]:
    """What coupons and referrals follow. What was paid before there were any brings none."""
    ports = PurchasePorts(coupons=coupon_ports(base), catalogue=base.reference)
    return (
        follower(
            "coupons_of_purchases", PURCHASE_FACTS, follow_purchases, ports, from_the_first=False
        ),
        follower(
            "coupons_of_milestones",
            MILESTONE_FACTS,
            follow_milestones,
            coupon_ports(base),
            from_the_first=False,
        ),
        follower(
            "referrals",
            REFERRAL_FACTS,
            follow_first_purchases,
            referral_ports(base),
            from_the_first=False,
        ),
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
        Job(
            name="finishing of what orders take of budgets",
            work=partial(finish_budgets, budget_ports(base)),
            every_s=CLAIMS_EVERY_S,
        ),
        Job(
            name="finishing of what is taken of gift packs",
            work=partial(finish_packs, gift_pack_ports(base)),
            every_s=CLAIMS_EVERY_S,
        ),
        Job(
            name="freeing of coupons that tills forgot",
            work=partial(free_forgotten, till_coupon_ports(base)),
            every_s=TILLS_EVERY_S,
        ),
        Job(
            name="freeing of coupons of which their stores told nothing",
            work=partial(free_untold, store_pass_ports(base)),
            every_s=TILLS_EVERY_S,
        ),
        Job(
            name="rewarding of referrals",
            work=partial(tend_referrals, referral_ports(base)),
            every_s=REFERRALS_EVERY_S,
        ),
    )


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def _totals(base: Foundation) -> MongoApplyOnce:
    return MongoApplyOnce(base.database, movements="coupon_claims", targets="coupon_totals")


def _spending(base: Foundation) -> MongoApplyOnce:
    return MongoApplyOnce(base.database, movements="offer_spendings", targets="offer_budgets")


def _packs(base: Foundation) -> MongoApplyOnce:
    return MongoApplyOnce(base.database, movements="gift_pack_moves", targets="gift_packs")
