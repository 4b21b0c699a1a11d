"""What customer groups have sold: orders through the links that went to them, net of refunds."""

from dataclasses import dataclass

from domain.contact.groups import GroupId
from domain.guiding.guide_sales import GuideSales
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.messaging.asking_guides import AskingPorts
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSalesPorts(Ports):
    """What went to groups, and what guides have sold."""

    asking: AskingPorts
    sales: GuideSales


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSales:
    """What came of all that went to a group."""

    sent: int
    orders: int
    net: Fen


async def sales_of_group(ports: GroupSalesPorts, act: Act, group_id: str) -> GroupSales:
    """What a group has sold so far; for its store and head office."""
    act.viewer.require("errand.see")
    group = (await ports.asking.groups.by_ids([GroupId(group_id)])).get(GroupId(group_id))
    if group is None or group.store_id is None:
        raise NotFound(f"No guide has a group {group_id}.", field=["groupId"])
    act.viewer.require("errand.see", store=group.store_id)
    errands = await ports.asking.running.errands.of_group(group.id)
    codes = {one.share_code for one in errands if one.share_code}
    sales = [one for one in await ports.sales.by_links(sorted(codes)) if one.sold_at]
    return GroupSales(
        sent=sum(one.sent for one in errands),
        orders=len(sales),
        net=Fen(sum(one.net for one in sales)),
    )
