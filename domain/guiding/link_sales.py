"""What a guide's own links have sold: orders through each of them, net of refunds."""

from collections import defaultdict
from dataclasses import dataclass

from domain.guiding.guide_sales import GuideSale, GuideSales
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.act import Act
from domain.sharing.creating_links import own_links
from domain.sharing.share_links import ShareCode, ShareLink
from domain.sharing.shareable import SharingPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSalesPorts(Ports):
    """Links, and what guides have sold."""

    sharing: SharingPorts
    sales: GuideSales


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSales:
    """A link with how many paid orders came by it, and what was paid for them less refunds."""

    link: ShareLink
    orders: int
    net: Fen


async def sales_of_own_links(
    ports: LinkSalesPorts, act: Act, request: PageRequest
) -> Page[LinkSales]:
    """The links of the guide who asks with what each has sold, the newest first."""
    page = await own_links(ports.sharing, act, request)
    sold: dict[ShareCode | None, list[GuideSale]] = defaultdict(list)
    for one in await ports.sales.by_links([link.code for link in page.items]):
        if one.sold_at:
            sold[one.share_code].append(one)
    return page.map(
        lambda link: LinkSales(
            link=link,
            orders=len(sold[link.code]),
            net=Fen(sum(one.net for one in sold[link.code])),
        )
    )
