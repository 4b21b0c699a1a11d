"""Members' coupons in MongoDB, one document each; `moved_at` is when they came into their state."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.network.stores import StoreId
from domain.promotions.coupons import (
    CLAIMS,
    COUPONS_OF_A_MEMBER,
    CouponState,
    Hold,
    MemberCoupon,
)
from domain.promotions.offers import CouponId, OfferId
from domain.promotions.store_passes import CLASHES, COUPONS_OF_A_STORE, Clash
from storage.mongo.kernel.database import (
    DESCENDING,
    Database,
    Document,
    DuplicateKeyError,
    UpdateOne,
)
from storage.mongo.kernel.documents import (
    converter,
    find_by_ids,
    from_document,
    insert_new,
    one_of,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import NEWEST_FIRST, page

LAST_CLAIMED_FIRST = [("claimed_at", DESCENDING), ("_id", DESCENDING)]
LAST_KEPT_FIRST = [("kept_for.since", DESCENDING), ("_id", DESCENDING)]


class MongoCoupons:
    """The copies; see `domain.promotions.coupons.Coupons`."""

    def __init__(self, database: Database) -> None:
        self._coupons = database["coupons"]
        self._totals = database["coupon_totals"]

    async def left(self, totals: Mapping[OfferId, int]) -> Mapping[OfferId, int]:
        """How many copies of each offer, of so many in all, nobody has claimed yet."""
        found = await find_by_ids(self._totals, list(totals), {CLAIMS: 1})
        left = {OfferId(one["_id"]): totals[one["_id"]] + one[CLAIMS] for one in found}
        return {offer_id: left.get(offer_id, 0) for offer_id in totals}

    async def claim(self, coupon: MemberCoupon) -> bool:
        """Write a copy down that is being claimed; False where there is one of its id."""
        try:
            await self._coupons.insert_one(_document(coupon))
        except DuplicateKeyError:
            return False
        return True

    async def withdraw(self, coupon: MemberCoupon) -> None:
        """Forget a copy whose claim came to nothing."""
        await self._coupons.delete_one({"_id": coupon.id, "claim_id": coupon.claim_id})

    async def by_ids(self, ids: Collection[CouponId]) -> Sequence[MemberCoupon]:
        """The copies of these ids."""
        return [_coupon(one) for one in await find_by_ids(self._coupons, list(ids))]

    async def save(self, coupon: MemberCoupon, *, expected: int) -> None:
        """Write a copy over the expected version; else Conflict."""
        await save_version(self._coupons, _document(coupon), expected=expected)

    async def hold(self, ids: Sequence[CouponId], hold: Hold) -> bool:
        """Hold copies that are free, or that the order of the hold has; False if some are neither.

        The check is in the write; those that could be held are.
        """
        theirs = {"state": CouponState.HELD, "hold.order_id": hold.order_id}
        free: Document = {"$or": [{"state": CouponState.ISSUED}, theirs]}
        held = {"state": CouponState.HELD, "hold": converter.unstructure(hold)}
        change = {"$set": {**held, "moved_at": hold.since}, "$inc": {"version": 1}}
        writes = [UpdateOne({"_id": one, **free}, change) for one in ids]
        result = await self._coupons.bulk_write(writes, ordered=False)
        return result.matched_count == len(writes)

    async def usable_of(self, ids: Sequence[PersonId], now: datetime) -> Sequence[MemberCoupon]:
        """A member's copies, by any id, that an order may take; the one that lapses first first."""
        wanted = {
            "member_id": one_of(ids),
            "state": CouponState.ISSUED,
            "expires_at": {"$gt": now},
        }
        found = await self._coupons.find(wanted).sort("expires_at").to_list(None)
        return [_coupon(one) for one in found]

    async def of_member(self, ids: Sequence[PersonId], request: PageRequest) -> Page[MemberCoupon]:
        """All of a member's copies, by any id, the last claimed first."""
        wanted = {"member_id": one_of(ids), "state": {"$ne": CouponState.CLAIMING}}
        return await page(
            self._coupons, wanted, LAST_CLAIMED_FIRST, request, COUPONS_OF_A_MEMBER, _coupon
        )

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[MemberCoupon]:
        """Those that are or were kept for a store, the last kept first."""
        wanted = {"kept_for.store_id": store_id}
        return await page(
            self._coupons, wanted, LAST_KEPT_FIRST, request, COUPONS_OF_A_STORE, _coupon
        )

    async def of_order(self, order_id: str) -> Sequence[MemberCoupon]:
        """The copies that are held for an order or were used by it."""
        found = await self._coupons.find({"hold.order_id": order_id}).to_list(None)
        return [_coupon(one) for one in found]

    async def by_code(self, code: str) -> MemberCoupon | None:
        """The copy that was last shown by a code."""
        found = await self._coupons.find_one({"shown.code": code})
        return _coupon(found) if found else None

    async def waiting(
        self, state: CouponState, before: datetime, most: int
    ) -> Sequence[MemberCoupon]:
        """Copies that are being claimed, or are held, since before a moment."""
        wanted = {"state": state, "moved_at": {"$lt": before}}
        found = await self._coupons.find(wanted).sort("moved_at").limit(most).to_list(None)
        return [_coupon(one) for one in found]


class MongoClashes:
    """What tills have taken and should not have; see `domain.promotions.store_passes.Clashes`."""

    def __init__(self, database: Database) -> None:
        self._clashes = database["coupon_clashes"]

    async def note(self, clash: Clash) -> None:
        """Write one down; one of its id stays as it was told first."""
        await insert_new(self._clashes, [to_document(clash)])

    async def newest(self, request: PageRequest) -> Page[Clash]:
        """All of them, the last told first."""
        return await page(
            self._clashes,
            {},
            NEWEST_FIRST,
            request,
            CLASHES,
            lambda one: from_document(Clash, one),
        )


def _document(coupon: MemberCoupon) -> Document:
    last = coupon.hold or coupon.kept_for
    moved_at = last.since if last else coupon.claimed_at
    return {**to_document(coupon), "moved_at": moved_at}


def _coupon(document: Document) -> MemberCoupon:
    return from_document(MemberCoupon, document)
