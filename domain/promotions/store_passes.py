"""Coupons that are kept for one store, whose tills take them by a signed pass, with or without us.

A copy that is kept for a store can be used there and nowhere else, so that a till that hears nobody
needs no more than our public key and its own list of what it has taken. It tells later, under its
own number. What was taken against that is refused and stays on record, for head office to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.moments import CLOCK_SKEW
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState
from domain.kernel.sealing import key_of
from domain.kernel.version_reviews import VersionState
from domain.network.stores import Store, StoreId
from domain.people.act import Act
from domain.promotions.coupons import (
    CouponState,
    KeptFor,
    MemberCoupon,
    issued,
    kept,
    used,
)
from domain.promotions.offers import COUPON_KINDS, CouponId, Offer
from domain.promotions.till_coupons import (
    MOST_AT_ONCE,
    MOST_TRIES,
    TillCouponPorts,
    buyer_in,
    others_at_it,
    require_usable,
    rule_of,
    till_of,
)

# A pass is good for a day, and a till has two more to tell what it has taken by it.
PASS_LIVES = timedelta(days=1)
TOLD_WITHIN = timedelta(days=2)
COUPONS_OF_A_STORE = Cursors("coupons kept for a store", datetime, str)
CLASHES = Cursors("clashes of coupons", datetime, str)
_ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePass:
    """What a pass says: which copy, of which rule, in which store, and from when to before when."""

    coupon_id: CouponId
    offer_id: str
    offer_version: int
    store_id: StoreId
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class PassKey:
    """Signs passes as JSON Web Tokens by Ed25519, with a key that follows from our secret."""

    secret: str = field(repr=False)

    def write(self, said: StorePass) -> str:
        """The pass as a text; the same pass is the same text."""
        claims = {
            "sub": said.coupon_id,
            "aud": said.store_id,
            "offer": said.offer_id,
            "version": said.offer_version,
            "nbf": said.begins_at,
            "exp": said.ends_at,
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, text: str) -> StorePass | None:
        """What a pass says, whatever the moment; None where we did not sign it."""
        try:
            claims = jwt.decode(
                text,
                self._key.public_key(),
                algorithms=[_ALGORITHM],
                # Which store and which moment are for whoever reads it to judge.
                options={"verify_exp": False, "verify_nbf": False, "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None
        return StorePass(
            coupon_id=CouponId(claims["sub"]),
            offer_id=claims["offer"],
            offer_version=claims["version"],
            store_id=StoreId(claims["aud"]),
            begins_at=datetime.fromtimestamp(claims["nbf"], UTC),
            ends_at=datetime.fromtimestamp(claims["exp"], UTC),
        )

    @property
    def public(self) -> bytes:
        """The 32 bytes by which anybody tells our passes from others."""
        return self._key.public_key().public_bytes_raw()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        seed = key_of(self.secret, "passes of coupons for one store")
        return Ed25519PrivateKey.from_private_bytes(seed)


class Fault(StrEnum):
    """Why what a till has taken should not have been."""

    USED_BEFORE = "USED_BEFORE"
    OTHER_STORE = "OTHER_STORE"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A use that was refused, as a till told it; one for each copy and number of a till."""

    id: str
    coupon_id: CouponId
    offer_id: str
    store_id: StoreId
    number: str
    fault: Fault
    used_at: datetime
    at: datetime
    told_by: PersonId


class Clashes(Protocol):
    """The uses that were refused."""

    async def note(self, clash: Clash) -> None:
        """Write one down; one of its id stays as it was told first."""

    async def newest(self, request: PageRequest) -> Page[Clash]:
        """All of them, the last told first."""


class KeptCoupons(Protocol):
    """The copies that are kept for stores."""

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[MemberCoupon]:
        """Those of a store, used ones among them, the last kept first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePassPorts(Ports):
    """Coupons at tills, those that are kept for stores, the key of passes, and what was refused."""

    tills: TillCouponPorts
    kept: KeptCoupons
    clashes: Clashes
    key: PassKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PassGiven:
    """A copy that is kept for a store, its pass as a text, and until before when that is good."""

    coupon: MemberCoupon
    text: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """What a store's tills have at hand: the key of passes, and the rules of what they may take."""

    public_key: bytes
    rules: Sequence[Offer]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassUse:
    """What a till tells of a use: the pass, its own number of the sale, and when that was."""

    text: str
    number: str
    used_at: datetime | None = None


async def make_pass(ports: StorePassPorts, act: Act, coupon_id: str, store_id: str) -> PassGiven:
    """Keep a coupon of the viewer's for one store, and hand out the pass by which tills take it.

    Again for the same store it is the same pass while that is good, and a new one after that.
    """
    act.viewer.require("coupon.show_code")
    tills = ports.tills
    store = tills.directory.directory().store(store_id)
    for _ in range(MOST_TRIES):
        coupon = await _own(tills, act, coupon_id)
        if _kept_for(coupon, store):
            known = pass_of(tills, coupon)
            if act.at < known.ends_at:
                return _given(ports, coupon, known)
        elif not coupon.usable(act.at):
            raise WrongState("This coupon is used, held, kept for a store or over.", field=["id"])
        await require_usable(tills, act, coupon, store, of=act.viewer.id, field="id")
        if rule_of(tills, coupon).is_gift_pack:
            raise WrongState(
                "A gift pack is one of the store's; have its till take it by couponCodeShow.",
                field=["id"],
            )
        after = kept(coupon, KeptFor(store_id=store.id, since=_whole(act.at)), act.cause())
        try:
            await tills.coupons.save(after, expected=coupon.version)
        except Conflict:
            # Its twin may have been faster: then it is that one's pass.
            continue
        return _given(ports, after, pass_of(tills, after))
    raise others_at_it()


async def _own(tills: TillCouponPorts, act: Act, coupon_id: str) -> MemberCoupon:
    """A coupon of the viewer's; else NotFound."""
    for coupon in await tills.coupons.by_ids([CouponId(coupon_id)]):
        if coupon.member_id in act.viewer.ids:
            return coupon
    raise NotFound("You have no such coupon; look at your coupons.", field=["id"])


async def use_pass(
    ports: StorePassPorts, act: Act, told: PassUse, *, store_id: str
) -> MemberCoupon:
    """Use a coupon by its pass, as a till tells now or later; the same again is the same.

    What should not have been taken is a Conflict, and stays on record.
    """
    tills = ports.tills
    store, name = till_of(tills, act, store_id, told.number)
    used_at = told.used_at or act.at
    if used_at > act.at + CLOCK_SKEW:
        raise Invalid("This lies in the future; set the till's clock.", field=["usedAt"])
    said = ports.key.read(told.text)
    if said is None:
        raise NotFound("We have made no such pass; have the member show it.", field=["token"])
    for _ in range(MOST_TRIES):
        [coupon] = await tills.coupons.by_ids([said.coupon_id])
        if coupon.state is CouponState.USED and coupon.at_till_for(name):
            return coupon
        if fault := _fault(said, coupon, store, used_at):
            await ports.clashes.note(_clash(act, said, fault, name, used_at, store))
            raise Conflict(_WHY[fault], field=["token"])
        after = used(coupon, act.cause(), till=name)
        try:
            await tills.coupons.save(after, expected=coupon.version)
        except Conflict:
            continue
        return after
    raise others_at_it()


async def coupons_kept(
    ports: StorePassPorts, act: Act, store_id: str, request: PageRequest
) -> Page[MemberCoupon]:
    """What is kept for a store, for its tills to have at hand, and which of it is used."""
    act.viewer.require("coupon.redeem", store=store_id)
    store = ports.tills.directory.directory().store(store_id)
    return await ports.kept.of_store(store.id, request)


def at_hand(ports: StorePassPorts, act: Act, store_id: str) -> AtHand:
    """What a store's tills need to take passes without a line; the rules by id and version."""
    act.viewer.require("coupon.redeem", store=store_id)
    store = ports.tills.directory.directory().store(store_id)
    here = buyer_in(store, act.at)
    found = [
        one.rule
        for history in ports.tills.promotions.promotions().offers.values()
        for one in history.versions
        if one.state is VersionState.APPROVED and one.rule.window.ends_at > act.at
    ]
    passing = [
        one
        for one in found
        if one.kind in COUPON_KINDS and not one.is_gift_pack and one.eligibility.holds_at(here)
    ]
    rules = sorted(passing, key=lambda one: (one.id, one.version))
    return AtHand(public_key=ports.key.public, rules=rules)


async def clashes(ports: StorePassPorts, act: Act, request: PageRequest) -> Page[Clash]:
    """What tills have taken and should not have, the last told first, for head office."""
    act.viewer.require("coupon_clash.see")
    return await ports.clashes.newest(request)


async def free_untold(ports: StorePassPorts, act: Act) -> int:
    """Free what was kept for stores whose tills have told nothing of it; tell of how many."""
    before = act.at - PASS_LIVES - TOLD_WITHIN
    waiting = await ports.tills.coupons.waiting(CouponState.KEPT, before, MOST_AT_ONCE)
    return await each(waiting, partial(_freed, ports, act))


def pass_of(ports: TillCouponPorts, coupon: MemberCoupon) -> StorePass:
    """The pass of a copy that is kept: good for a day, as far as the copy and its rule are."""
    assert coupon.kept_for is not None, "it is kept for a store"
    since = coupon.kept_for.since
    ends = (since + PASS_LIVES, coupon.expires_at)
    return StorePass(
        coupon_id=coupon.id,
        offer_id=coupon.offer_id,
        offer_version=coupon.offer_version,
        store_id=coupon.kept_for.store_id,
        begins_at=since,
        ends_at=min(*ends, *rule_of(ports, coupon).window.flips_after(since)),
    )


async def _freed(ports: StorePassPorts, act: Act, coupon: MemberCoupon) -> None:
    after = issued(coupon, act.cause("Its store told nothing of it."))
    await ports.tills.coupons.save(after, expected=coupon.version)


def _given(ports: StorePassPorts, coupon: MemberCoupon, known: StorePass) -> PassGiven:
    return PassGiven(coupon=coupon, text=ports.key.write(known), ends_at=known.ends_at)


def _kept_for(coupon: MemberCoupon, store: Store) -> bool:
    kept_for = coupon.kept_for
    return (
        coupon.state is CouponState.KEPT and kept_for is not None and kept_for.store_id == store.id
    )


def _fault(said: StorePass, coupon: MemberCoupon, store: Store, used_at: datetime) -> Fault | None:
    """Why a use can't be: the pass is another store's or was over, or the copy is elsewhere.

    A copy that was free again when its use is told late is used after all.
    """
    if said.store_id != store.id:
        return Fault.OTHER_STORE
    if not said.begins_at - CLOCK_SKEW <= used_at < said.ends_at + CLOCK_SKEW:
        return Fault.OVER
    free = coupon.state is CouponState.ISSUED
    return None if free or _kept_for(coupon, store) else Fault.USED_BEFORE


_WHY = {
    Fault.USED_BEFORE: "This coupon is used or held elsewhere; head office sees what was taken.",
    Fault.OTHER_STORE: "This pass is for another store; take nothing by it.",
    Fault.OVER: "This pass was over, or not yet good, at that moment; take nothing by it.",
}


def _clash(
    act: Act, said: StorePass, fault: Fault, name: str, used_at: datetime, store: Store
) -> Clash:
    return Clash(
        id=f"{said.coupon_id}:{name}",
        coupon_id=said.coupon_id,
        offer_id=said.offer_id,
        store_id=store.id,
        number=name.removeprefix(f"till:{store.id}:"),
        fault=fault,
        used_at=used_at,
        at=act.at,
        told_by=act.viewer.id,
    )


def _whole(moment: datetime) -> datetime:
    """To the second, as passes say it."""
    return moment.replace(microsecond=0)
