"""What customer groups have sold, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.money import Money
from api.kernel.operations import query
from domain.guiding import group_sales
from domain.guiding.group_sales import GroupSalesPorts
from domain.people.act import Act


@strawberry.type(description="What came of all that went to a customer group.")
class CustomerGroupSales:
    sent: int = strawberry.field(description="How often something went to it.")
    orders: int = strawberry.field(description="How many orders came through links in it.")
    net: Money = strawberry.field(description="What was paid for them, less what was paid back.")


@query("What a customer group has sold through the links that went to it.")
async def customer_group_sales(
    ports: GroupSalesPorts,
    act: Act,
    group_id: Annotated[strawberry.ID, strawberry.argument(description="WeCom's id.")],
) -> CustomerGroupSales:
    found = await group_sales.sales_of_group(ports, act, group_id)
    return CustomerGroupSales(sent=found.sent, orders=found.orders, net=Money.of(found.net))


QUERIES = (customer_group_sales,)
