"""What members left behind that may be one person's, in MongoDB: who paid, on which device."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import find_by, find_by_ids


class MongoTraces:
    """See `domain.contact.ports.Traces`: payments of orders, and invitations that were accepted."""

    def __init__(self, database: Database) -> None:
        self._fulfilments = database["fulfilments"]
        self._referrals = database["referrals"]

    async def payers(self, ids: Collection[PersonId]) -> Mapping[PersonId, Collection[str]]:
        """The WeChat accounts that paid for members."""
        shown = {"buyer_id": 1, "payment.payer": 1}
        found: dict[PersonId, set[str]] = defaultdict(set)
        for one in await find_by(self._fulfilments, "buyer_id", sorted(ids), shown):
            if payer := (one.get("payment") or {}).get("payer"):
                found[one["buyer_id"]].add(payer)
        return found

    async def devices(self, ids: Collection[PersonId]) -> Mapping[PersonId, Collection[str]]:
        """The devices on which members accepted an invitation, as digests."""
        found = await find_by_ids(self._referrals, sorted(ids), {"device": 1})
        return {PersonId(one["_id"]): {one["device"]} for one in found if one.get("device")}
