"""What stores have, and how it came to be so, for those who may know."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.catalogue.catalogue import Sku
from domain.kernel.paging import MAX_PAGE, Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.mall.stock.pools import Movement, StoreStock
from domain.mall.stock.safety import SafetyRule
from domain.mall.stock.stocking import Shortage, StockPorts
from domain.network.stores import StoreId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A store's stock of one SKU, and what its whole region may sell."""

    sku: Sku
    stock: StoreStock
    region_available: int


async def of_store(
    ports: StockPorts, act: Act, store_id: StoreId, skus: Sequence[Sku]
) -> list[Level]:
    """What a store has of at most 100 SKUs."""
    act.viewer.require("stock.see", store=store_id)
    if not 1 <= len(skus) <= MAX_PAGE:
        raise Invalid(f"Ask for 1 to {MAX_PAGE} SKUs at a time.", field=["skus"])
    region_id = ports.reference.now().store(store_id).region_id
    pools = await ports.pools.load(region_id, skus)
    return [
        Level(sku=sku, stock=pools[sku].store(store_id), region_available=pools[sku].available)
        for sku in skus
    ]


async def explain(
    ports: StockPorts, act: Act, store_id: StoreId, sku: Sku, request: PageRequest
) -> Page[Movement]:
    """Every change of a SKU in a store, the newest first."""
    act.viewer.require("stock.see", store=store_id)
    region_id = ports.reference.now().store(store_id).region_id
    return await ports.pools.movements(region_id, store_id, sku, request)


async def shortages(ports: StockPorts, act: Act, store_id: StoreId | None) -> Sequence[Shortage]:
    """Where fewer units are on hand than are promised."""
    act.viewer.require("stock.see", store=store_id)
    return await ports.shortages.waiting(store_id, MAX_PAGE)


async def safety_rules(ports: StockPorts, act: Act) -> list[SafetyRule]:
    """Every rule, for the people who set them."""
    act.viewer.require("safety_rule.see")
    return await ports.safety.all()
