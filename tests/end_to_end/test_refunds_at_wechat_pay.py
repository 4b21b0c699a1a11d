"""Refunds at WeChat Pay by several processes: one number each, a minute apart, told where stuck."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx2
import pytest

from domain.kernel.money import Fen
from domain.kernel.states import Cause
from domain.mall.fulfilment import refunds
from domain.mall.fulfilment.after_sale import retry_refund
from domain.mall.fulfilment.attention import ExceptionKind, exceptions_of
from domain.mall.fulfilment.due_work import LEASE, sweep_fulfilments
from domain.mall.fulfilment.paying import confirm, hear_notice, start
from domain.mall.fulfilment.payments import PaymentState, RefundState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.people.accounts import Member
from storage.mongo.kernel.database import Database
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.outside.wechat_pay import WechatPay
from tests.support.keys import RING
from tests.support.shop import BUYER, HEAD_OFFICE, NOW, ORDER, a_payment, a_shop, act
from tests.support.stub import listening
from tests.support.wechat_pay import Gateway, a_notice, an_account, signed

pytestmark = pytest.mark.anyio


class OneMember:
    async def by_id(self, id):
        return Member(id=id, openid="openid-1", joined_at=NOW)


@dataclass
class Shop:
    """Some processes of one service, its gateway, and a moment that both mind."""

    processes: list[FulfilmentPorts]
    gateway: Gateway
    at: datetime = NOW

    def later(self, **passed: float) -> None:
        self.at += timedelta(**passed)
        self.gateway.later(timedelta(**passed))

    async def request(self, amount: int) -> None:
        """Promise money back, by a process that ends before it asks for it."""
        cause = Cause(actor="staff_1", at=self.at, reason="goodwill")
        rule = partial(refunds.request, amount=Fen(amount), cause=cause)
        await change(self.processes[0].fulfilments, ORDER, rule)

    async def sweep(self) -> None:
        """All processes attend to what is due, at once."""
        await asyncio.gather(*(sweep_fulfilments(one, act(at=self.at)) for one in self.processes))

    async def payment(self):
        return (await self.processes[0].fulfilments.by_id(ORDER)).payment

    async def exceptions(self):
        return list(exceptions_of(await self.processes[0].fulfilments.by_id(ORDER)))


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    """A paid order of 698 yuan, and two processes."""
    gateway = Gateway()
    async with listening(gateway.app()) as url, httpx2.AsyncClient(timeout=5) as http:
        pay = WechatPay(http, an_account(gateway=url), now=lambda: datetime.now(UTC))
        first = replace(
            a_shop(),
            fulfilments=MongoFulfilments(database, RING),
            provider=pay,
            notices=pay,
            members=OneMember(),
        )
        await start(first, act(BUYER), ORDER)
        gateway.pay(ORDER)
        await confirm(first, act(), a_payment())
        yield Shop([first, replace(first)], gateway)


async def test_a_refund_whose_answer_was_lost_goes_out_under_the_same_number(shop: Shop):
    shop.gateway.loses_answers = True
    await shop.request(9_800)
    for _ in range(3):
        shop.later(seconds=LEASE.total_seconds())
        await shop.sweep()
    assert (await shop.payment()).refunds[0].state is RefundState.REQUESTED
    shop.gateway.loses_answers = False
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    [told] = shop.gateway.refunds.values()
    assert (told["out_refund_no"], told["amount"]["refund"]) == (f"{ORDER}-r1", 9_800)
    told["status"] = "SUCCESS"
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    assert (await shop.payment()).refunded == 9_800


async def test_two_refunds_within_seconds_are_both_made_by_themselves_whoever_makes_them(
    shop: Shop,
):
    await shop.request(9_800)
    shop.later(seconds=20)
    await shop.sweep()
    await shop.request(10_000)
    seconds = 0
    while len(shop.gateway.refunds) < 2:
        shop.later(seconds=5)
        seconds += 5
        # Each time other processes: the ones before have ended.
        shop.processes = [replace(one) for one in shop.processes]
        await shop.sweep()
        assert await shop.exceptions() == []
        assert seconds < 300
    assert shop.gateway.too_soon == 0
    assert {one["amount"]["refund"] for one in shop.gateway.refunds.values()} == {9_800, 10_000}


async def test_a_refund_that_the_balance_does_not_cover_is_shown_and_made_once_it_does(shop: Shop):
    shop.gateway.fails = (403, "NOT_ENOUGH")
    await shop.request(9_800)
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    [shown] = await shop.exceptions()
    assert (shown.kind, shown.said) == (ExceptionKind.REFUND_HELD_UP, "NOT_ENOUGH 说明")
    shop.gateway.fails = None
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    assert list(shop.gateway.refunds) == [f"{ORDER}-r1"]
    assert await shop.exceptions() == []


@pytest.mark.parametrize("fails", [(500, "SYSTEM_ERROR"), (429, "FREQUENCY_LIMITED")])
async def test_a_busy_wechat_pay_is_asked_again_and_nobody_is_bothered(shop: Shop, fails):
    shop.gateway.fails = fails
    await shop.request(9_800)
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    assert await shop.exceptions() == []
    shop.gateway.fails = None
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    assert list(shop.gateway.refunds) == [f"{ORDER}-r1"]


class Waiting:
    """What comes before refunds, and is not done yet."""

    done = False

    async def may_go(self, act, order_id: str, refunded: int, *, requested_at: datetime) -> bool:
        self.asked = (order_id, refunded)
        return self.done


async def test_a_refund_goes_once_what_comes_before_it_is_done(shop: Shop):
    before = Waiting()
    shop.processes = [replace(one, before_refunds=before) for one in shop.processes]
    await shop.request(9_800)
    for _ in range(2):
        shop.later(seconds=90)
        await shop.sweep()
    assert before.asked == (ORDER, 9_800)
    assert not shop.gateway.refunds
    before.done = True
    shop.later(seconds=90)
    await shop.sweep()
    assert list(shop.gateway.refunds) == [f"{ORDER}-r1"]
    await shop.request(10_000)
    shop.later(seconds=90)
    await shop.sweep()
    assert before.asked == (ORDER, 19_800)


async def test_an_abnormal_refund_is_shown_and_tried_again_under_its_number(shop: Shop):
    await shop.request(9_800)
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    news = {
        "mchid": "1900000109",
        "out_trade_no": ORDER,
        "out_refund_no": f"{ORDER}-r1",
        "refund_status": "ABNORMAL",
        "amount": {"total": 69_800, "refund": 9_800},
    }
    body = a_notice(news, "REFUND.ABNORMAL")
    now = datetime.now(UTC)
    await hear_notice(shop.processes[1], act(at=now), signed(body), body)
    [shown] = await shop.exceptions()
    assert (shown.kind, shown.said) == (ExceptionKind.REFUND_FAILED, "ABNORMAL")
    shop.gateway.refunds[f"{ORDER}-r1"]["status"] = "SUCCESS"
    done = await retry_refund(shop.processes[0], act(HEAD_OFFICE, at=now), f"{ORDER}-r1")
    assert list(shop.gateway.refunds) == [f"{ORDER}-r1"]
    assert done.payment.state is PaymentState.PART_REFUNDED
    assert await shop.exceptions() == []


async def test_a_refund_that_wechat_pay_has_never_heard_of_is_asked_for_again(shop: Shop):
    await shop.request(9_800)
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    shop.gateway.refunds.clear()
    shop.later(seconds=LEASE.total_seconds())
    await shop.sweep()
    assert list(shop.gateway.refunds) == [f"{ORDER}-r1"]
