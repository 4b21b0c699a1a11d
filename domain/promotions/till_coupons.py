"""Coupons at a till: shown by a code that lives a minute, held, used or released by the till.

A till names what it does by its own number, such as that of a receipt, so that whatever it sends
twice is done once. A stranger's code, one that is over and one that never was are one answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.audiences.trait_ports import TraitPorts
from domain.catalogue.catalogue import Channel
from domain.kernel.apply_once import Ledger, Posting
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.network.directory import DirectorySource
from domain.network.stores import Store
from domain.people.act import Act
from domain.people.guesses import count_guess
from domain.people.limits import Tallies
from domain.promotions.baskets import Shopper
from domain.promotions.coupons import (
    Coupons,
    CouponState,
    MemberCoupon,
    ShownCode,
    as_candidate,
    at_till,
    issued,
    showing,
    used,
)
from domain.promotions.gift_packs import put_pack_back, take_pack
from domain.promotions.offering import PromotionSource
from domain.promotions.offers import CouponId, Offer
from domain.promotions.standing import member_standing

CODE_LIVES = timedelta(minutes=1)
# A till that has neither used nor released a coupon by then has forgotten it.
HELD_FOR = timedelta(minutes=30)
LONGEST_NUMBER = 64
MOST_AT_ONCE = 200
MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TillCouponPorts(Ports):
    """Coupons, their rules, the stores and their gift packs; who members are; codes and guesses."""

    promotions: PromotionSource
    directory: DirectorySource
    coupons: Coupons
    packs: Ledger[Posting]
    traits: TraitPorts
    tallies: Tallies
    new_code: Callable[[], str]


async def show_code(ports: TillCouponPorts, act: Act, coupon_id: str) -> MemberCoupon:
    """Give a coupon of the viewer's a code to show; the one before it is good for nothing."""
    act.viewer.require("coupon.show_code")
    for _ in range(MOST_TRIES):
        found = await ports.coupons.by_ids([CouponId(coupon_id)])
        coupon = next((one for one in found if one.member_id in act.viewer.ids), None)
        if coupon is None:
            raise NotFound("You have no such coupon; look at your coupons.", field=["id"])
        if not coupon.usable(act.at):
            raise WrongState("This coupon is used, held or over.", field=["id"])
        shown = ShownCode(
            code=ports.new_code(), expires_at=act.at + CODE_LIVES, member_id=act.viewer.id
        )
        after = showing(coupon, shown)
        try:
            await ports.coupons.save(after, expected=coupon.version)
        except Conflict:
            continue
        return after
    raise others_at_it()


async def hold_at_till(
    ports: TillCouponPorts, act: Act, code: str, *, store_id: str, number: str
) -> MemberCoupon:
    """Hold a coupon for a till's number by the code that its member shows.

    The same again is the same, even when the code is over by then.
    """
    store, name = till_of(ports, act, store_id, number)
    guess = await count_guess(ports.tallies, act, store.id)
    await _shown_by(ports, act, code, name)
    await ports.tallies.give_back(guess)
    for _ in range(MOST_TRIES):
        coupon = await _shown_by(ports, act, code, name)
        if coupon.at_till_for(name):
            return await _with_pack(ports, act, coupon, store)
        if not coupon.usable(act.at):
            raise Conflict("This coupon is used, held or over.", field=["code"])
        owner = (coupon.shown and coupon.shown.member_id) or coupon.member_id
        await require_usable(ports, act, coupon, store, of=owner, field="code")
        try:
            after = at_till(coupon, name, act.cause())
            await ports.coupons.save(after, expected=coupon.version)
        except Conflict:
            continue
        return await _with_pack(ports, act, after, store)
    raise others_at_it()


async def _shown_by(ports: TillCouponPorts, act: Act, code: str, name: str) -> MemberCoupon:
    """The copy that a code is good for, or that is held for this number by it; else NotFound."""
    coupon = await ports.coupons.by_code(code)
    if coupon is not None:
        good = coupon.shown is not None and act.at < coupon.shown.expires_at
        if good or coupon.at_till_for(name):
            return coupon
    raise NotFound("There is no such code; have the member show a new one.", field=["code"])


async def use_at_till(
    ports: TillCouponPorts, act: Act, *, store_id: str, number: str
) -> Sequence[MemberCoupon]:
    """Use what is held for a till's number, whose sale is made; the same again is the same."""
    store, name = till_of(ports, act, store_id, number)
    for _ in range(MOST_TRIES):
        found = await ports.coupons.of_order(name)
        if not found:
            raise NotFound(
                "Nothing is held for this number; hold the coupon anew.", field=["number"]
            )
        for coupon in found:
            await _with_pack(ports, act, coupon, store)
        try:
            return [await _used(ports, act, coupon) for coupon in found]
        except Conflict:
            # Its twin was faster, or it is being released.
            continue
    raise others_at_it()


async def release_at_till(
    ports: TillCouponPorts, act: Act, *, store_id: str, number: str
) -> Sequence[MemberCoupon]:
    """Free what is held for a till's number; again, or of nothing, it changes nothing."""
    _, name = till_of(ports, act, store_id, number)
    for _ in range(MOST_TRIES):
        found = await ports.coupons.of_order(name)
        if any(coupon.state is CouponState.USED for coupon in found):
            raise WrongState("These coupons are used already.", field=["number"])
        try:
            return [await _freed(ports, act, coupon) for coupon in found]
        except Conflict:
            # Its twin was faster, or it is being used.
            continue
    raise others_at_it()


async def free_forgotten(ports: TillCouponPorts, act: Act) -> int:
    """Free what tills have held for too long; tell of how many."""
    before = act.at - HELD_FOR
    waiting = await ports.coupons.waiting(CouponState.AT_TILL, before, MOST_AT_ONCE)
    return await each(waiting, partial(_freed, ports, act))


async def _with_pack(
    ports: TillCouponPorts, act: Act, coupon: MemberCoupon, store: Store
) -> MemberCoupon:
    """A copy that is held, with a pack of the store's if it is for one; else free again."""
    if not rule_of(ports, coupon).is_gift_pack or coupon.state is not CouponState.AT_TILL:
        return coupon
    if not await take_pack(ports.packs, coupon, store.id, act):
        await _freed(ports, act, coupon)
        raise Conflict("This store has none of these gift packs left.", field=["storeId"])
    [known] = await ports.coupons.by_ids([coupon.id])
    used_since = known.state is CouponState.USED and known.version == coupon.version + 1
    if known.version != coupon.version and not used_since:
        # Whoever freed it meanwhile may have looked before the pack was taken.
        await put_pack_back(ports.packs, coupon, act)
        raise Conflict("This coupon has just been released; hold it anew.", field=["number"])
    return coupon


def rule_of(ports: TillCouponPorts, coupon: MemberCoupon) -> Offer:
    """The version of the offer that a copy is of."""
    history = ports.promotions.promotions().offers[coupon.offer_id]
    return history.numbered(coupon.offer_version).rule


async def _used(ports: TillCouponPorts, act: Act, coupon: MemberCoupon) -> MemberCoupon:
    if coupon.state is not CouponState.AT_TILL:
        return coupon
    after = used(coupon, act.cause())
    await ports.coupons.save(after, expected=coupon.version)
    return after


async def _freed(ports: TillCouponPorts, act: Act, coupon: MemberCoupon) -> MemberCoupon:
    after = issued(coupon, act.cause())
    await ports.coupons.save(after, expected=coupon.version)
    await put_pack_back(ports.packs, coupon, act)
    return after


def others_at_it() -> Conflict:
    """What to say where others were faster each time."""
    return Conflict("Others are using this coupon at the same time; try again in a moment.")


def till_of(ports: TillCouponPorts, act: Act, store_id: str, number: str) -> tuple[Store, str]:
    """The till's store, if the viewer may speak for it, and what the number is kept as."""
    act.viewer.require("coupon.redeem", store=store_id)
    store = ports.directory.directory().store(store_id)
    read = read_line(number, most=LONGEST_NUMBER, least=1, field=["number"])
    return store, f"till:{store.id}:{read}"


async def require_usable(
    ports: TillCouponPorts,
    act: Act,
    coupon: MemberCoupon,
    store: Store,
    *,
    of: PersonId,
    field: str,
) -> None:
    """Refuse, with the reason, what its own member shows and can't be used in a store now.

    Whoever was merged into another shows the copies of both: the level is that of who shows it.
    """
    candidate = as_candidate(ports.promotions.promotions(), coupon)
    if candidate is None or act.at >= coupon.expires_at:
        raise Conflict("This coupon is over.", field=[field])
    offer = candidate.offer
    if not offer.window.holds(act.at):
        raise Conflict(f"{offer.name} can't be used now: it is not its time.", field=[field])
    if not offer.eligibility.holds_at(buyer_in(store, act.at)):
        raise Conflict(f"{offer.name} does not hold in this store.", field=[field])
    standing = await member_standing(ports.traits, act, of, [offer.eligibility])
    if not standing.admits(offer):
        raise Conflict(f"{offer.name} is for members of another level or segment.", field=[field])


def buyer_in(store: Store, at: datetime) -> Shopper:
    """Whoever buys in a store at a moment."""
    return Shopper(at=at, channel=Channel.STORE, region_id=store.region_id, store_id=store.id)
