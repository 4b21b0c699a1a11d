"""Shipments told to WeChat: in parts, once each, by whichever process, and shown where it won't."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx2
import pytest

from domain.kernel.facts import Batch
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.relaying import relay
from domain.mall.fulfilment import after_sale, store_desk
from domain.mall.fulfilment.attention import ExceptionKind, exceptions_of
from domain.mall.fulfilment.paying import confirm, start
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.reporting import (
    GIVEN_UP_AFTER,
    LAST_RETRY,
    SHIPPING_FACTS,
    ReportingPorts,
    note_shipments,
    report_again,
    report_shipments,
)
from domain.mall.orders.order import Recipient
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream
from storage.mongo.kernel.tokens import MongoTokens
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.outside.wechat_shipping import WechatShipping, carrier_code
from storage.outside.wechat_token import StableToken
from tests.support.keys import RING
from tests.support.shop import (
    BUYER,
    HEAD_OFFICE,
    NOW,
    ORDER,
    a_manager,
    a_payment,
    a_shop,
    act,
    an_order,
)
from tests.support.stub import listening
from tests.support.wechat_shipping import EXPRESS, PICKUP, SPLIT, UNIFIED, ShippingDesk

pytestmark = pytest.mark.anyio
RECIPIENT = Recipient(name="梅", phone="13900001234", district="320508", address="人民路1号")
TRANSACTION, OPENID = "4200001", "openid-1"
# Store S1 has all of A, S2 all of B.
APART = {("S1", "A"): 5, ("S2", "B"): 5}


@dataclass
class Shop:
    """A paid order, WeChat, two processes that tell it, and the moment."""

    mall: FulfilmentPorts
    database: Database
    reporting: list[ReportingPorts]
    desk: ShippingDesk
    at: datetime = NOW

    async def ship(self, number: int, store: str, carrier: str = "顺丰") -> None:
        self.at += timedelta(hours=1)
        part, manager = f"{ORDER}-{number}", act(a_manager(store), at=self.at)
        await store_desk.ship(self.mall, manager, part, carrier=carrier, number=f"SF{number}")

    async def follow(self, *, times: int = 1) -> None:
        """Relay the facts and hand them to the follower; all processes tell what is due."""
        stream = MongoStream(self.database)
        while await relay(MongoOutboxes(self.database, ["fulfilments"]), stream):
            pass
        facts = [one for one in await stream.after(0, 1000) if one.kind in SHIPPING_FACTS]
        for ports in self.reporting * times:
            await note_shipments(ports, act(at=self.at), Batch(facts=tuple(facts), upto=1000))
        await self.tell()

    async def tell(self) -> None:
        """Whatever is due is told; one thing may follow upon another."""
        for _ in range(3):
            self.at += timedelta(seconds=1)
            tellers = (report_shipments(ports, act(at=self.at)) for ports in self.reporting)
            await asyncio.gather(*tellers)

    async def exceptions(self):
        return list(exceptions_of(await self.mall.fulfilments.by_id(ORDER)))

    def told(self):
        return self.desk.of(TRANSACTION)


@pytest.fixture
async def open_shop(database: Database) -> AsyncIterator:
    """Open a shop of which somebody has paid an order."""
    desk = ShippingDesk()
    desk.payers[TRANSACTION] = OPENID
    async with listening(desk.app()) as url, httpx2.AsyncClient(timeout=5) as http:

        async def opened(**parts) -> Shop:
            parts.setdefault("order", an_order(recipient=RECIPIENT))
            mall = replace(a_shop(**parts), fulfilments=MongoFulfilments(database, RING))
            token = StableToken(
                http, "wx1", "s1", tokens=MongoTokens(database), now=lambda: NOW, base_url=url
            )
            ports = ReportingPorts(
                fulfilments=mall.fulfilments,
                members=mall.members,
                reporter=WechatShipping(token),
            )
            await start(mall, act(BUYER), ORDER)
            total = mall.orders.order.total
            paid = await confirm(mall, act(), a_payment(amount=total, payer=OPENID))
            for part in paid.parts:
                await store_desk.accept(mall, act(a_manager(part.store_id)), part.id)
            return Shop(mall, database, [ports, replace(ports)], desk)

        yield opened


async def test_an_order_in_one_parcel_is_told_once_with_all_that_wechat_asks_for(open_shop):
    shop = await open_shop()
    await shop.ship(1, "S1")
    await shop.follow(times=3)
    [told] = shop.told()
    assert told == {
        "order_key": {"order_number_type": 2, "transaction_id": TRANSACTION},
        "logistics_type": EXPRESS,
        "delivery_mode": UNIFIED,
        "shipping_list": [
            {
                "item_desc": "羽绒服 A*2；羽绒服 B*1",
                "tracking_no": "SF1",
                "express_company": "SF",
                "contact": {"receiver_contact": "139****1234"},
            }
        ],
        "upload_time": told["upload_time"],
        "payer": {"openid": OPENID},
    }
    assert told["upload_time"].endswith("+08:00")
    await shop.follow()
    assert (len(shop.told()), shop.desk.again) == (1, 0)


async def test_parcels_of_two_stores_are_told_as_parts_and_the_second_as_the_last(open_shop):
    shop = await open_shop(on_hand=APART)
    await shop.ship(1, "S1")
    await shop.follow()
    shop.at += timedelta(days=1)
    await shop.ship(2, "S2", "中通")
    await shop.follow()
    modes = [(one["delivery_mode"], one["is_all_delivered"]) for one in shop.told()]
    assert modes == [(SPLIT, False), (SPLIT, True)]
    parcels = [one["shipping_list"][0] for one in shop.told()]
    assert [(one["tracking_no"], one["express_company"]) for one in parcels] == [
        ("SF1", "SF"),
        ("SF2", "ZTO"),
    ]
    assert shop.desk.again == 0


async def test_two_parcels_at_once_are_one_report_of_two(open_shop):
    shop = await open_shop(on_hand=APART)
    await shop.ship(1, "S1")
    await shop.ship(2, "S2")
    await shop.follow()
    [told] = shop.told()
    assert (told["delivery_mode"], told["is_all_delivered"], len(told["shipping_list"])) == (
        SPLIT,
        True,
        2,
    )


async def test_what_is_cancelled_is_not_told_and_the_parcel_before_it_becomes_the_last(open_shop):
    shop = await open_shop(on_hand=APART)
    await shop.ship(1, "S1")
    await shop.follow()
    await after_sale.cancel(
        shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, {"B": 1}, "没货", key="k1"
    )
    await shop.follow()
    assert [one["is_all_delivered"] for one in shop.told()] == [False, True]
    assert {one["shipping_list"][0]["tracking_no"] for one in shop.told()} == {"SF1"}


async def test_an_order_that_is_cancelled_whole_is_not_told(open_shop):
    shop = await open_shop()
    await after_sale.cancel(shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, None, "x", key="k1")
    await shop.follow()
    assert shop.desk.asked == 0


async def test_a_pickup_is_told_as_a_pickup_once_all_is_handed_over(open_shop):
    shop = await open_shop(order=an_order(pickup_store_id="S1"))
    first, manager = f"{ORDER}-1", act(a_manager("S1"), at=shop.at)
    await store_desk.split(shop.mall, manager, first, {"B": 1})
    parts = (await shop.mall.fulfilments.by_id(ORDER)).live_parts()
    for number, part in enumerate(parts):
        await store_desk.ready(shop.mall, manager, part.id)
        ready = (await shop.mall.fulfilments.by_id(ORDER)).part(part.id)
        await store_desk.hand_over(shop.mall, manager, part.id, code=ready.pickup_code)
        await shop.follow()
        assert len(shop.told()) == number
    [told] = shop.told()
    assert (told["logistics_type"], told["delivery_mode"]) == (PICKUP, UNIFIED)
    assert "is_all_delivered" not in told
    [content] = told["shipping_list"]
    assert set(content["item_desc"].split("；")) == {"羽绒服 A*2", "羽绒服 B*1"}


async def test_a_report_whose_answer_was_lost_is_sent_again_as_it_was(open_shop):
    shop = await open_shop(on_hand=APART)
    shop.desk.loses_answers = True
    await shop.ship(1, "S1")
    await shop.follow()
    # The second parcel goes before WeChat's answer to the first is known.
    await shop.ship(2, "S2")
    await shop.follow()
    assert len(shop.told()) == 1
    shop.desk.loses_answers = False
    shop.at += LAST_RETRY
    await shop.tell()
    assert [one["is_all_delivered"] for one in shop.told()] == [False, True]
    assert shop.desk.again == 0


async def test_a_wechat_that_is_busy_for_an_hour_is_told_later_and_nobody_is_bothered(open_shop):
    shop = await open_shop()
    shop.desk.trouble = -1
    await shop.ship(1, "S1")
    await shop.follow()
    for _ in range(12):
        shop.at += timedelta(minutes=5)
        await shop.tell()
    assert await shop.exceptions() == []
    assert shop.desk.asked < 20
    shop.desk.trouble = None
    shop.at += LAST_RETRY
    await shop.tell()
    assert len(shop.told()) == 1


async def test_what_is_not_taken_for_a_day_is_shown_and_told_again_when_head_office_says_so(
    open_shop,
):
    shop = await open_shop()
    shop.desk.trouble = 10060001
    await shop.ship(1, "S1")
    await shop.follow()
    until = shop.at + GIVEN_UP_AFTER + LAST_RETRY
    while shop.at < until:
        assert await shop.exceptions() == [] or shop.at >= until - LAST_RETRY
        shop.at += timedelta(minutes=30)
        await shop.tell()
    [shown] = await shop.exceptions()
    assert (shown.kind, shown.subject) == (ExceptionKind.SHIPPING_NOT_REPORTED, f"{ORDER}-1")
    assert shown.said == "10060001 说明"
    asked = shop.desk.asked
    shop.at += timedelta(days=1)
    await shop.tell()
    assert shop.desk.asked == asked
    shop.desk.trouble = None
    await report_again(shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, None)
    await shop.tell()
    assert len(shop.told()) == 1
    assert await shop.exceptions() == []
    with pytest.raises(WrongState):
        await report_again(shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, None)


async def test_a_carrier_that_is_not_known_is_shown_at_once_and_told_under_the_code_given(
    open_shop,
):
    shop = await open_shop()
    await shop.ship(1, "S1", "老王快运")
    await shop.follow()
    [shown] = await shop.exceptions()
    assert "老王快运" in shown.said
    assert shop.desk.asked == 0
    with pytest.raises(Invalid):
        await report_again(shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, "老王")
    await report_again(shop.mall, act(HEAD_OFFICE, at=shop.at), ORDER, "LWKY")
    await shop.tell()
    assert shop.told()[0]["shipping_list"][0]["express_company"] == "LWKY"


@pytest.mark.parametrize("known", [10060002, 10060003, 10060023])
async def test_what_wechat_knows_already_is_told(open_shop, known):
    shop = await open_shop()
    shop.desk.trouble = known
    await shop.ship(1, "S1")
    await shop.follow()
    asked = shop.desk.asked
    shop.at += timedelta(days=2)
    await shop.follow()
    assert shop.desk.asked == asked
    assert await shop.exceptions() == []


async def test_what_is_wrong_with_a_report_is_shown_at_once(open_shop):
    shop = await open_shop()
    shop.desk.payers[TRANSACTION] = "somebody else"
    await shop.ship(1, "S1")
    await shop.follow()
    [shown] = await shop.exceptions()
    assert shown.said.startswith("10060031")


async def test_a_token_that_wechat_refuses_is_replaced(open_shop):
    shop = await open_shop()
    await shop.ship(1, "S1")
    token = shop.reporting[0].reporter._wechat
    await token.current()
    shop.desk.token = "token-2"
    await shop.follow()
    assert len(shop.told()) == 1


async def test_an_order_that_was_paid_back_whole_has_no_money_to_wait_for(open_shop):
    shop = await open_shop()
    await shop.ship(1, "S1")
    head_office = act(HEAD_OFFICE, at=shop.at)
    await after_sale.refund(shop.mall, head_office, ORDER, 69_800, "补偿", key="k1")
    await shop.follow()
    assert shop.desk.asked == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [("顺丰", "SF"), (" 顺丰 速运 ", "SF"), ("ＳＦ", "SF"), ("sf", "SF"), ("中通快递", "ZTO")],
)
def test_a_carriers_name_is_wechats_code(name, code):
    assert carrier_code(name) == code
