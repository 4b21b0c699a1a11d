"""Nothing yet for two ports whose storage is not joined yet."""

from collections.abc import Collection, Mapping
from datetime import datetime

from domain.mall.attribution import Credit
from domain.mall.catalogue import Sku
from domain.mall.stores import RegionId
from domain.people.viewer import PersonId


class NoTouches:
    """Nobody has shared anything."""

    async def last_credit(self, person_id: PersonId, *, since: datetime) -> Credit | None:
        """None."""
        return None

    async def shared_by(self, share_code: str, *, now: datetime) -> Credit | None:
        """None."""
        return None


class NoStock:
    """Nothing is left of anything."""

    async def available(self, region_id: RegionId, skus: Collection[Sku]) -> Mapping[Sku, int]:
        """No SKU."""
        return {}
