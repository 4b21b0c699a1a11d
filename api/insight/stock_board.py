"""The stock board in the schema."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from api.insight.boards import NOBODY
from api.kernel.operations import packed, query, subscription
from api.kernel.paging import After, Connection, First, connection
from domain.insight import stock_board as use_cases
from domain.insight.stock_board import SoldOutSku, StockBoardPorts
from domain.kernel.paging import Page, PageRequest
from domain.people.act import Act


@strawberry.type(description="A region in which a SKU is sold out.")
class StockBoardRegion:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="A SKU on the shelf that is sold out somewhere.")
class StockBoardSku:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    product_id: strawberry.ID = strawberry.field(description="Its product.")
    name: str = strawberry.field(description="The product's name.")
    sold_out_in: int = strawberry.field(description="In how many regions it is sold out.")
    of_regions: int = strawberry.field(description="How many regions have or had it.")
    regions: list[StockBoardRegion] = strawberry.field(description="Those in which it is sold out.")


@strawberry.type(description="What is sold out, in how many regions; at most a second old.")
class StockBoard:
    regions: int = strawberry.field(description="Of how many regions the board is to be.")
    regions_read: int = strawberry.field(
        description="Of how many it is: a process reads each region once after it has started."
    )
    complete: bool = strawberry.field(description="Whether it is of all of them.")
    skus: Connection[StockBoardSku] = strawberry.field(
        description="What is sold out in the most regions first."
    )


Region = Annotated[
    strawberry.ID, strawberry.argument(description="The region; empty for all of the brand.")
]


@query("What is sold out in a region, or in how many of the brand's.")
async def stock_board(
    ports: StockBoardPorts,
    act: Act,
    region_id: Region = NOBODY,
    first: First = 20,
    after: After = None,
) -> StockBoard:
    request = PageRequest(first=first, after=after)
    return _shown(await use_cases.stock_board(ports, act, str(region_id), request))


@query("The stock board as rows for a spreadsheet, with the regions of each SKU.")
async def stock_board_csv(ports: StockBoardPorts, act: Act, region_id: Region = NOBODY) -> str:
    return await use_cases.stock_board_csv(ports, act, str(region_id))


@subscription(
    "The stock board: once at the start, then each time that something sells out or comes back, "
    "twice a second at most. Ends with the socket's token; connect again with a fresh one."
)
def stock_board_changed(
    ports: StockBoardPorts, act: Act, region_id: Region = NOBODY, first: First = 20
) -> AsyncGenerator[StockBoard, None]:
    return packed(use_cases.follow_stock_board(ports, act, str(region_id), first), _shown)


def _shown(answer: tuple[use_cases.StockBoard, Page[SoldOutSku]]) -> StockBoard:
    board, page = answer
    return StockBoard(
        regions=len(board.regions),
        regions_read=board.read,
        complete=board.complete,
        skus=connection(page, _line),
    )


def _line(one: SoldOutSku) -> StockBoardSku:
    return StockBoardSku(
        sku=strawberry.ID(one.sku),
        product_id=strawberry.ID(one.product_id),
        name=one.name,
        sold_out_in=one.count.sold_out,
        of_regions=one.count.regions,
        regions=[StockBoardRegion(id=strawberry.ID(at.id), name=at.name) for at in one.where],
    )


QUERIES = (stock_board, stock_board_csv)
SUBSCRIPTIONS = (stock_board_changed,)
