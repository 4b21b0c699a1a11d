"""What guides do in WeCom: proof of tasks, what groups sold, what they are reminded of."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.contact.contact_facts import FRIEND_VALID
from domain.contact.groups import CustomerGroup, GroupId
from domain.guiding.doing_tasks import own_tasks
from domain.guiding.group_sales import GroupSales, sales_of_group
from domain.guiding.reminding_guides import remind_guides
from domain.guiding.task_facts import TASK_REMINDED
from domain.guiding.task_templates import ProofKind
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.refusals import Forbidden, Unavailable
from domain.messaging.errand_facts import ERRAND_SENT
from domain.messaging.errands import Errand, ErrandKind, Handed, HandResult
from domain.messaging.notices import LEASE, REPEATS_DROPPED, NoticePorts, ToldGuides, send_notices
from domain.messaging.sends import BatchId
from domain.messaging.templates import MessageContent
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.sharing.share_links import ShareCode
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import doing_ports, group_sales_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.messaging import messaging_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.mongo.contact.groups import MongoCustomerGroups
from storage.mongo.kernel.database import Database
from storage.mongo.messaging.errands import MongoErrands
from storage.mongo.messaging.notices import MongoGuideNotices
from storage.mongo.people.people import MongoGuides
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_refund,
    a_sale,
    a_task,
    an_act,
    as_guide,
    beijing,
    coins_of,
    open_shops,
    some_guides,
    some_work,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
DAY = "2037-11-21"
NOON = beijing(DAY)


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


def a_fact(said: FactKind, number: int, **data: Any) -> Fact:
    named = FactId(f"{said}:{number}")
    return Fact(id=named, subject=named, kind=said, at=NOON, data={"guide": "G1", **data})


@pytest.mark.parametrize(
    ("proof", "facts"),
    [
        (ProofKind.HAND_SENDS, [a_fact(ERRAND_SENT, n, kind="FRIENDS", sent=n) for n in (1, 2)]),
        (ProofKind.MOMENTS, [a_fact(ERRAND_SENT, n, kind="MOMENT", sent=1) for n in (1, 2, 3)]),
        (ProofKind.FRIENDS, [a_fact(FRIEND_VALID, n) for n in (1, 2, 3)]),
    ],
)
async def test_what_wecom_tells_of_a_guides_hand_is_proof_and_pays_once(base, proof, facts):
    ports = await open_shops(base)
    await a_task(ports, base, some_work(proof), act=an_act(at=NOON))
    stream = Stream(base)
    others = [
        a_fact(ERRAND_SENT, 8, kind="MOMENT" if proof is ProofKind.HAND_SENDS else "GROUPS", sent=9)
    ]
    await stream.measure(*facts[:-1], *others)
    [mine] = await own_tasks(doing_ports(base, ports.sharing), as_guide("G1", at=NOON))
    assert mine.assignment is None
    await stream.measure(*facts, *facts)
    [mine] = await own_tasks(doing_ports(base, ports.sharing), as_guide("G1", at=NOON))
    assert mine.measured == 3
    assert (await coins_of(base, "G1"), await coins_of(base, "G2")) == (20, 0)


async def test_what_a_group_sold_is_told_by_its_links_net_of_refunds(base: Foundation):
    await open_shops(base)
    group = CustomerGroup(id=GroupId("wr1"), due_at=None, store_id=StoreId("S1"))
    await base.made(MongoCustomerGroups).save(group, expected=0)
    errand = Errand(
        id=BatchId("e1"),
        kind=ErrandKind.GROUPS,
        user_id="wecom_1",
        guide_id=GuideId("G1"),
        store_id=StoreId("S1"),
        content=MessageContent(text="上新"),
        handed=(Handed(to="wr1", result=HandResult.SENT),),
        asked_by="k",
        at=NOON,
        group_id=group.id,
        share_code=ShareCode("CODE"),
    )
    await base.made(MongoErrands).add([errand])
    people = people_ports(base)
    ports = group_sales_ports(
        base,
        messaging_ports(base, member_ports(base, people)),
        sharing_ports(base, content_ports(base), people),
    )
    through = [a_sale(f"o{n}", "G1", NOON, 10_000) for n in (1, 2)]
    through = [replace(one, data={**one.data, "shareCode": "CODE"}) for one in through]
    other = a_sale("o3", "G1", NOON, 70_000)
    await Stream(base).measure(*through, other, a_refund("o2", 1, NOON, 2_500, paid=10_000))
    found = await sales_of_group(ports, an_act(), "wr1")
    assert found == GroupSales(sent=1, orders=2, net=17_500)
    with pytest.raises(Forbidden):
        await sales_of_group(ports, as_guide("G9", "S9"), "wr1")


class Teller:
    """The app in WeCom: it says what it is told to say, and keeps whom it told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.answers: list[ToldGuides | None] = []

    async def tell(self, user_ids, text) -> ToldGuides:
        answer = self.answers.pop(0) if self.answers else ToldGuides()
        if answer is None:
            raise Unavailable("no answer came")
        self.told.append(tuple(sorted(user_ids)))
        return answer


async def test_guides_are_reminded_once_together_and_not_for_ever(base: Foundation):
    await some_guides(base, 3)
    teller = Teller()
    notices = base.made(MongoGuideNotices)
    ports = NoticePorts(notices=notices, teller=teller, guides=base.made(MongoGuides))
    data = {"taskId": "t", "occurrence": DAY, "storeId": "S1", "title": "晒晒羽绒服"}

    async def remind(*guides: str, hour: int = 9) -> None:
        facts = tuple(
            Fact(
                id=FactId(f"reminder:{one}:{hour}"),
                subject=f"reminder:{one}",
                kind=TASK_REMINDED,
                at=now(),
                data={**data, "guideId": one},
            )
            for one in guides
        )
        await remind_guides(ports, an_act(), Batch(facts=facts, upto=1))

    await remind("G1", "G2", "nobody")
    await remind("G2", "G1")  # the same facts again
    teller.answers = [ToldGuides(left_out=["wecom_2"])]
    await send_notices(ports, an_act())
    await send_notices(ports, an_act())
    assert teller.told == [("wecom_1", "wecom_2")]
    # Without an answer it is told again, while WeCom drops what it had heard.
    teller.answers = [None, ToldGuides(busy=True)]
    await remind("G3")
    with pytest.raises(ExceptionGroup):
        await send_notices(ports, an_act())
    await send_notices(ports, an_act())
    assert len(teller.told) == 1
    for turn in (1, 2, 3):
        await send_notices(ports, an_act(at=now() + turn * (LEASE + timedelta(seconds=1))))
    assert teller.told[1:] == [("wecom_3",), ("wecom_3",)]
    # What nobody could be told for half an hour is told nobody.
    await remind("G1", hour=15)
    await send_notices(ports, an_act(at=now() + REPEATS_DROPPED + timedelta(minutes=1)))
    assert len(teller.told) == 3
    assert await notices.due(now() + timedelta(days=1), 10) == []
