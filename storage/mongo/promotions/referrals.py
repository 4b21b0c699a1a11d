"""Referrals in MongoDB, one document for each friend, and the codes that lead to inviters."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.sealing import KeyRing
from domain.promotions.referrals import (
    REFERRALS_IN_STATE,
    REFERRALS_OF_INVITER,
    TERMS_ID,
    Referral,
    ReferralState,
    ReferralTerms,
)
from storage.mongo.kernel.database import (
    DESCENDING,
    EARLIEST,
    Database,
    Document,
    DuplicateKeyError,
)
from storage.mongo.kernel.documents import (
    find_by,
    find_by_ids,
    from_document,
    one_of,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page
from storage.mongo.kernel.personal import opened

LAST_ACCEPTED_FIRST = [("accepted_at", DESCENDING), ("_id", DESCENDING)]
# Of the newest orders of a member, so many are compared with another's.
MOST_ORDERS = 50
# More than any terms let pass in two hours.
MOST_TOGETHER = 2_001
MOST_DEVICES = 10


class MongoReferrals:
    """See `domain.promotions.referrals.Referrals`."""

    def __init__(self, database: Database) -> None:
        self._terms = database["referral_terms"]
        self._codes = database["referral_codes"]
        self._referrals = database["referrals"]

    async def terms(self) -> ReferralTerms:
        """The terms that hold now."""
        found = await self._terms.find_one({"_id": TERMS_ID})
        return from_document(ReferralTerms, found) if found else ReferralTerms()

    async def set_terms(self, terms: ReferralTerms, *, expected: int) -> None:
        """Write terms over the expected version; else Conflict."""
        await save_version(self._terms, to_document(terms), expected=expected)

    async def code_of(self, member_id: PersonId, new: str, device: str) -> str:
        """A member's code: the one that they have, else a new one from now on."""
        code = await self._code_of(member_id, new)
        if device:
            # Who changes devices often keeps the newest of them.
            newest = {"$each": [device], "$slice": -MOST_DEVICES}
            other = {"_id": code, "devices": {"$ne": device}}
            await self._codes.update_one(other, {"$push": {"devices": newest}})
        return code

    async def invites_on(self, member_id: PersonId, device: str) -> bool:
        """Whether a member has asked for their code on a device."""
        known = await self._codes.find_one({"member_id": member_id, "devices": device})
        return known is not None

    async def _code_of(self, member_id: PersonId, new: str) -> str:
        known = await self._codes.find_one({"member_id": member_id})
        if known is None:
            try:
                await self._codes.insert_one({"_id": new, "member_id": member_id})
            except DuplicateKeyError:
                # Their twin was faster.
                known = await self._codes.find_one({"member_id": member_id})
        return known["_id"] if known else new

    async def inviter_of(self, code: str) -> PersonId | None:
        """Whose code it is."""
        found = await self._codes.find_one({"_id": code})
        return found["member_id"] if found else None

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, Referral]:
        """The referrals of these friends."""
        found = map(_referral, await find_by_ids(self._referrals, sorted(ids)))
        return {one.id: one for one in found}

    async def of_orders(self, order_ids: Collection[str]) -> Mapping[str, Referral]:
        """The referrals whose first purchase is one of these orders, by order."""
        found = map(_referral, await find_by(self._referrals, "order_id", sorted(order_ids)))
        return {one.order_id: one for one in found}

    async def save(self, referral: Referral, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._referrals, to_document(referral), expected=expected)

    async def of_inviter(self, ids: Sequence[PersonId], request: PageRequest) -> Page[Referral]:
        """Those of an inviter, by any id, the last accepted first."""
        return await page(
            self._referrals,
            {"inviter_id": one_of(ids)},
            LAST_ACCEPTED_FIRST,
            request,
            REFERRALS_OF_INVITER,
            _referral,
        )

    async def in_state(self, state: ReferralState, request: PageRequest) -> Page[Referral]:
        """Those in a state, the last accepted first."""
        return await page(
            self._referrals,
            {"state": state},
            LAST_ACCEPTED_FIRST,
            request,
            REFERRALS_IN_STATE,
            _referral,
        )

    async def due(self, now: datetime, most: int) -> Sequence[Referral]:
        """Those that the clock has to look at."""
        wanted = {"due_at": {"$gte": EARLIEST, "$lte": now}}
        found = await self._referrals.find(wanted).limit(most).to_list(None)
        return [_referral(one) for one in found]

    async def others_by(
        self, referral: Referral, what: Literal["payer", "device"], value: str
    ) -> int:
        """How many other friends of the inviter's have the same payer or device."""
        wanted = {"inviter_id": referral.inviter_id, what: value}
        found = await self._referrals.find(wanted, {"_id": 1}).limit(MOST_TOGETHER).to_list(None)
        return sum(one["_id"] != referral.id for one in found)

    async def accepted_between(
        self, inviter_id: PersonId, since: datetime, until: datetime
    ) -> Sequence[datetime]:
        """When friends accepted an inviter's code between two moments, the first one first."""
        wanted = {"inviter_id": inviter_id, "accepted_at": {"$gte": since, "$lte": until}}
        found = self._referrals.find(wanted, {"accepted_at": 1}).sort("accepted_at")
        return [one["accepted_at"] for one in await found.limit(MOST_TOGETHER).to_list(None)]


class MongoHouseholds:
    """Where orders went and who paid; see `domain.promotions.referrals.Households`."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._orders = database["orders"]
        self._ring = ring
        self._fulfilments = database["fulfilments"]

    async def payer_of(self, order_id: str) -> str:
        """The WeChat account that paid an order; "" where that is not known."""
        found = await self._fulfilments.find_one({"_id": order_id}, {"payment.payer": 1})
        return ((found or {}).get("payment") or {}).get("payer") or ""

    async def shared(self, one: Sequence[PersonId], other: Sequence[PersonId]) -> str | None:
        """What two, by all ids of each, had orders sent to, in words that show no more than that.

        None if nothing.
        """
        ours, theirs = await self._sent_to(one), await self._sent_to(other)
        for what, field in (("number", "phone"), ("address", "address")):
            if not {of[field] for of in ours}.isdisjoint(of[field] for of in theirs):
                return f"both had orders sent to one {what}"
        return None

    async def _sent_to(self, ids: Sequence[PersonId]) -> Sequence[Document]:
        wanted = {"buyer_id": one_of(ids)}
        newest = self._orders.find(wanted, {"recipient": 1}).sort("placed_at", DESCENDING)
        found = await newest.limit(MOST_ORDERS).to_list(None)
        return [
            {"phone": to["phone"], "address": (to["district"], "".join(to["address"].split()))}
            for to in (
                opened(self._ring, one["recipient"], one["_id"])
                for one in found
                if one.get("recipient")
            )
        ]


def _referral(document: Document) -> Referral:
    return from_document(Referral, document)
