"""What is sold out in each region, in memory: read once, then told by the stream of changes.

For each SKU there are two numbers whose bits stand for regions: which have it, and in which it is
sold out. So 3,000 SKUs in 340 regions take half a megabyte.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from sys import intern

from domain.catalogue.catalogue import Sku
from domain.insight.stock_board import SoldOutCount
from domain.mall.stock.pools import PoolKey
from domain.network.stores import RegionId
from storage.board_news import BoardEars
from storage.mongo.kernel.changes import InStep, Told
from storage.mongo.kernel.database import Database
from storage.mongo.mall.stock.pool_documents import document_key

logger = logging.getLogger(__name__)

# Who asks first waits so long for all regions, and is shown those that are read by then.
WAIT_S = 2.0
MOST_SKUS = 100_000


class MongoSoldOut(BoardEars):
    """See `domain.insight.stock_board.SoldOutStock`."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._documents = database["pools"]
        self._bits: dict[RegionId, int] = {}
        self._in_step = InStep()
        self._forget()

    def _forget(self) -> None:
        self._there: defaultdict[Sku, int] = defaultdict(int)
        self._out: defaultdict[Sku, int] = defaultdict(int)
        self._read: set[RegionId] = set()
        self._wanted: list[RegionId] = []
        # What is told of a region while it is read, which is newer than what is read.
        self._told: dict[PoolKey, int | None] = {}
        self._reading: asyncio.Task[None] | None = None

    async def seen(self, regions: Collection[RegionId]) -> int:
        """Have regions in memory; tell how many of them are by now, after a moment at most."""
        new = [one for one in regions if one not in self._read and one not in self._wanted]
        self._wanted += new
        if self._wanted and self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
            self._reading.add_done_callback(self._is_over)
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=WAIT_S)
        # While the stream is silent what is known may be old, and counts for nothing.
        return len(self._read.intersection(regions)) if self._in_step.lately else 0

    def counts(self, regions: Collection[RegionId]) -> Mapping[Sku, SoldOutCount]:
        """Each SKU that is sold out in any of some regions."""
        mask = sum(self._bit(one) for one in set(regions) & self._read)
        return {
            sku: SoldOutCount(
                sold_out=(out & mask).bit_count(), regions=(self._there[sku] & mask).bit_count()
            )
            for sku, out in self._out.items()
            if out & mask
        }

    def where(self, sku: Sku, regions: Collection[RegionId]) -> Sequence[RegionId]:
        """In which of some regions a SKU is sold out."""
        out = self._out.get(sku, 0)
        return [one for one in regions if one in self._read and out & self._bit(one)]

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """The pools, with what their regions may sell."""
        return {"pools": ("available",)}

    async def opened(self) -> None:
        """Nothing that was known before counts any more, nor what is just being read."""
        if self._reading is not None:
            self._reading.cancel()
        self._forget()
        self.wake()

    async def replaced(self, collection: str) -> None:
        """Nor does it when all pools are gone."""
        await self.opened()

    async def changed(self, collection: str, changed: Mapping[str, Told]) -> None:
        """Take the new numbers."""
        news = False
        for document, told in changed.items():
            key = document_key(document)
            units = None if told is None else told.get("available")
            if told is not None and units is None:
                continue
            if key[0] in self._read:
                news |= self._put(key, units)
            elif self._reading is not None:
                self._told[key] = units
        if news:
            self.wake()

    def in_step(self) -> None:
        """What is known is as of now."""
        self._in_step.note()

    async def _read_all(self) -> None:
        while self._wanted:
            region = self._wanted[0]
            wanted = self._documents.find({"region_id": region}, {"sku": 1, "available": 1})
            pools = await wanted.batch_size(MOST_SKUS).to_list(None)
            numbers: dict[Sku, int | None] = {one["sku"]: one["available"] for one in pools}
            for key in [key for key in self._told if key[0] == region]:
                numbers[key[1]] = self._told.pop(key)
            for sku, units in numbers.items():
                self._put((region, sku), units)
            self._wanted.remove(region)
            self._read.add(region)
            self.wake()

    def _put(self, key: PoolKey, units: int | None) -> bool:
        """Take a region's units of a SKU, None of a pool that is gone; tell if that is news."""
        bit, sku = self._bit(key[0]), Sku(intern(key[1]))
        before = self._there[sku], self._out[sku]
        there = before[0] & ~bit if units is None else before[0] | bit
        out = before[1] | bit if units is not None and units <= 0 else before[1] & ~bit
        self._there[sku], self._out[sku] = there, out
        return (there, out) != before

    def _bit(self, region: RegionId) -> int:
        return 1 << self._bits.setdefault(region, len(self._bits))

    def _is_over(self, task: asyncio.Task[None]) -> None:
        if self._reading is task:
            self._reading = None
            self._told.clear()
        with contextlib.suppress(asyncio.CancelledError):
            if fault := task.exception():
                logger.warning("what is sold out could not be read", exc_info=fault)
