"""What a guide's own links have sold."""

from dataclasses import replace

import pytest

from domain.content.scenes import Scene
from domain.guiding.link_sales import sales_of_own_links
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden
from domain.sharing.creating_links import LinkOrder, create_link
from domain.sharing.share_links import ShareKind, ShareTarget
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import link_sales_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_refund,
    a_sale,
    an_act,
    as_guide,
    beijing,
    open_shops,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]

NOON = beijing("2026-11-20")
COAT = ShareTarget(kind=ShareKind.PRODUCT, id="10001")


async def test_a_guide_sees_what_each_link_has_sold_net_of_refunds(
    database: Database, round_trips: list[str]
):
    base = a_foundation(database)
    await open_shops(base)
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports = link_sales_ports(base, sharing)
    mine = as_guide("G1", "S1", NOON)
    sold, idle = [
        await create_link(sharing, mine, LinkOrder(target=COAT, scene=scene))
        for scene in (Scene.MOMENTS, Scene.COMMUNITY)
    ]
    other = await create_link(
        sharing, as_guide("G2", "S1", NOON), LinkOrder(target=COAT, scene=Scene.MOMENTS)
    )
    through = [
        replace(one, data={**one.data, "shareCode": link.code})
        for one, link in (
            (a_sale("o1", "G1", NOON, 10_000), sold),
            (a_sale("o2", "G1", NOON, 10_000), sold),
            (a_sale("o3", "G2", NOON, 70_000), other),
        )
    ]
    refund = a_refund("o2", 1, NOON, 2_500, paid=10_000)
    # One is paid back before it is heard that it was paid, which is no order yet.
    early = a_refund("o4", 1, NOON, 100, paid=10_000)
    await Stream(base).measure(refund, *through, early)
    round_trips.clear()
    page = await sales_of_own_links(ports, mine, PageRequest())
    assert {one.link.code: (one.orders, one.net) for one in page.items} == {
        sold.code: (2, 17_500),
        idle.code: (0, 0),
    }
    assert len(round_trips) == 3  # the links, how many, and their sales
    assert list((await sales_of_own_links(ports, as_guide("G9", "S9"), PageRequest())).items) == []
    with pytest.raises(Forbidden):
        await sales_of_own_links(ports, an_act(), PageRequest())
