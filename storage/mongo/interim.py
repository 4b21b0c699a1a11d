"""Nothing yet for a port whose storage is not joined yet."""

from collections.abc import Collection, Mapping

from domain.mall.catalogue import Sku
from domain.mall.stores import RegionId


class NoStock:
    """Nothing is left of anything."""

    async def available(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, int]:
        """No SKU."""
        return {}
