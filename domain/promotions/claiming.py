"""Claiming coupons: never one more than there are, never one more than a member may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open
from domain.kernel.each import each
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, NotFound, TooMany
from domain.kernel.request_keys import request_key
from domain.people.act import Act
from domain.promotions.coupons import (
    Coupons,
    CouponState,
    MemberCoupon,
    claimed,
    coupon_id,
    issued,
    lapses_at,
)
from domain.promotions.offering import PromotionSource
from domain.promotions.offers import COUPON_KINDS, Claiming, CouponId, Offer, OfferId

# How long whoever began a claim has to finish it, before the clock does.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPorts(Ports):
    """The offers, the copies that members have, and how many of each offer's are claimed."""

    promotions: PromotionSource
    coupons: Coupons
    totals: Ledger[Posting]


async def claim(
    ports: CouponPorts, act: Act, offer_id: str, *, idempotency_key: str
) -> MemberCoupon:
    """Claim a copy for the viewer; the same key again is the same copy and not another."""
    act.viewer.require("coupon.claim")
    key = request_key(idempotency_key, offer_id).key
    history = ports.promotions.promotions().offers.get(OfferId(offer_id))
    rule = history.rule_at(act.at) if history else None
    if rule is None or rule.claiming is None:
        raise NotFound("There is no such coupon to claim; look at couponsToClaim.", field=["id"])
    ids = [coupon_id(rule.id, act.viewer.id, n) for n in range(rule.claiming.each)]
    own = {one.id: one for one in await ports.coupons.by_ids(ids)}
    for known in own.values():
        if known.key == key:
            return await _finished(ports, act, known)
    if not rule.window.holds(act.at):
        raise NotFound("This coupon can't be claimed now; look at couponsToClaim.", field=["id"])
    if await ports.coupons.left(rule.id, rule.claiming.total) < 1:
        raise _gone()
    for free in (one for one in ids if one not in own):
        begun = _begun(act, rule, rule.claiming, free, key)
        if await ports.coupons.claim(begun):
            return await _finished(ports, act, begun)
        # Another request of the member's was faster; it may have been this one's twin.
        for faster in await ports.coupons.by_ids([free]):
            if faster.key == key:
                return await _finished(ports, act, faster)
    raise TooMany(f"{rule.name}: you have as many as one may have.", field=["id"])


async def own_coupons(ports: CouponPorts, act: Act, request: PageRequest) -> Page[MemberCoupon]:
    """The viewer's coupons, the last claimed first, used and lapsed ones among them."""
    act.viewer.require("coupon.claim")
    return await ports.coupons.of_member(act.viewer.id, request)


def to_claim(ports: CouponPorts, act: Act) -> Sequence[Offer]:
    """The coupons that can be claimed now, by id; there may be none left of one."""
    rules = ports.promotions.promotions().rules_at(act.at)
    found = [one for one in rules if one.kind in COUPON_KINDS and one.window.holds(act.at)]
    return sorted(found, key=lambda one: one.id)


def rule_of(ports: CouponPorts, act: Act, coupon: MemberCoupon) -> Offer:
    """The version of the offer that a copy is of."""
    return ports.promotions.promotions().offers[coupon.offer_id].numbered(coupon.offer_version).rule


async def finish_claims(ports: CouponPorts, act: Act) -> int:
    """Finish the claims that a crash has cut short; tell of how many."""
    await finish_open(ports.totals, act.at)
    begun = await ports.coupons.waiting(CouponState.CLAIMING, act.at - GRACE, MOST_AT_ONCE)
    return await each(begun, partial(_decided, ports, act))


async def _finished(ports: CouponPorts, act: Act, coupon: MemberCoupon) -> MemberCoupon:
    done = await _decided(ports, act, coupon)
    if done is None:
        raise _gone()
    return done


async def _decided(ports: CouponPorts, act: Act, coupon: MemberCoupon) -> MemberCoupon | None:
    """A copy once it is decided whether there was one left; None where there was none."""
    if coupon.state is not CouponState.CLAIMING:
        return coupon
    claiming = rule_of(ports, act, coupon).claiming
    assert claiming is not None, "only coupons are claimed"
    [entry] = await apply_once(ports.totals, [claimed(coupon, claiming.total)])
    if entry.state is State.REFUSED:
        await ports.coupons.withdraw(coupon)
        return None
    after = issued(coupon, act.cause())
    try:
        await ports.coupons.save(after, expected=coupon.version)
    except Conflict:
        # Its twin, or the clock, was faster, and decided the same.
        return next(iter(await ports.coupons.by_ids([coupon.id])), None)
    return after


def _begun(act: Act, rule: Offer, claiming: Claiming, id: CouponId, key: str) -> MemberCoupon:
    return MemberCoupon(
        id=id,
        offer_id=rule.id,
        offer_version=rule.version,
        member_id=act.viewer.id,
        key=key,
        claim_id=act.new_id("claim"),
        claimed_at=act.at,
        expires_at=lapses_at(rule, claiming, act.at),
    )


def _gone() -> TooMany:
    return TooMany("All of these coupons are gone.", field=["id"])
