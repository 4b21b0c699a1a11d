"""What coins buy and what guides have ordered, in MongoDB, one document each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.guiding.coin_rewards import (
    LEFT,
    REWARD_ORDERS,
    REWARDS,
    CoinReward,
    RewardId,
    RewardOrder,
    RewardOrderId,
)
from domain.kernel.paging import Page, PageRequest
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import ASCENDING, DESCENDING, EARLIEST, Database, Document
from storage.mongo.kernel.documents import (
    find_by_ids,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

BY_ID = (("_id", ASCENDING),)
NEWEST = (("ordered_at", DESCENDING), ("_id", DESCENDING))


class MongoCoinRewards:
    """See `domain.guiding.coin_rewards.CoinRewards`."""

    def __init__(self, database: Database) -> None:
        self._rewards = database["coin_rewards"]
        self._stock = database["coin_reward_stock"]

    async def by_id(self, id: RewardId) -> CoinReward | None:
        """One reward."""
        found = await self._rewards.find_one({"_id": id})
        return from_document(CoinReward, found) if found else None

    async def page(self, request: PageRequest, *, offered: bool) -> Page[CoinReward]:
        """Those that are offered, or all, by id."""
        wanted = {"offered": {"$in": [True] if offered else [True, False]}}
        read = partial(from_document, CoinReward)
        return await page(self._rewards, wanted, BY_ID, request, REWARDS, read)

    async def left(self, ids: Sequence[RewardId]) -> Mapping[RewardId, int]:
        """How many there are of each; one of which there never were any is left out."""
        found = await find_by_ids(self._stock, ids, {LEFT: 1})
        return {RewardId(one["_id"]): one[LEFT] for one in found if LEFT in one}

    async def save(self, reward: CoinReward, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._rewards, to_document(reward), expected=expected)


class MongoRewardOrders:
    """See `domain.guiding.coin_rewards.RewardOrders`."""

    def __init__(self, database: Database) -> None:
        self._orders = database["coin_reward_orders"]

    async def by_id(self, id: RewardOrderId) -> RewardOrder | None:
        """One order."""
        found = await self._orders.find_one({"_id": id})
        return _order(found) if found else None

    async def save(self, order: RewardOrder, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._orders, to_document(order), expected=expected)

    async def of_guide(self, guide_id: GuideId, request: PageRequest) -> Page[RewardOrder]:
        """A guide's, the newest first."""
        return await self._page({"guide_id": guide_id}, request)

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[RewardOrder]:
        """Those of a store's guides, the newest first."""
        return await self._page({"store_id": store_id}, request)

    async def due(self, now: datetime, most: int) -> Sequence[RewardOrder]:
        """Those that the clock has to end."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._orders.find(wanted).sort("due_at").limit(most).to_list(None)
        return [_order(one) for one in found]

    async def _page(self, wanted: Document, request: PageRequest) -> Page[RewardOrder]:
        return await page(self._orders, wanted, NEWEST, request, REWARD_ORDERS, _order)


def _order(document: Document) -> RewardOrder:
    return from_document(RewardOrder, document)
