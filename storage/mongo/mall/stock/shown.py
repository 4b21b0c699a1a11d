"""The stock of the regions that a process serves, in memory, for showing.

The stream of changes says what each pool has become, so what is shown is a fraction of a second
old and costs no round trip. What decides is the update that reserves, never this.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from sys import intern

from cachetools import LRUCache

from domain.catalogue.catalogue import Sku
from domain.mall.stock.pools import Pool, PoolKey
from domain.network.stores import RegionId
from storage.mongo.kernel.changes import InStep, Told
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import in_one_batch
from storage.mongo.mall.stock.pool_documents import document_id, document_key
from storage.mongo.mall.stock.stock import MongoPools

logger = logging.getLogger(__name__)

# A region that nobody has asked for in so long is let go.
UNUSED_S = 600.0
# 340 regions with 3,000 SKUs each: some 60 MB, for the SKUs' texts are shared.
MOST_NUMBERS = 1_000_000
# Whole pools are for finding stores near somebody; one of 18 stores takes some 8 KB.
MOST_POOLS = 2_000


@dataclass(slots=True, kw_only=True)
class _Region:
    """What a whole region may sell, by SKU; one without a pool is left out."""

    units: dict[Sku, int]
    asked_at: float
    in_stock: frozenset[Sku] | None = None

    def put(self, sku: Sku, units: int) -> None:
        if (units > 0) != (self.units.get(sku, 0) > 0):
            self.in_stock = None
        self.units[Sku(intern(sku))] = units


@dataclass(slots=True, eq=False)
class _Reading:
    """What was told while something was read, which is newer; void if the stream began anew."""

    told: dict[PoolKey, int | None] = field(default_factory=dict)
    void: bool = False


class MongoShownStock:
    """Keeps what is asked for and follows its changes; see `domain.mall.stock.showing`.

    A region is read as a whole, once, in the background: that takes the embedded server 100 ms for
    2,000 pools of 18 stores. Until then, and while the stream is silent, its units are asked for
    one by one.
    """

    def __init__(self, database: Database) -> None:
        self._documents = database["pools"]
        self._stored = MongoPools(database)
        self._regions: dict[RegionId, _Region] = {}
        self._pools: LRUCache[PoolKey, Pool] = LRUCache(MOST_POOLS)
        self._loading: dict[RegionId, asyncio.Task[_Region]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._readings: set[_Reading] = set()
        self._in_step = InStep()
        self._looked_at = float("-inf")

    async def available(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, int]:
        """How many units of each SKU a region may sell."""
        region = self._known(region_id)
        if region is None:
            if self._in_step.lately:
                self._load(region_id)
            return await self._ask(region_id, skus)
        return {sku: region.units.get(sku, 0) for sku in skus}

    async def in_stock(self, region_id: RegionId) -> frozenset[Sku]:
        """The SKUs of which a region may sell at least one unit."""
        region = self._known(region_id)
        if region is None:
            region = await asyncio.shield(self._load(region_id))
        if region.in_stock is None:
            region.in_stock = frozenset(sku for sku, units in region.units.items() if units > 0)
        return region.in_stock

    async def pools(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, Pool]:
        """The pool of each SKU, store by store."""
        keys = {(region_id, sku) for sku in skus} if self._in_step.lately else set()
        known = {key[1]: self._pools[key] for key in keys if key in self._pools}
        new = [sku for sku in skus if sku not in known]
        if not new:
            return known
        with self._reading() as reading:
            read = await self._stored.load(region_id, new)
        if self._in_step.lately and not reading.void:
            fresh = (one for one in read.values() if one.key not in reading.told)
            self._pools.update({one.key: one for one in fresh})
        return known | read

    @property
    def fields(self) -> Mapping[str, Collection[str]]:
        """The pools, with what their regions may sell."""
        return {"pools": ("available",)}

    async def opened(self) -> None:
        """Nothing that was known before counts any more, nor what is just being read."""
        for reading in self._readings:
            reading.void = True
        self._regions.clear()
        self._pools.clear()
        self._loading.clear()

    async def replaced(self, collection: str) -> None:
        """Nor does it when all pools are gone."""
        await self.opened()

    async def changed(self, collection: str, changed: Mapping[str, Told]) -> None:
        """Take the new numbers; of a pool that is kept whole they are not enough to go by."""
        for document, told in changed.items():
            key = document_key(document)
            self._pools.pop(key, None)
            units = 0 if told is None else told.get("available")
            for reading in self._readings:
                reading.told[key] = reading.told.get(key) if units is None else units
            region = self._regions.get(key[0])
            if region is not None and units is not None:
                region.put(key[1], units)

    def in_step(self) -> None:
        """What is known is as of now; let go of what nobody asks for."""
        self._in_step.note()
        now = time.monotonic()
        if now - self._looked_at < UNUSED_S / 10:
            return
        self._looked_at = now
        for region_id, region in list(self._regions.items()):
            if now - region.asked_at > UNUSED_S:
                del self._regions[region_id]

    def _known(self, region_id: RegionId) -> _Region | None:
        region = self._regions.get(region_id) if self._in_step.lately else None
        if region is not None:
            region.asked_at = time.monotonic()
        return region

    def _load(self, region_id: RegionId) -> asyncio.Task[_Region]:
        """Read a region, once for all who ask for it meanwhile."""
        if region_id not in self._loading:
            task = asyncio.create_task(self._read(region_id))
            task.add_done_callback(_tell_of_failure)
            self._loading[region_id] = task
        return self._loading[region_id]

    async def _ask(self, region_id: RegionId, skus: Collection[Sku]) -> dict[Sku, int]:
        ids = [document_id((region_id, sku)) for sku in skus]
        wanted = self._documents.find({"_id": {"$in": ids}}, {"sku": 1, "available": 1})
        found = await in_one_batch(wanted, ids)
        return dict.fromkeys(skus, 0) | {one["sku"]: one["available"] for one in found}

    async def _read(self, region_id: RegionId) -> _Region:
        mine = asyncio.current_task()
        try:
            with self._reading() as reading:
                async with self._one_at_a_time:
                    wanted = {"region_id": region_id}
                    found = self._documents.find(wanted, {"sku": 1, "available": 1})
                    pools = await found.batch_size(MOST_NUMBERS).to_list(None)
            region = _Region(units={}, asked_at=time.monotonic())
            for one in pools:
                region.put(one["sku"], one["available"])
            for (region_told, sku), n in reading.told.items():
                if region_told == region_id and n is not None:
                    region.put(sku, n)
            if self._in_step.lately and not reading.void:
                self._keep(region_id, region)
            return region
        finally:
            if self._loading.get(region_id) is mine:
                del self._loading[region_id]

    @contextlib.contextmanager
    def _reading(self) -> Iterator[_Reading]:
        """Have noted what is told while something is read."""
        reading = _Reading()
        self._readings.add(reading)
        try:
            yield reading
        finally:
            self._readings.discard(reading)

    def _keep(self, region_id: RegionId, region: _Region) -> None:
        """Keep a region, in place of those that were not asked for the longest."""
        self._regions[region_id] = region
        by_use = sorted(self._regions, key=lambda one: self._regions[one].asked_at)
        total = sum(len(one.units) for one in self._regions.values())
        for least in by_use:
            if total <= MOST_NUMBERS:
                break
            total -= len(self._regions.pop(least).units)


def _tell_of_failure(task: asyncio.Task[_Region]) -> None:
    if not task.cancelled() and (fault := task.exception()):
        logger.warning("a region's stock could not be read", exc_info=fault)
