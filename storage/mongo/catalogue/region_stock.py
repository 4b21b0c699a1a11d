"""Which SKUs a region can sell, remembered for a second."""

import asyncio
import time
from dataclasses import dataclass, field

from domain.catalogue.catalogue import Sku
from domain.network.stores import RegionId
from storage.mongo.kernel.database import Database

REMEMBERED_S = 1.0


@dataclass(slots=True)
class _Known:
    """What was read of one region, and when; the lock lets one reading serve all who wait."""

    skus: frozenset[Sku] = frozenset()
    read_at: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class MongoRegionStock:
    """Reads a region's pools, at most once a second."""

    def __init__(self, database: Database) -> None:
        self._pools = database["pools"]
        self._known: dict[RegionId, _Known] = {}

    async def in_stock(self, region_id: RegionId) -> frozenset[Sku]:
        """The SKUs with units to sell, at most a second old; one round trip at most."""
        known = self._known.setdefault(region_id, _Known())
        async with known.reading:
            asked_at = time.monotonic()
            if asked_at - known.read_at > REMEMBERED_S:
                wanted = {"region_id": region_id, "available": {"$gt": 0}}
                # One answer however many they are, where a list would come in several batches.
                known.skus = frozenset(await self._pools.distinct("sku", wanted))
                known.read_at = asked_at
        return known.skus
