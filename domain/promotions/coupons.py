"""Coupons: one copy of a claimable right, held by one member, used once.

A copy's id has the number of the member's copies of the offer in it, so that no more can be written
than a member may have. It is held while an order waits for its payment, used by the one that is
paid, and free again where that comes to nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.kernel.apply_once import Ledger, Posting
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Cause, Machine
from domain.kernel.version_reviews import VersionState
from domain.kernel.versions import risen
from domain.network.hours import CHINA
from domain.network.stores import StoreId
from domain.promotions.bounds import open_bound, taking
from domain.promotions.offer_versions import Promotions
from domain.promotions.offers import Claiming, Coupon, CouponId, Offer, OfferId

# What counts an offer's claims.
CLAIMS = "claims"
COUPONS_OF_A_MEMBER = Cursors("coupons of a member", datetime, str)


class CouponState(StrEnum):
    """Where a copy stands; one that is being claimed is not there for anybody yet."""

    CLAIMING = "CLAIMING"
    ISSUED = "ISSUED"
    HELD = "HELD"
    AT_TILL = "AT_TILL"
    KEPT = "KEPT"
    USED = "USED"
    REVOKED = "REVOKED"


COUPON: Machine[CouponState] = Machine(
    "coupon",
    begins=frozenset({CouponState.CLAIMING}),
    next={
        CouponState.CLAIMING: frozenset({CouponState.ISSUED}),
        # A till without a line may tell late of a use.
        CouponState.ISSUED: frozenset(
            {
                CouponState.HELD,
                CouponState.AT_TILL,
                CouponState.KEPT,
                CouponState.USED,
                CouponState.REVOKED,
            }
        ),
        CouponState.AT_TILL: frozenset({CouponState.ISSUED, CouponState.USED}),
        CouponState.KEPT: frozenset({CouponState.KEPT, CouponState.ISSUED, CouponState.USED}),
        CouponState.HELD: frozenset({CouponState.HELD, CouponState.ISSUED, CouponState.USED}),
        CouponState.USED: frozenset({CouponState.ISSUED}),
        CouponState.REVOKED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCode:
    """The secret that a member shows at a till, until before when it is good, and who shows it.

    Codes of old did not say who; they are over.
    """

    code: str
    expires_at: datetime
    member_id: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """For which order or till a copy is held or was used, since when, and for which promise."""

    order_id: str
    promise: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFor:
    """Which store a copy is kept for, and since when."""

    store_id: StoreId
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCoupon:
    """One member's copy of a version of an offer.

    `claim_id` is that of its part in the offer's total, `key` that of the request that claimed it,
    `given_by` the guide who gave it, if any. `kept_for` stays when that store has used it.
    """

    id: CouponId
    offer_id: OfferId
    offer_version: int
    member_id: PersonId
    key: str
    claim_id: str
    claimed_at: datetime
    expires_at: datetime
    state: CouponState = CouponState.CLAIMING
    hold: Hold | None = None
    shown: ShownCode | None = None
    given_by: PersonId | None = None
    kept_for: KeptFor | None = None
    version: int = 1

    def usable(self, now: datetime) -> bool:
        """Whether an order may take it now."""
        return self.state is CouponState.ISSUED and now < self.expires_at

    def held_by(self, order_id: str) -> bool:
        """Whether it is held for an order."""
        hold = self.hold
        return self.state is CouponState.HELD and hold is not None and hold.order_id == order_id

    def at_till_for(self, number: str) -> bool:
        """Whether it is held, or was used, for a till's number."""
        return self.hold is not None and self.hold.order_id == number


class Coupons(Protocol):
    """The copies, by their ids; a member's are found by the member."""

    async def left(self, totals: Mapping[OfferId, int]) -> Mapping[OfferId, int]:
        """How many copies of each offer, of so many in all, nobody has claimed yet."""

    async def claim(self, coupon: MemberCoupon) -> bool:
        """Write a copy down that is being claimed; False where there is one of its id."""

    async def withdraw(self, coupon: MemberCoupon) -> None:
        """Forget a copy whose claim came to nothing."""

    async def by_ids(self, ids: Collection[CouponId]) -> Sequence[MemberCoupon]:
        """The copies of these ids."""

    async def save(self, coupon: MemberCoupon, *, expected: int) -> None:
        """Write a copy over the expected version; else Conflict."""

    async def hold(self, ids: Sequence[CouponId], hold: Hold) -> bool:
        """Hold copies that are free, or that the order of the hold has; False if some are neither.

        The check is in the write; those that could be held are.
        """

    async def usable_of(self, ids: Sequence[PersonId], now: datetime) -> Sequence[MemberCoupon]:
        """A member's copies, by any id, that an order may take; the one that lapses first first."""

    async def of_member(self, ids: Sequence[PersonId], request: PageRequest) -> Page[MemberCoupon]:
        """All of a member's copies, by any id, the last claimed first."""

    async def of_order(self, order_id: str) -> Sequence[MemberCoupon]:
        """The copies that are held for an order or were used by it."""

    async def by_code(self, code: str) -> MemberCoupon | None:
        """The copy that was last shown by a code."""

    async def waiting(
        self, state: CouponState, before: datetime, most: int
    ) -> Sequence[MemberCoupon]:
        """Copies that are being claimed, or are held, since before a moment."""


async def open_claims(totals: Ledger[Posting], offer_id: OfferId, at: datetime) -> None:
    """Begin to count an offer's claims, of all of its versions together; again changes nothing."""
    await open_bound(totals, offer_id, at, CLAIMS)


def claimed(coupon: MemberCoupon, total: int) -> Posting:
    """A copy's part of an offer's total, refused where that many are claimed already."""
    return taking(coupon.claim_id, coupon.offer_id, coupon.claimed_at, {CLAIMS: 1}, {CLAIMS: total})


def coupon_id(offer_id: OfferId, member_id: PersonId, number: int) -> CouponId:
    """The id of the so-manieth copy of an offer that a member has."""
    return CouponId(f"{offer_id}:{member_id}:{number}")


def lapses_at(offer: Offer, claiming: Claiming, claimed_at: datetime) -> datetime:
    """Until before when a copy can be used: the end of a day in China, or of the offer."""
    if claiming.days is None:
        return offer.window.ends_at
    day = claimed_at.astimezone(CHINA).date() + timedelta(days=claiming.days + 1)
    return min(offer.window.ends_at, datetime(day.year, day.month, day.day, tzinfo=CHINA))


def as_candidate(promotions: Promotions, coupon: MemberCoupon) -> Coupon | None:
    """The copy as the calculator knows it; None where its version was withdrawn."""
    history = promotions.offers.get(coupon.offer_id)
    if history is None:
        return None
    version = history.numbered(coupon.offer_version)
    if version.state is VersionState.WITHDRAWN:
        return None
    return Coupon(id=coupon.id, offer=version.rule, expires_at=coupon.expires_at)


def issued(coupon: MemberCoupon, cause: Cause) -> MemberCoupon:
    """The copy that has its part of the total, or is free again."""
    after = _moved(coupon, CouponState.ISSUED, cause, hold=None)
    return replace(after, shown=None, kept_for=None)


def showing(coupon: MemberCoupon, shown: ShownCode) -> MemberCoupon:
    """The copy with a code that a till may hold it by."""
    return risen(replace(coupon, shown=shown))


def at_till(coupon: MemberCoupon, number: str, cause: Cause) -> MemberCoupon:
    """The copy while a till makes the sale of its number."""
    hold = Hold(order_id=number, promise=0, since=cause.at)
    return _moved(coupon, CouponState.AT_TILL, cause, hold=hold)


def kept(coupon: MemberCoupon, kept_for: KeptFor, cause: Cause) -> MemberCoupon:
    """The copy that is kept for one store, and good for nothing else until it is free again."""
    after = _moved(coupon, CouponState.KEPT, cause, hold=None)
    return replace(after, shown=None, kept_for=kept_for)


def used(coupon: MemberCoupon, cause: Cause, *, till: str | None = None) -> MemberCoupon:
    """The copy whose order is paid, or of which a till tells that it has used it."""
    hold = coupon.hold
    if till is not None:
        hold = Hold(order_id=till, promise=0, since=cause.at)
    return _moved(coupon, CouponState.USED, cause, hold=hold)


def revoked(coupon: MemberCoupon, cause: Cause) -> MemberCoupon:
    """The copy that is taken back before its use, as what it was given for came to nothing."""
    return replace(_moved(coupon, CouponState.REVOKED, cause, hold=None), shown=None)


def _moved(
    coupon: MemberCoupon, after: CouponState, cause: Cause, *, hold: Hold | None
) -> MemberCoupon:
    COUPON.step(coupon.id, coupon.state, after, cause)
    return risen(replace(coupon, state=after, hold=hold))
