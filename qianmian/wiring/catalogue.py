"""Products, prices, product search and what sells best."""

from domain.catalogue.best_sellers import (
    RANK_EVERY,
    SALES_FACTS,
    RankingPorts,
    count_sales,
    rank_best_sellers,
)
from domain.catalogue.offered_prices import OfferedPricePorts
from domain.catalogue.ports import CataloguePorts
from domain.catalogue.product_search import ProductSearchPorts
from domain.kernel.facts import Follower
from domain.promotions.brand_wide import BrandWidePrices
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.advertising_claims import read_claims
from storage.mongo.catalogue.best_sellers import MongoBestSellers, MongoSales
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.mall.stock.shown import MongoShownStock
from storage.mongo.media.assets import MongoAssets


def catalogue_ports(base: Foundation) -> CataloguePorts:
    """The catalogue and its writing."""
    return CataloguePorts(
        source=base.reference,
        writer=base.reference,
        pictures=base.made(MongoAssets),
        uses=base.made(MongoUses),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def product_search_ports(base: Foundation) -> ProductSearchPorts:
    """Finding products."""
    return ProductSearchPorts(
        catalogue=base.reference,
        directory=base.reference,
        stock=base.made(MongoShownStock),
        ranking=base.made(MongoBestSellers),
    )


def offered_price_ports(base: Foundation) -> OfferedPricePorts:
    """What goods cost where no store is known."""
    return OfferedPricePorts(catalogue=base.reference, pieces=BrandWidePrices(base.reference))


def ranking_ports(base: Foundation) -> RankingPorts:
    """What sells best."""
    return RankingPorts(sales=base.made(MongoSales), rankings=base.made(MongoBestSellers))


def catalogue_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to the catalogue."""
    ports = ranking_ports(base)
    return (
        Job(
            name="ranking of best sellers",
            work=lambda act: rank_best_sellers(ports, act),
            every_s=RANK_EVERY.total_seconds() / 10,
        ),
    )


def catalogue_followers(base: Foundation) -> tuple[Follower, ...]:
    """What the catalogue follows."""
    forget = base.made(MongoSales).forget
    return (follower("best sellers", SALES_FACTS, count_sales, ranking_ports(base), forget=forget),)
