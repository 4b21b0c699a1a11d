"""The ports that feeding and keeping stock needs, and the exceptions that feeds raise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import GRACE
from domain.kernel.ports import Ports
from domain.mall.reference import ReferenceSource
from domain.mall.stock.pools import Pool, Pools
from domain.mall.stock.safety import SafetyRules
from domain.network.stores import RegionId, StoreId, StoreState
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A store has fewer units on hand than are promised in it; it waits until that has ended."""

    region_id: RegionId
    store_id: StoreId
    sku: Sku
    on_hand: int
    reserved: int
    raised_at: datetime

    @property
    def id(self) -> str:
        """One for each SKU in a store."""
        return f"{self.store_id}/{self.sku}"

    @property
    def missing(self) -> int:
        """How many units are promised that are not there."""
        return self.reserved - self.on_hand


class Shortages(Protocol):
    """The shortages that have not ended."""

    async def put(self, shortages: Sequence[Shortage]) -> None:
        """Keep shortages; one that is kept already keeps its moment."""

    async def end(self, shortage: Shortage) -> None:
        """Forget one."""

    async def waiting(self, store_id: StoreId | None, most: int) -> Sequence[Shortage]:
        """Those of a store, or of all stores, the oldest first."""

    async def unattended(self, most: int) -> Sequence[Shortage]:
        """Those of all stores, the one first that nobody has attended to for longest."""

    async def attended(self, shortage: Shortage, at: datetime) -> None:
        """Note that somebody has attended to one, whatever came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedState:
    """The state of a store, and the version of it, that its stock follows.

    While the state is None, what its stock follows is in doubt; `doubt` names the last who said so.
    """

    store_id: StoreId
    state: StoreState | None
    version: int
    doubt: str | None = None


class AppliedStates(Protocol):
    """Which states the stock of stores follows by now."""

    async def all(self) -> Mapping[StoreId, AppliedState]:
        """Those of stores that have ever been paused or closed."""

    async def put(self, applied: AppliedState) -> bool:
        """Note one, unless others had a doubt since its own; tell whether it was noted."""

    async def doubt(self, store_id: StoreId, doubt: str, *, version: int = 0) -> None:
        """Have a store's state applied anew, no older one than of a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyDoubt:
    """Whether some stores hold back of some SKUs what the rules say, since somebody is at that.

    It is written down before they write, and ended when they have looked at the rules again. Where
    they die amid it, it is looked at from `look_at` on.
    """

    id: str
    stores: tuple[StoreId, ...]
    skus: tuple[Sku, ...]
    since: datetime
    look_at: datetime

    @property
    def looked_at(self) -> bool:
        """Whether somebody has taken its writer for dead and done the work."""
        return self.look_at > self.since + GRACE


class SafetyDoubts(Protocol):
    """The doubts that have not ended."""

    async def put(self, doubt: SafetyDoubt) -> None:
        """Write one down, or when it is looked at next."""

    async def end(self, ids: Collection[str]) -> None:
        """Forget some."""

    async def due(self, now: datetime, most: int) -> Sequence[SafetyDoubt]:
        """Those that are to be looked at by now."""

    async def all(self) -> Sequence[SafetyDoubt]:
        """Every doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPorts(Ports):
    """The ports that feeds of stock need."""

    reference: ReferenceSource
    pools: Pools
    safety: SafetyRules
    shortages: Shortages
    applied: AppliedStates
    doubts: SafetyDoubts


async def raise_shortages(
    ports: StockPorts, act: Act, suspects: Collection[tuple[RegionId, Sku, StoreId]]
) -> None:
    """Keep a shortage for each of these stores that has fewer units than are promised in it."""
    found = []
    for region_id in sorted({region_id for region_id, _, _ in suspects}):
        here = [(sku, store_id) for region, sku, store_id in suspects if region == region_id]
        pools = await ports.pools.load(region_id, sorted({sku for sku, _ in here}))
        found += [shortage_of(pools[sku], store_id, now=act.at) for sku, store_id in here]
    await ports.shortages.put([one for one in found if one is not None])


def shortage_of(pool: Pool, store_id: StoreId, *, now: datetime) -> Shortage | None:
    """What is missing of a SKU in a store; None where there is as much as is promised."""
    stock = pool.store(store_id)
    if stock.on_hand >= stock.reserved:
        return None
    return Shortage(
        region_id=pool.region_id,
        store_id=store_id,
        sku=pool.sku,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        raised_at=now,
    )
