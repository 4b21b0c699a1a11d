"""Things of the mall with believable defaults; override only what a test is about."""

from datetime import UTC, datetime

from domain.catalogue.catalogue import Product, ProductId, Sku, Variant
from domain.catalogue.prices import Price, PriceChange, PriceChangeId, PriceLine
from domain.kernel.money import Fen
from domain.kernel.places import Datum, Position
from domain.network.stores import OwnerId, Region, RegionId, Store, StoreId

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_variant(sku="10001-NVY-M", *, price=239900, compare_at=None, since=None, **changes):
    fields = {
        "sku": Sku(sku),
        "options": {"颜色": "藏青", "尺码": sku.rpartition("-")[2]},
        "own_price": Price(amount=Fen(price), compare_at=compare_at, since=since),
    }
    return Variant(**{**fields, **changes})


def a_product(id="10001", **changes):
    fields = {
        "id": ProductId(id),
        "name": "极寒长款羽绒服",
        "category": ("服装", "羽绒服", "长款"),
        "description": "800蓬白鹅绒，长款过膝，把寒风挡在身后。",
        "variants": (a_variant(f"{id}-NVY-M"), a_variant(f"{id}-NVY-L")),
    }
    return Product(**{**fields, **changes})


def a_price_change(*lines, id="pricechange_1", effective_at=NOON, **changes):
    """A change of (SKU, fen) pairs."""
    fields = {
        "id": PriceChangeId(id),
        "name": "双十一",
        "effective_at": effective_at,
        "lines": tuple(PriceLine(sku=sku, amount=Fen(fen)) for sku, fen in lines),
        "created_by": "staff_1",
        "created_at": NOON,
    }
    return PriceChange(**{**fields, **changes})


def a_region(id="320500", **changes):
    return Region(**{"id": RegionId(id), "name": "苏州市", **changes})


def a_store(id="S0001", **changes):
    fields = {
        "id": StoreId(id),
        "name": "苏州观前街店",
        "region_id": RegionId("320500"),
        "owner_id": OwnerId("brand"),
        "district": "320508",
        "address": "观前街1号",
        "position": Position(longitude=120.63, latitude=31.31, datum=Datum.GCJ02),
    }
    return Store(**{**fields, **changes})
