"""Coming by coupons: never one more than there are, never one more than a member may have.

A member claims what everybody sees, or what a link leads to; a guide gives customers of their own
what is for guides to give; what happens to a member brings what follows it. Each is one claim: a
copy is written down, counted, and issued.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from domain.audiences.trait_ports import TraitPorts
from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Forbidden, NotFound, Refusal, TooMany
from domain.kernel.request_keys import request_key
from domain.people.accounts import Members
from domain.people.act import Act
from domain.promotions.coupons import (
    Coupons,
    CouponState,
    MemberCoupon,
    claimed,
    coupon_id,
    issued,
    lapses_at,
    revoked,
)
from domain.promotions.offering import PromotionSource
from domain.promotions.offers import MOST_EACH, Claiming, ClaimWay, CouponId, Offer, OfferId
from domain.promotions.standing import member_standing

# How long whoever began a claim has to finish it, before the clock does.
GRACE = timedelta(seconds=15)
MOST_AT_ONCE = 200
MOST_TRIES = 8


class NotGiven(StrEnum):
    """Why somebody has no copy of a coupon: it is over, for others, gone, or they have enough."""

    NO_SUCH_COUPON = "NO_SUCH_COUPON"
    OVER = "OVER"
    NOT_FOR_THEM = "NOT_FOR_THEM"
    ALL_GONE = "ALL_GONE"
    HAVE_ENOUGH = "HAVE_ENOUGH"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPorts(Ports):
    """The offers, members' copies, how many of each offer's are claimed; and who members are."""

    promotions: PromotionSource
    coupons: Coupons
    totals: Ledger[Posting]
    members: Members
    traits: TraitPorts


async def claim(
    ports: CouponPorts, act: Act, offer_id: str, *, idempotency_key: str
) -> MemberCoupon:
    """Claim a copy for the viewer; the same key again is the same copy and not another."""
    act.viewer.require("coupon.claim")
    key = request_key(idempotency_key, offer_id).key
    rule = _rule(ports, act, offer_id)
    if rule is None or not (rule.claimed_by(ClaimWay.OPEN) or rule.claimed_by(ClaimWay.LINK)):
        raise NotFound("There is no such coupon to claim; look at couponsToClaim.", field=["id"])
    wanted = WantedCopy(rule=rule, member_id=act.viewer.id, key=key)
    return await a_copy(ports, act, wanted)


async def give(
    ports: CouponPorts, act: Act, offer_id: str, member_id: str, *, idempotency_key: str
) -> MemberCoupon:
    """Give a customer of the viewer's own a copy; the same key again is the same copy."""
    act.viewer.require("coupon.give")
    key = request_key(idempotency_key, offer_id, member_id).key
    customer = PersonId(member_id)
    if not await ports.traits.customers.is_customer(act.viewer.id, customer):
        raise NotFound(
            "You have no customer of this id; ask the member's own guide.", field=["memberId"]
        )
    rule = _rule(ports, act, offer_id)
    if rule is None or not rule.claimed_by(ClaimWay.GUIDE):
        raise NotFound("There is no such coupon to give; look at couponsToGive.", field=["id"])
    # Two guides may make up the same key.
    wanted = WantedCopy(
        rule=rule, member_id=customer, key=f"{act.viewer.id}:{key}", given_by=act.viewer.id
    )
    return await a_copy(ports, act, wanted)


async def to_give(ports: CouponPorts, act: Act) -> Sequence[tuple[Offer, int]]:
    """The coupons that guides can give now, by id, each with how many are left."""
    act.viewer.require("coupon.give")
    found = coming_by(ports, act, ClaimWay.GUIDE)
    totals = {one.id: one.claiming.total for one in found if one.claiming}
    left = await ports.coupons.left(totals)
    return [(one, left[one.id]) for one in found]


async def own_coupons(ports: CouponPorts, act: Act, request: PageRequest) -> Page[MemberCoupon]:
    """The viewer's coupons, the last claimed first, used and lapsed ones among them."""
    act.viewer.require("coupon.claim")
    return await ports.coupons.of_member(act.viewer.ids, request)


def claimable(ports: CouponPorts, act: Act, offer_id: str, *, at: datetime) -> Offer | None:
    """A coupon that can be claimed at a moment by whoever has its id; None for what is none."""
    act.viewer.require("coupon.see")
    history = ports.promotions.promotions().offers.get(OfferId(offer_id))
    rule = history.rule_at(at) if history else None
    if rule is None or not rule.window.holds(at):
        return None
    return rule if rule.claimed_by(ClaimWay.OPEN) or rule.claimed_by(ClaimWay.LINK) else None


def to_claim(ports: CouponPorts, act: Act) -> Sequence[Offer]:
    """The coupons that can be claimed now, by id; there may be none left of one."""
    return coming_by(ports, act, ClaimWay.OPEN)


def rule_of(ports: CouponPorts, act: Act, coupon: MemberCoupon) -> Offer:
    """The version of the offer that a copy is of."""
    return ports.promotions.promotions().offers[coupon.offer_id].numbered(coupon.offer_version).rule


async def finish_claims(ports: CouponPorts, act: Act) -> int:
    """Finish the claims that a crash has cut short; tell of how many."""
    await finish_open(ports.totals, act.at)
    begun = await ports.coupons.waiting(CouponState.CLAIMING, act.at - GRACE, MOST_AT_ONCE)
    return await each(begun, partial(_decided, ports, act))


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCopy:
    """A copy that somebody wants: of which rule, for whom, by which key, and from which guide."""

    rule: Offer
    member_id: PersonId
    key: str
    given_by: PersonId | None = None

    @property
    def claiming(self) -> Claiming:
        """How the rule is claimed."""
        assert self.rule.claiming is not None, "only coupons are claimed"
        return self.rule.claiming


async def a_copy(ports: CouponPorts, act: Act, wanted: WantedCopy) -> MemberCoupon:
    """The copy that somebody wants; the same for the same key, refused where there is none."""
    found = await _copy(ports, act, wanted)
    if isinstance(found, NotGiven):
        raise _refusal(found, wanted)
    return found


async def brought(
    ports: CouponPorts, act: Act, wanted: WantedCopy, *, since: datetime
) -> MemberCoupon | NotGiven:
    """The copy that what happened at a moment brings, however late it is heard of; or why none."""
    if lapses_at(wanted.rule, wanted.claiming, since) <= act.at:
        return NotGiven.OVER
    return await _copy(ports, replace(act, at=since), wanted)


async def give_by_rule(
    ports: CouponPorts,
    act: Act,
    offer_id: OfferId,
    member_id: PersonId,
    *,
    way: ClaimWay,
    source: str,
    since: datetime,
) -> MemberCoupon | NotGiven:
    """Give a member a copy of a coupon whose way is this one, for what happened at a moment.

    The same `source` and moment again are the same copy; the source says by itself of what it is
    the id, as in `journey:…`. Whoever may not have one is no error: it is said why.
    """
    history = ports.promotions.promotions().offers.get(offer_id)
    rule = history.rule_at(since) if history else None
    if rule is None or not rule.claimed_by(way):
        return NotGiven.NO_SUCH_COUPON
    wanted = WantedCopy(rule=rule, member_id=member_id, key=source)
    return await brought(ports, act, wanted, since=since)


async def take_back_by_rule(
    ports: CouponPorts, act: Act, offer_id: OfferId, member_id: PersonId, source: str
) -> None:
    """Take back what was given to a member under a source, if it waits for its use."""
    person = await ports.members.live(member_id)
    theirs = {member_id, *(person.ids if person else ())}
    ids = [coupon_id(offer_id, one, n) for one in sorted(theirs) for n in range(MOST_EACH)]
    for copy in await ports.coupons.by_ids(ids):
        if copy.key == source:
            await take_back(ports, act, copy.id)


async def take_back(ports: CouponPorts, act: Act, id: CouponId) -> None:
    """Take a copy back if it waits for its use; one that is held or used stays as it is."""
    for _ in range(MOST_TRIES):
        [coupon] = await ports.coupons.by_ids([id])
        if coupon.state is not CouponState.ISSUED:
            return
        with contextlib.suppress(Conflict):
            await ports.coupons.save(revoked(coupon, act.cause()), expected=coupon.version)


async def _copy(ports: CouponPorts, act: Act, wanted: WantedCopy) -> MemberCoupon | NotGiven:
    """The copy that somebody wants, or why they have none.

    Whoever has been several members has what all of them have claimed. What was taken back of them
    is had no more, and its number is nobody else's.
    """
    rule, claiming = wanted.rule, wanted.claiming
    person = await ports.members.live(wanted.member_id)
    theirs = {wanted.member_id, *(person.ids if person else ())}
    ids = [coupon_id(rule.id, wanted.member_id, n) for n in range(MOST_EACH)]
    others = [
        coupon_id(rule.id, one, n)
        for one in sorted(theirs - {wanted.member_id})
        for n in range(MOST_EACH)
    ]
    own = {one.id: one for one in await ports.coupons.by_ids([*ids, *others])}
    for known in own.values():
        if known.key == wanted.key:
            return await _decided(ports, act, known) or NotGiven.ALL_GONE
    if not rule.window.holds(act.at):
        return NotGiven.OVER
    standing = await member_standing(ports.traits, act, wanted.member_id, [rule.eligibility])
    if not standing.admits(rule):
        return NotGiven.NOT_FOR_THEM
    if (await ports.coupons.left({rule.id: claiming.total}))[rule.id] < 1:
        return NotGiven.ALL_GONE
    had = sum(one.state is not CouponState.REVOKED for one in own.values())
    free_ids = [one for one in ids if one not in own]
    for free in free_ids[: max(0, claiming.each - had)]:
        begun = _begun(act, wanted, free)
        if await ports.coupons.claim(begun):
            return await _decided(ports, act, begun) or NotGiven.ALL_GONE
        # Another request for the member was faster; it may have been this one's twin.
        for faster in await ports.coupons.by_ids([free]):
            if faster.key == wanted.key:
                return await _decided(ports, act, faster) or NotGiven.ALL_GONE
    return NotGiven.HAVE_ENOUGH


def _rule(ports: CouponPorts, act: Act, offer_id: str) -> Offer | None:
    history = ports.promotions.promotions().offers.get(OfferId(offer_id))
    return history.rule_at(act.at) if history else None


def coming_by(ports: CouponPorts, act: Act, way: ClaimWay) -> list[Offer]:
    """The coupons that members come by in one way now, by id."""
    rules = ports.promotions.promotions().rules_at(act.at)
    found = [one for one in rules if one.claimed_by(way) and one.window.holds(act.at)]
    return sorted(found, key=lambda one: one.id)


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


def _begun(act: Act, wanted: WantedCopy, id: CouponId) -> MemberCoupon:
    rule = wanted.rule
    return MemberCoupon(
        id=id,
        offer_id=rule.id,
        offer_version=rule.version,
        member_id=wanted.member_id,
        key=wanted.key,
        claim_id=act.new_id("claim"),
        claimed_at=act.at,
        expires_at=lapses_at(rule, wanted.claiming, act.at),
        given_by=wanted.given_by,
    )


def _refusal(why: NotGiven, wanted: WantedCopy) -> Refusal:
    name, each_one = wanted.rule.name, wanted.claiming.each
    match why:
        case NotGiven.NOT_FOR_THEM:
            return Forbidden(f"{name} is for members of another level or segment.", field=["id"])
        case NotGiven.ALL_GONE:
            return TooMany("All of these coupons are gone.", field=["id"])
        case NotGiven.HAVE_ENOUGH:
            return TooMany(f"{name}: {each_one} is as many as one may have.", field=["id"])
        case NotGiven.OVER | NotGiven.NO_SUCH_COUPON:
            return NotFound(
                "This coupon can't be claimed now; look at those that can.", field=["id"]
            )
