"""The stock board: what is sold out, in how many regions and in which.

A region that never had a SKU is not one in which it is sold out. What is shown follows the pools
in memory, as shelves do; it costs no round trip once they have been read.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from domain.catalogue.catalogue import CatalogueSource, Sku
from domain.insight.boards import BoardEar
from domain.kernel.cells import as_csv
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.network.directory import DirectorySource
from domain.network.stores import Region, RegionId
from domain.people.act import Act

SOLD_OUT = Cursors("what is sold out", int, str)
COLUMNS = ("sku", "product_id", "name", "sold_out_in", "of_regions", "regions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOutCount:
    """In how many regions a SKU is sold out, of how many that have or had it."""

    sold_out: int
    regions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOutSku:
    """A SKU on the shelf that is sold out somewhere; `where` is told of those of a page alone."""

    sku: Sku
    product_id: str
    name: str
    count: SoldOutCount
    where: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBoard:
    """What is sold out in some regions, in the most of them first; `read` is how many are seen."""

    regions: tuple[RegionId, ...]
    read: int
    skus: tuple[SoldOutSku, ...]

    @property
    def complete(self) -> bool:
        """Whether it is of all of them."""
        return self.read == len(self.regions)


class SoldOutStock(Protocol):
    """What is sold out in each region, at most a second old."""

    async def seen(self, regions: Collection[RegionId]) -> int:
        """Have regions in memory; tell how many of them are by now, after a moment at most."""

    def counts(self, regions: Collection[RegionId]) -> Mapping[Sku, SoldOutCount]:
        """Each SKU that is sold out in any of some regions."""

    def where(self, sku: Sku, regions: Collection[RegionId]) -> Sequence[RegionId]:
        """In which of some regions a SKU is sold out."""

    def listening(self) -> AbstractContextManager[BoardEar]:
        """Hear of whatever sells out or comes back, and of each region that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBoardPorts(Ports):
    """What is sold out, and the names of it."""

    sold_out: SoldOutStock
    catalogue: CatalogueSource
    directory: DirectorySource


async def stock_board(
    ports: StockBoardPorts, act: Act, region: str, request: PageRequest
) -> tuple[StockBoard, Page[SoldOutSku]]:
    """What is sold out in a region, or with an empty one in how many of the brand's."""
    board = await _board(ports, act, region)
    return board, _page(ports, board, request)


async def follow_stock_board(
    ports: StockBoardPorts, act: Act, region: str, first: int
) -> AsyncGenerator[tuple[StockBoard, Page[SoldOutSku]], None]:
    """The board now, and anew each time that it changes, twice a second at most."""
    request = PageRequest(first=first)
    with ports.sold_out.listening() as ear:
        told = await stock_board(ports, act, region, request)
        yield told
        async for _ in ear.turns():
            newest = await stock_board(ports, act, region, request)
            if newest != told:
                told = newest
                yield told


async def stock_board_csv(ports: StockBoardPorts, act: Act, region: str) -> str:
    """The board as rows, each with the ids of the regions in which it is sold out."""
    board = await _board(ports, act, region)
    rows = (
        (
            *(one.sku, one.product_id, one.name, one.count.sold_out, one.count.regions),
            " ".join(ports.sold_out.where(one.sku, board.regions)),
        )
        for one in board.skus
    )
    return as_csv(COLUMNS, rows)


async def _board(ports: StockBoardPorts, act: Act, region: str) -> StockBoard:
    act.viewer.require("stock_board.see")
    directory = ports.directory.directory()
    if region:
        act.viewer.require("stock_board.see", region=directory.region(RegionId(region)).id)
        regions: tuple[RegionId, ...] = (RegionId(region),)
    else:
        act.viewer.require("board.see_brand")
        regions = tuple(sorted(directory.regions))
    read = await ports.sold_out.seen(regions)
    variants = ports.catalogue.catalogue().variants
    skus = [
        SoldOutSku(sku=sku, product_id=product.id, name=product.name, count=count)
        for sku, count in ports.sold_out.counts(regions).items()
        if sku in variants and (product := variants[sku][0]).on_shelf(act.at)
    ]
    return StockBoard(regions=regions, read=read, skus=tuple(sorted(skus, key=_key)))


def _page(ports: StockBoardPorts, board: StockBoard, request: PageRequest) -> Page[SoldOutSku]:
    """A page of the board, of each SKU with the regions behind its figure."""
    page = page_in_order(board.skus, _key, request, SOLD_OUT)
    regions = ports.directory.directory().regions
    opened = [
        replace(
            one,
            where=tuple(regions[where] for where in ports.sold_out.where(one.sku, board.regions)),
        )
        for one in page.items
    ]
    return replace(page, items=opened)


def _key(one: SoldOutSku) -> tuple[int, str]:
    return -one.count.sold_out, one.sku
