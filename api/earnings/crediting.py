"""Which orders are credited to whom, and what each of them has of every line."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.attribution import LineCredit
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import crediting
from domain.earnings.crediting import CreditingPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act


@strawberry.type(description="An order in which somebody has a part.")
class CreditedOrder(Packed[crediting.CreditedOrder]):
    order_id: strawberry.ID = strawberry.field(
        description="The order; of a purchase at a till its channel and number."
    )
    paid_at: datetime = strawberry.field(description="When it was paid.")
    rule_version: int = strawberry.field(
        description="The version of the rule by which it is divided, for good."
    )
    payable: bool = strawberry.field(
        description="Whether what it earned is payable; else it is pending."
    )
    matures_at: datetime | None = strawberry.field(
        description="From when on it is; null if it is, or while goods or a return are on the way."
    )
    credits: list[LineCredit] = strawberry.field(
        description="The parts that you asked for, of what is paid and not given back."
    )


@query(
    "The paid orders in which a guide has a part, or an owner, or guides by a store's sales, the "
    "newest first: for the guide, the store's manager, the franchisee, head office and finance."
)
async def order_credits(
    ports: CreditingPorts,
    act: Act,
    guide_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="What this guide has.")
    ] = None,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="What guides have of what this store sold."),
    ] = None,
    owner_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="What this owner has.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[CreditedOrder]:
    page = await crediting.credited_orders(
        ports,
        act,
        PageRequest(first=first, after=after),
        guide_id=guide_id,
        store_id=store_id,
        owner_id=owner_id,
    )
    return connection(page, CreditedOrder.of)


QUERIES = (order_credits,)
