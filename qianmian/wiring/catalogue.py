"""Products, prices, product search and what sells best."""

from domain.catalogue.best_sellers import RANK_EVERY, rank_best_sellers
from domain.catalogue.product_search import ProductSearchPorts
from domain.catalogue.products import CataloguePorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from storage.mongo.catalogue.best_sellers import MongoBestSellers
from storage.mongo.catalogue.region_stock import MongoRegionStock
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.media.assets import MongoAssets


def catalogue_ports(base: Foundation) -> CataloguePorts:
    """The catalogue and its writing."""
    return CataloguePorts(
        reference=base.reference,
        writer=base.reference,
        pictures=base.made(MongoAssets),
        uses=base.made(MongoUses),
        records=base.made(MongoRecords),
    )


def product_search_ports(base: Foundation) -> ProductSearchPorts:
    """Finding products."""
    return ProductSearchPorts(
        stock=base.made(MongoRegionStock), ranking=base.made(MongoBestSellers)
    )


def catalogue_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to the catalogue."""
    return (
        Job(
            name="ranking of best sellers",
            work=lambda act: rank_best_sellers(base.made(MongoBestSellers), now=act.at),
            every_s=RANK_EVERY.total_seconds() / 10,
        ),
    )
