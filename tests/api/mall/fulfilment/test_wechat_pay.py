"""Paying with WeChat Pay over HTTP, against a gateway that speaks its documented protocol."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from domain.people.accounts import Member
from qianmian.composition import now
from qianmian.settings import Credentials, WechatPayKeys
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from tests.api.mall.orders.test_orders import MEMBER
from tests.conftest import Service, serving, settings_for
from tests.support.fulfilling import START, an_order, open_stores_with_stock, progress
from tests.support.stub import listening
from tests.support.wechat_pay import (
    API_KEY,
    MERCHANT_KEY,
    PLATFORM_KEY,
    Gateway,
    a_notice,
    an_account,
    signed,
)

pytestmark = pytest.mark.anyio
CHECK = "mutation($order: ID!) { paymentCheck(orderId: $order) { payment { state } } }"


@pytest.fixture
async def shop(mongodb_uri, database: Database, tmp_path) -> AsyncIterator[tuple[Service, Gateway]]:
    """The service with a merchant's account, and the gateway that it speaks to."""
    gateway = Gateway()
    account = an_account()
    async with listening(gateway.app()) as url:
        keys = WechatPayKeys(
            merchant_id=account.merchant.merchant_id,
            serial=account.merchant.serial,
            private_key=MERCHANT_KEY.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ),
            api_key=API_KEY,
            platform_key_id=account.platform.id,
            platform_key=PLATFORM_KEY.public_key().public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            ),
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
    member = Member(id=MEMBER.id, openid="openid-1", unionid=None, joined_at=now())
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


async def test_a_notification_that_is_forged_or_of_another_amount_changes_nothing(shop, database):
    service, gateway = shop
    order = await started(service, database)
    paid = gateway.pay(order)
    body = a_notice(paid)
    assert await tell(service, body, {**signed(body), "wechatpay-nonce": "x"}) == 401
    cheap = a_notice({**paid, "amount": {"total": 1, "currency": "CNY"}})
    assert await tell(service, cheap) == 400
    assert (await progress(service, order))["payment"]["state"] == "OPEN"


async def test_a_notification_that_was_lost_is_made_up_for_by_asking(shop, database):
    service, gateway = shop
    order = await started(service, database)
    gateway.pay(order)
    answer = await service.query(CHECK, MEMBER, order=order)
    assert answer.data["paymentCheck"]["payment"] == {"state": "PAID"}


async def test_there_is_no_sandbox_beside_a_merchants_account(shop, database):
    service, _ = shop
    order = await started(service, database)
    assert (await service.http.post(f"/pay/sandbox/{order}")).status_code == 404
