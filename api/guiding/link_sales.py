"""What a guide's own links have sold, in the schema."""

import strawberry

from api.kernel.money import Money
from api.kernel.operations import query
from api.kernel.paging import After, Connection, First, connection
from api.sharing.share_links import ShareLink
from domain.guiding import link_sales
from domain.guiding.link_sales import LinkSalesPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act


@strawberry.type(description="A guide's link with what came of it.")
class LinkSales:
    link: ShareLink = strawberry.field(description="The link, with its visits.")
    orders: int = strawberry.field(description="How many paid orders came by it.")
    net: Money = strawberry.field(description="What was paid for them, less what was paid back.")

    @classmethod
    def of(cls, sold: link_sales.LinkSales) -> "LinkSales":
        """Pack a link with its sales."""
        return cls(link=ShareLink.of(sold.link), orders=sold.orders, net=Money.of(sold.net))


@query("The links of the guide who asks with what each has sold; the newest first.")
async def own_link_sales(
    ports: LinkSalesPorts, act: Act, first: First = 20, after: After = None
) -> Connection[LinkSales]:
    page = await link_sales.sales_of_own_links(ports, act, PageRequest(first=first, after=after))
    return connection(page, LinkSales.of)


QUERIES = (own_link_sales,)
