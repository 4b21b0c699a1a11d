"""How much of a processor a product search made anew takes, with a catalogue of 5,000 SKUs.

Everything is in this process, stock and ranking included, as a service holds them.
"""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku, Variant
from domain.catalogue.prices import Price
from domain.catalogue.product_search import (
    ProductFilter,
    ProductOrder,
    ProductSearchPorts,
    find,
)
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.network.directory import Directory
from domain.network.stores import Region, RegionId
from domain.people.act import Act
from domain.people.viewer import ANONYMOUS
from qianmian.clock import now
from scripts.benching import (
    Figure,
    Part,
    arguments,
    counted_trips,
    measured,
    meter_here,
    report,
    spend,
)

VARIANTS = 5
REGION = RegionId("310100")


@dataclass(frozen=True, slots=True)
class Held:
    """A catalogue, of which every other SKU is in stock and every third product has sold."""

    known: Catalogue

    def catalogue(self) -> Catalogue:
        """All products."""
        return self.known

    def directory(self) -> Directory:
        """One region."""
        return Directory(regions={REGION: Region(id=REGION, name="上海市")})

    async def in_stock(self, region_id: RegionId) -> frozenset[Sku]:
        """Every other SKU."""
        return frozenset(list(self.known.variants)[::2])

    async def best_sellers(self) -> Sequence[ProductId]:
        """Every third product."""
        return list(self.known.products)[::3]


def a_catalogue(skus: int) -> Catalogue:
    """A brand of one kind of clothes in twenty lines."""
    made = [_product(number) for number in range(skus // VARIANTS)]
    return Catalogue(products={one.id: one for one in made})


def _product(number: int) -> Product:
    code = f"{number:05}"
    return Product(
        id=ProductId(code),
        name=f"远岫长款羽绒服 {code}",
        subtitle="八百蓬白鹅绒，长款过膝",
        description="把寒风挡在身后。",
        category=("服装", f"系列{number % 20}", f"款{number % 3}"),
        attributes={"fill_power": str(number % 5 * 100), "season": "冬春夏秋"[number % 4]},
        variants=tuple(
            Variant(
                sku=Sku(f"{code}-{size}"),
                options={"尺码": str(size)},
                own_price=Price(amount=Fen(100_00 + number)),
            )
            for size in range(VARIANTS)
        ),
    )


SEARCHES = {
    "everything": (ProductFilter(), ProductOrder.BEST_MATCH),
    "a word of all": (ProductFilter(words="羽绒"), ProductOrder.BEST_MATCH),
    "one of twenty categories": (ProductFilter(category=("服装", "系列3")), ProductOrder.NEWEST),
    "in stock, by sales": (ProductFilter(in_stock_in=REGION), ProductOrder.SALES),
    "by price, from a price on": (ProductFilter(price_from=Fen(1)), ProductOrder.PRICE_UP),
    "two attributes": (
        ProductFilter(attributes={"season": frozenset("冬"), "fill_power": frozenset({"100"})}),
        ProductOrder.BEST_MATCH,
    ),
}


async def measure(options: Namespace) -> list[Figure]:
    """Ask for first pages by turns."""
    held = Held(a_catalogue(options.skus))
    ports = ProductSearchPorts(catalogue=held, directory=held, stock=held, ranking=held)
    act = Act(viewer=ANONYMOUS, at=now(), new_id=str)

    async def ask(wanted: ProductFilter, order: ProductOrder, _: int) -> None:
        found = await find(ports, act, wanted, order, PageRequest(first=20))
        assert found.page.items

    parts = [
        Part(
            name=name, run=partial(spend, partial(ask, *asked), seconds=options.seconds, clients=1)
        )
        for name, asked in SEARCHES.items()
    ]
    return await measured(parts, meter_here(counted_trips()), rounds=options.rounds)


def main() -> int:
    """Measure and print."""
    parser = arguments("products", __doc__, seconds=1.0)
    parser.add_argument("--skus", type=int, default=5_000, help="in the catalogue (%(default)s)")
    options = parser.parse_args()
    report(asyncio.run(measure(options)), options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
