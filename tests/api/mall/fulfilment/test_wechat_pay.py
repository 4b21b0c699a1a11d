"""Paying with WeChat Pay over HTTP, against a gateway that speaks its documented protocol."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from domain.kernel.ids import PersonId
from domain.people.accounts import Member
from domain.people.viewer import Role, Viewer
from qianmian import foundation
from qianmian.clock import now
from qianmian.settings import Credentials, WechatPayKeys
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from storage.outside import wechat_pay_signing
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.conftest import Service, serving, settings_for
from tests.support.fulfilling import (
    START,
    a_manager,
    act,
    an_order,
    open_stores_with_stock,
    progress,
    store_row,
)
from tests.support.stub import listening
from tests.support.waiting import comes_to
from tests.support.wechat_pay import (
    API_KEY,
    CERTIFICATE,
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PLATFORM_KEY,
    PUBLIC_KEY_ID,
    Gateway,
    a_notice,
    a_transaction,
    an_account,
    signed,
)
from tests.support.wechat_shipping import ShippingDesk

pytestmark = pytest.mark.anyio
HEAD_OFFICE = Viewer(id=PersonId("staff_1"), role=Role.HEAD_OFFICE)
CHECK = "mutation($order: ID!) { paymentCheck(orderId: $order) { payment { state } } }"


@pytest.fixture
def desk() -> ShippingDesk:
    """WeChat's management of shipping."""
    return ShippingDesk()


@pytest.fixture
async def shop(
    mongodb_uri,
    database: Database,
    tmp_path,
    monkeypatch,
    desk: ShippingDesk,
) -> AsyncIterator[tuple[Service, Gateway]]:
    """The service with a merchant's account, and the gateway that it speaks to."""
    gateway = Gateway()
    account = an_account()
    async with listening(gateway.app()) as url, listening(desk.app()) as wechat:
        there = partial(foundation.StableToken, base_url=wechat)
        monkeypatch.setattr(foundation, "StableToken", there)
        keys = WechatPayKeys(
            merchant_id=account.merchant.merchant_id,
            serial=account.merchant.serial,
            private_key=MERCHANT_KEY.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            api_key=API_KEY,
            platform_keys={
                PUBLIC_KEY_ID: PLATFORM_KEY.public_key().public_bytes(
                    Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
                )
            },
            platform_certificates=(CERTIFICATE,),
            gateway=url,
        )
        settings = replace(
            settings_for(mongodb_uri, database.name, tmp_path),
            wechat=Credentials(id=account.app_id, secret="s"),
            wechat_pay=keys,
        )
        async with serving(settings) as service:
            yield service, gateway


async def started(service: Service, database: Database) -> str:
    """An order of a member whose payment is asked for."""
    await open_stores_with_stock(service)
    member = Member(id=MEMBER.id, openid="openid-1", joined_at=now())
    await MongoMembers(database).join(member)
    order = await an_order(service)
    answer = (await service.query(START, MEMBER, order=order)).data["paymentStart"]
    assert answer["userErrors"] == []
    assert answer["sandboxUrl"] is None
    assert answer["wechatPay"]["package"] == f"prepay_id=wx2026{order}"
    return order


async def tell(service: Service, body: bytes, headers: dict[str, str] | None = None) -> int:
    response = await service.http.post(
        "/pay/wechat/notice", content=body, headers=headers or signed(body)
    )
    return response.status_code


async def test_a_notification_pays_the_order_once_however_often_it_comes(shop, database):
    service, gateway = shop
    order = await started(service, database)
    body = a_notice(gateway.pay(order))
    assert set(await asyncio.gather(*(tell(service, body) for _ in range(5)))) == {204}
    seen = await progress(service, order)
    assert seen["payment"]["state"] == "PAID"
    assert len(seen["fulfilmentOrders"]) == 1


async def test_a_notification_that_is_forged_changes_nothing(shop, database):
    service, gateway = shop
    order = await started(service, database)
    body = a_notice(gateway.pay(order))
    assert await tell(service, body, {**signed(body), "wechatpay-nonce": "x"}) == 401
    assert (await progress(service, order))["payment"]["state"] == "OPEN"
    assert await strays(service) == []


async def test_a_notification_is_believed_whichever_of_the_keys_has_signed_it(shop, database):
    service, gateway = shop
    order = await started(service, database)
    gateway.signs_with = CERTIFICATE_SERIAL
    answer = await service.query(CHECK, MEMBER, order=order)
    assert answer.data["paymentCheck"]["payment"] == {"state": "OPEN"}
    body = a_notice(gateway.pay(order))
    assert await tell(service, body, signed(body, serial=CERTIFICATE_SERIAL)) == 204
    assert (await progress(service, order))["payment"]["state"] == "PAID"


def told_of_keys(caplog) -> list[str]:
    """What the log says of signatures; a busy machine has other things said."""
    records = [one for one in caplog.records if one.name == wechat_pay_signing.__name__]
    return [one.getMessage() for one in records if one.levelno >= logging.WARNING]


async def test_a_probe_and_an_unknown_key_are_refused_and_only_the_key_is_told_of_once(
    shop, database, caplog
):
    service, gateway = shop
    order = await started(service, database)
    body = a_notice(gateway.pay(order))
    probe = {**signed(body, serial="0A1B2C"), "wechatpay-signature": "WECHATPAY/SIGNTEST/c2lnbg=="}
    assert await tell(service, body, probe) == 401
    assert told_of_keys(caplog) == []
    for _ in range(3):
        assert await tell(service, body, signed(body, serial="5157F09EFDC096DE")) == 401
    told = told_of_keys(caplog)
    assert len(told) == 1
    assert "5157F09EFDC096DE" in told[0]
    assert "WECHAT_PAY_PLATFORM_CERTIFICATE_FILES" in told[0]
    assert (await progress(service, order))["payment"]["state"] == "OPEN"


async def test_whoever_makes_up_headers_is_refused_and_breaks_nothing(shop, database):
    service, _ = shop
    body = a_notice(a_transaction())
    for change in (
        {"wechatpay-timestamp": "9" * 5_000},
        {"wechatpay-timestamp": "9" * 400},
        {"wechatpay-signature": "é"},
        {"wechatpay-serial": ""},
        {"wechatpay-nonce": "é"},
    ):
        told = {**signed(body), **change}
        headers = {name: value.encode() for name, value in told.items()}
        response = await service.http.post("/pay/wechat/notice", content=body, headers=headers)
        assert response.status_code == 401, change
    for nonsense in (b"", b"null", b"[]", b"\xff", b'{"resource": 1}'):
        assert await tell(service, nonsense) == 401


STRAYS = """query { strayPayments { totalCount nodes { id orderId kind amount currency } } }"""
SETTLE = """mutation($id: ID!, $reason: String!) { strayPaymentSettle(id: $id, reason: $reason) {
  strayPayment { id reason settledAt } userErrors { code field } } }"""
OTHERS = {
    "OTHER_AMOUNT": {"amount": {"total": 1, "currency": "CNY"}},
    "OTHER_CURRENCY": {"amount": {"total": 69_800, "currency": "USD"}},
    "OTHER_APP": {"appid": "wx1"},
    "UNKNOWN_ORDER": {"out_trade_no": "order_of_nobody"},
}


async def strays(service: Service) -> list[dict]:
    page = (await service.query(STRAYS, HEAD_OFFICE)).data["strayPayments"]
    assert page["totalCount"] == len(page["nodes"])
    return page["nodes"]


@pytest.mark.parametrize("kind", OTHERS)
async def test_a_payment_that_can_not_be_the_orders_is_answered_and_shown(
    shop, database, kind, caplog
):
    service, gateway = shop
    order = await started(service, database)
    told = {**gateway.pay(order), **OTHERS[kind]}
    for _ in range(2):
        assert await tell(service, a_notice(told)) == 204
    [stray] = await strays(service)
    assert (stray["kind"], stray["id"]) == (kind, told["transaction_id"])
    assert stray["orderId"] == told["out_trade_no"]
    assert (await progress(service, order))["payment"]["state"] == "OPEN"
    logged = [one for one in caplog.messages if told["transaction_id"] in one]
    assert len(logged) == 1
    assert told["out_trade_no"] in logged[0]


async def test_a_second_payment_of_an_order_is_answered_and_shown_until_it_is_looked_into(
    shop, database
):
    service, gateway = shop
    order = await started(service, database)
    first = gateway.pay(order)
    second = {**first, "transaction_id": "4200009999"}
    bodies = [a_notice(first), a_notice(second)]
    assert await tell(service, bodies[0]) == 204
    statuses = await asyncio.gather(*(tell(service, bodies[i % 2]) for i in range(6)))
    assert set(statuses) == {204}
    seen = await progress(service, order)
    assert (seen["payment"]["state"], len(seen["fulfilmentOrders"])) == ("PAID", 1)
    assert gateway.refunds == {}
    assert [(one["id"], one["kind"]) for one in await strays(service)] == [
        ("4200009999", "SECOND_PAYMENT")
    ]
    assert (await service.query(STRAYS, MEMBER)).body["errors"]
    none = await service.query(SETTLE, HEAD_OFFICE, id="4200009999", reason=" ")
    assert none.refused("strayPaymentSettle")[0]["field"] == ["reason"]
    for reason in ("已在商户平台退回", "again"):
        settled = await service.query(SETTLE, HEAD_OFFICE, id="4200009999", reason=reason)
        assert settled.data["strayPaymentSettle"]["strayPayment"]["reason"] == "已在商户平台退回"
    assert await tell(service, a_notice(second)) == 204
    assert await strays(service) == []


async def test_a_refund_that_nobody_here_asked_for_is_answered_and_shown(shop, database):
    service, gateway = shop
    order = await started(service, database)
    await tell(service, a_notice(gateway.pay(order)))
    news = {
        "mchid": "1900000109",
        "out_trade_no": order,
        "transaction_id": "4200002026111100001",
        "out_refund_no": "by-hand-1",
        "refund_status": "SUCCESS",
        "amount": {"total": 69_800, "refund": 100},
    }
    assert await tell(service, a_notice(news, "REFUND.SUCCESS")) == 204
    assert [(one["id"], one["kind"]) for one in await strays(service)] == [
        ("by-hand-1", "UNKNOWN_REFUND")
    ]


async def test_a_notification_that_was_lost_is_made_up_for_by_asking(shop, database):
    service, gateway = shop
    order = await started(service, database)
    gateway.pay(order)
    answer = await service.query(CHECK, MEMBER, order=order)
    assert answer.data["paymentCheck"]["payment"] == {"state": "PAID"}


async def lapsed(service: Service, database: Database) -> str:
    """An order of all five units of a coat whose time to pay is over, the payment closed."""
    await open_stores_with_stock(service, store_row("S1", 1))
    order = await begun(service, database, {M: 5})
    await its_time_is_over(database, order)
    await comes_to("CLOSED", partial(payment_state, service, order))
    await comes_to(0, partial(units, database, M, "reserved"))
    assert await units(database, M) == 5
    return order


async def its_time_is_over(database: Database, order: str) -> None:
    await its_units_lapse(database, order)
    await its_payment_closes(database, order)


async def its_units_lapse(database: Database, order: str) -> None:
    await database["orders"].update_one({"_id": order}, {"$set": {"expires_at": now()}})


async def its_payment_closes(database: Database, order: str) -> None:
    closes = {"$set": {"pay_by": now(), "attend_at": now()}}
    await database["fulfilments"].update_one({"_id": order, "attend_at": {"$ne": None}}, closes)


async def begun(service: Service, database: Database, lines: dict[str, int], key="k1") -> str:
    if await MongoMembers(database).by_id(MEMBER.id) is None:
        member = Member(id=MEMBER.id, openid="openid-1", joined_at=now())
        await MongoMembers(database).join(member)
    order = await an_order(service, lines, key=key)
    answer = (await service.query(START, MEMBER, order=order)).data["paymentStart"]
    assert answer["userErrors"] == []
    return order


async def payment_state(service: Service, order: str) -> str:
    return (await progress(service, order))["payment"]["state"]


async def units(database: Database, sku: str, kind: str = "on_hand") -> int:
    """How many units all stores have, or of another kind."""
    pools = await database["pools"].find({}).to_list(None)
    return sum(
        store[kind] for one in pools if one["sku"] == sku for store in one["stores"].values()
    )


async def took_the_last(service: Service, gateway: Gateway, database: Database) -> str:
    """Another order that has bought what the first one lost."""
    other = await begun(service, database, {M: 5}, key="k2")
    paid = {**gateway.pay(other), "transaction_id": "4200000002"}
    gateway.paid[other] = paid
    assert await tell(service, a_notice(paid)) == 204
    return other


async def assert_paid_back(service: Service, gateway: Gateway, order: str, other: str) -> None:
    """The first order stays lapsed and all its money goes back once; the other is untouched."""
    seen = await progress(service, order)
    assert seen["fulfilmentOrders"] == []
    assert "The payment came after the order had ended." in [
        step["reason"] for step in seen["history"]
    ]
    [refund] = gateway.refunds.values()
    assert refund["out_trade_no"] == order
    assert refund["amount"]["refund"] == refund["amount"]["total"]
    after = await progress(service, other)
    assert (after["payment"]["state"], len(after["fulfilmentOrders"])) == ("PAID", 1)
    state = "query($id: ID!) { order(id: $id) { state } }"
    assert (await service.query(state, MEMBER, id=order)).data["order"]["state"] == "EXPIRED"


async def test_money_that_comes_late_goes_back_once_where_the_units_are_gone(shop, database):
    service, gateway = shop
    order = await lapsed(service, database)
    other = await took_the_last(service, gateway, database)
    body = a_notice(gateway.pay(order))
    assert set(await asyncio.gather(*(tell(service, body) for _ in range(4)))) == {204}
    await assert_paid_back(service, gateway, order, other)
    assert await units(database, M) == 5


async def test_money_that_comes_late_revives_the_order_where_its_units_are_free(shop, database):
    service, gateway = shop
    order = await lapsed(service, database)
    body = a_notice(gateway.pay(order))
    assert set(await asyncio.gather(*(tell(service, body) for _ in range(4)))) == {204}
    seen = await progress(service, order)
    assert (seen["payment"]["state"], len(seen["fulfilmentOrders"])) == ("PAID", 1)
    assert gateway.refunds == {}
    assert await units(database, M) == 5


@pytest.mark.parametrize("gone", [True, False])
async def test_money_of_which_nobody_told_is_found_before_the_payment_is_closed(
    shop, database, gone
):
    service, gateway = shop
    await open_stores_with_stock(service, store_row("S1", 1))
    order = await begun(service, database, {M: 5})
    gateway.pay(order)
    await its_units_lapse(database, order)
    state = "query($id: ID!) { order(id: $id) { state } }"

    async def order_state():
        return (await service.query(state, MEMBER, id=order)).data["order"]["state"]

    await comes_to("EXPIRED", order_state)
    await comes_to(0, partial(units, database, M, "reserved"))
    other = await took_the_last(service, gateway, database) if gone else ""
    await its_payment_closes(database, order)

    async def found():
        seen = await progress(service, order)
        return seen["payment"]["state"], len(seen["fulfilmentOrders"]), len(gateway.refunds)

    await comes_to(("PAID", 0, 1) if gone else ("PAID", 1, 0), found)
    if gone:
        await assert_paid_back(service, gateway, order, other)


CANCEL = """mutation($order: ID!) { orderCancel(
  orderId: $order, reason: "不要了", idempotencyKey: "k") { userErrors { code message } } }"""
RETRY = """mutation($order: ID!, $code: String) {
  shippingReportRetry(orderId: $order, carrierCode: $code) { userErrors { code } } }"""
EXCEPTIONS = """{ orderExceptions { nodes { exceptions { kind subject said }
  progress { orderId } } } }"""


async def test_a_shipment_is_told_to_wechat_by_the_service_and_retried_by_head_office(
    shop, database, desk
):
    service, gateway = shop
    order = await started(service, database)
    paid = gateway.pay(order)
    transaction, payer = paid["transaction_id"], paid["payer"]["openid"]
    desk.payers[transaction] = payer
    await tell(service, a_notice(paid))
    [part] = (await progress(service, order))["fulfilmentOrders"]
    manager = a_manager(part["store"]["id"])
    await act(service, manager, "fulfilmentOrderAccept", part["id"])
    parcel = ', carrier: "小蓝车", number: "1"'
    await act(service, manager, "fulfilmentOrderShip", part["id"], parcel)

    async def shown():
        found = (await service.query(EXCEPTIONS, HEAD_OFFICE)).data["orderExceptions"]["nodes"]
        return [one for node in found for one in node["exceptions"]]

    async def kinds():
        return [one["kind"] for one in await shown()]

    async def told():
        return len(desk.of(transaction))

    await comes_to(["SHIPPING_NOT_REPORTED"], kinds)
    [exception] = await shown()
    assert exception["subject"] == part["id"]
    assert "小蓝车" in exception["said"]
    refused = await service.query(RETRY, MEMBER, order=order, code="SF")
    assert refused.refused("shippingReportRetry")[0]["code"] == "FORBIDDEN"
    retried = await service.query(RETRY, HEAD_OFFICE, order=order, code="SF")
    assert retried.data["shippingReportRetry"]["userErrors"] == []
    await comes_to(1, told)
    assert desk.of(transaction)[0]["payer"] == {"openid": payer}


async def test_orders_are_placed_and_called_off_while_everybody_waits_for_wechat_pay(
    shop, database
):
    service, gateway = shop
    order = await started(service, database)
    gateway.sleep()
    asking = [asyncio.create_task(service.query(CHECK, MEMBER, order=order)) for _ in range(40)]

    async def waiting():
        return gateway.waiting

    await comes_to(40, waiting)
    placing = asyncio.gather(*(an_order(service, {M: 1}, key=f"other {n}") for n in range(3)))
    await asyncio.wait([placing, *asking], return_when=asyncio.FIRST_COMPLETED)
    placed = await placing
    gone = [await service.query(CANCEL, MEMBER, order=one) for one in placed]
    assert [one.data["orderCancel"]["userErrors"] for one in gone] == [[], [], []]
    assert not any(one.done() for one in asking)
    gateway.wake()
    answers = await asyncio.gather(*asking)
    assert {one.data["paymentCheck"]["payment"]["state"] for one in answers} == {"OPEN"}


async def test_there_is_no_sandbox_beside_a_merchants_account(shop, database):
    service, _ = shop
    order = await started(service, database)
    assert (await service.http.post(f"/pay/sandbox/{order}")).status_code == 404
