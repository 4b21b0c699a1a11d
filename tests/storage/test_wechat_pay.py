"""WeChat Pay, against a gateway that speaks its documented protocol."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from domain.kernel.money import Fen
from domain.kernel.refusals import Forbidden, Invalid, NotFound, Unavailable, WrongState
from domain.mall.fulfilment.payments import (
    Bill,
    Paid,
    RefundAnswer,
    RefundNews,
    RefundState,
    Standing,
)
from domain.mall.fulfilment.stray_payments import StrayKind
from qianmian.clock import now
from storage.outside.wechat_pay import WechatPay
from storage.outside.wechat_pay_gateway import WechatPayFault
from tests.support.stub import listening
from tests.support.wechat_pay import (
    CERTIFICATE_SERIAL,
    MERCHANT_KEY,
    PUBLIC_KEY_ID,
    Gateway,
    a_notice,
    a_transaction,
    an_account,
    signed,
)

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 11, 2, 0, 6, tzinfo=UTC)
PAYMENT = "order_01jd3abcdefghjkmnpqr"


def a_bill(**changes):
    fields = {
        "payment_id": PAYMENT,
        "amount": Fen(69_800),
        "description": "极寒长款羽绒服 等 2 件",
        "payer": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "expires_at": NOW + timedelta(minutes=15),
    }
    return Bill(**{**fields, **changes})


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[Gateway, WechatPay]]:
    played = Gateway()
    async with listening(played.app()) as url, httpx2.AsyncClient(timeout=5) as http:
        yield played, WechatPay(http, an_account(gateway=url), now=now)


async def test_an_order_becomes_a_call_that_the_mini_program_can_make(gateway):
    played, pay = gateway
    call = (await pay.create(a_bill())).wechat
    asked = played.orders[PAYMENT]
    assert asked["time_expire"] == "2026-11-11T10:15:06+08:00"
    assert asked["amount"] == {"total": 69_800, "currency": "CNY"}
    assert asked["payer"] == {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
    assert call.package == f"prepay_id=wx2026{PAYMENT}"
    message = f"{call.app_id}\n{call.time_stamp}\n{call.nonce_str}\n{call.package}\n".encode()
    MERCHANT_KEY.public_key().verify(base64.b64decode(call.pay_sign), message, PKCS1v15(), SHA256())


async def test_a_payment_is_held_where_it_is_to_be_shared(gateway):
    played, pay = gateway
    await pay.create(a_bill())
    assert "settle_info" not in played.orders[PAYMENT]
    holding = Gateway()
    async with listening(holding.app()) as url, httpx2.AsyncClient() as http:
        await WechatPay(http, an_account(gateway=url, shares=True), now=now).create(a_bill())
    assert holding.orders[PAYMENT]["settle_info"] == {"profit_sharing": True}


async def test_a_visitor_without_an_openid_is_told_to_sign_in(gateway):
    with pytest.raises(Invalid, match="memberSignIn"):
        await gateway[1].create(a_bill(payer=None))


async def test_a_payment_that_was_made_can_not_be_asked_for_again(gateway):
    played, pay = gateway
    await pay.create(a_bill())
    played.pay(PAYMENT)
    with pytest.raises(WrongState):
        await pay.create(a_bill())


async def test_a_payment_is_unknown_then_open_then_paid(gateway):
    played, pay = gateway
    assert await pay.query(PAYMENT) is Standing.UNKNOWN
    await pay.create(a_bill())
    assert await pay.query(PAYMENT) is Standing.OPEN
    played.pay(PAYMENT)
    assert await pay.query(PAYMENT) == Paid(
        payment_id=PAYMENT,
        amount=Fen(69_800),
        transaction_id="4200002026111100001",
        paid_at=datetime(2026, 11, 11, 2, 0, 5, tzinfo=UTC),
        payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    )


async def test_a_closed_payment_is_closed_and_a_paid_one_stays_paid(gateway):
    played, pay = gateway
    await pay.create(a_bill())
    await pay.close(PAYMENT)
    assert await pay.query(PAYMENT) is Standing.CLOSED
    await pay.create(a_bill(payment_id="order_2"))
    played.pay("order_2")
    await pay.close("order_2")
    assert isinstance(await pay.query("order_2"), Paid)


async def test_a_refund_under_one_id_is_given_once_and_ends_in_time(gateway):
    played, pay = gateway
    await pay.create(a_bill())
    played.pay(PAYMENT)
    for _ in range(2):
        state = await pay.refund(
            PAYMENT, f"{PAYMENT}-r1", Fen(40_000), of=Fen(69_800), reason="少发一件" * 20
        )
        assert state == RefundAnswer(state=RefundState.PROCESSING)
    assert [one["amount"]["refund"] for one in played.refunds.values()] == [40_000]
    played.refunds[f"{PAYMENT}-r1"]["status"] = "SUCCESS"
    assert await pay.query_refund(f"{PAYMENT}-r1") == RefundAnswer(state=RefundState.DONE)
    with pytest.raises(NotFound):
        await pay.query_refund(f"{PAYMENT}-r2")
    played.later(timedelta(seconds=60))
    too_much = await pay.refund(PAYMENT, f"{PAYMENT}-r2", Fen(40_000), of=Fen(69_800), reason="")
    assert too_much == RefundAnswer(state=RefundState.FAILED, said="INVALID_REQUEST 说明")


@pytest.mark.parametrize(
    "fails", [(500, "SYSTEM_ERROR"), (429, "FREQUENCY_LIMITED"), (403, "FREQUENCY_LIMITED")]
)
async def test_what_passes_by_itself_is_unavailable_and_worth_another_try(gateway, fails):
    played, pay = gateway
    played.fails = fails
    with pytest.raises(Unavailable):
        await pay.refund(PAYMENT, f"{PAYMENT}-r1", Fen(1), of=Fen(2), reason="x")
    with pytest.raises(Unavailable):
        await pay.create(a_bill())


@pytest.mark.parametrize("fails", [(403, "NOT_ENOUGH"), (401, "SIGN_ERROR"), (403, "NO_AUTH")])
async def test_a_refund_that_waits_for_people_is_still_requested_with_wechats_words(gateway, fails):
    played, pay = gateway
    played.fails = fails
    answer = await pay.refund(PAYMENT, f"{PAYMENT}-r1", Fen(1), of=Fen(2), reason="x")
    assert answer == RefundAnswer(state=RefundState.REQUESTED, said=f"{fails[1]} 说明")


async def test_a_wrong_setting_is_a_fault_of_ours_and_no_refusal(gateway):
    played, pay = gateway
    played.fails = (401, "SIGN_ERROR")
    with pytest.raises(WechatPayFault, match="SIGN_ERROR"):
        await pay.create(a_bill())


async def test_an_answer_is_believed_whichever_of_the_keys_has_signed_it(gateway):
    played, pay = gateway
    await pay.create(a_bill())
    for serial in (CERTIFICATE_SERIAL, PUBLIC_KEY_ID):
        played.signs_with = serial
        assert await pay.query(PAYMENT) is Standing.OPEN
    played.signs_with = "0A1B2C"
    with pytest.raises(Unavailable):
        await pay.query(PAYMENT)


async def test_an_answer_that_the_platform_has_not_signed_is_not_believed(gateway):
    played, pay = gateway
    played.forge = True
    with pytest.raises(Unavailable):
        await pay.create(a_bill())


def read(body, headers=None, *, at=NOW):
    pay = WechatPay(httpx2.AsyncClient(), an_account(), now=now)
    return pay.read_notice(headers or signed(body, at=NOW), body, now=at)


def test_a_notification_tells_of_a_payment():
    assert read(a_notice(a_transaction())) == Paid(
        payment_id="order_1",
        amount=Fen(69_800),
        transaction_id="4200002026111100001",
        paid_at=datetime(2026, 11, 11, 2, 0, 5, tzinfo=UTC),
        payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
    )


def test_a_notification_tells_of_a_refund():
    news = {
        "mchid": "1900000109",
        "out_trade_no": "order_1",
        "transaction_id": "4200002026111100001",
        "out_refund_no": "order_1-r1",
        "refund_id": "50200207182018070300011301001",
        "refund_status": "ABNORMAL",
        "amount": {"total": 69_800, "refund": 100, "payer_total": 69_800, "payer_refund": 100},
    }
    assert read(a_notice(news, "REFUND.ABNORMAL")) == RefundNews(
        payment_id="order_1",
        refund_id="order_1-r1",
        amount=Fen(100),
        answer=RefundAnswer(state=RefundState.FAILED, said="ABNORMAL"),
    )


def test_a_notification_is_believed_within_five_minutes_and_not_at_five():
    body = a_notice(a_transaction())
    headers = signed(body, at=NOW)
    for minutes in (-1, 1):
        almost = NOW + minutes * timedelta(seconds=299)
        assert isinstance(read(body, headers, at=almost), Paid)
        with pytest.raises(Forbidden, match="too old"):
            read(body, headers, at=NOW + minutes * timedelta(seconds=300))


def test_a_body_that_was_changed_by_one_space_is_not_believed():
    body = a_notice(a_transaction())
    with pytest.raises(Forbidden, match="signature"):
        read(body + b" ", signed(body, at=NOW))


@pytest.mark.parametrize(
    "change",
    [
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/abcd"},
        {"wechatpay-signature": ""},
        {"wechatpay-serial": "PUB_KEY_ID_OTHER"},
        {"wechatpay-timestamp": "soon"},
        {"wechatpay-nonce": "other"},
    ],
)
def test_a_notification_without_the_platforms_signature_is_not_believed(change):
    body = a_notice(a_transaction())
    with pytest.raises(Forbidden):
        read(body, {**signed(body, at=NOW), **change})


@pytest.mark.parametrize(
    "serial", [CERTIFICATE_SERIAL, CERTIFICATE_SERIAL.lower(), f"00{CERTIFICATE_SERIAL}"]
)
def test_a_notification_signed_by_a_certificate_is_believed_however_its_serial_is_written(serial):
    body = a_notice(a_transaction())
    headers = signed(body, at=NOW, serial=CERTIFICATE_SERIAL)
    assert isinstance(read(body, {**headers, "wechatpay-serial": serial}), Paid)


def test_a_notification_is_verified_over_its_bytes_as_they_came():
    spaced = json.dumps(json.loads(a_notice(a_transaction())), ensure_ascii=False, indent=3)
    body = spaced.replace("支付成功", "支付 成功 ").encode() + b"\r\n "
    assert isinstance(read(body), Paid)
    with pytest.raises(Forbidden, match="signature"):
        read(json.dumps(json.loads(body)).encode(), signed(body, at=NOW))


def test_serials_that_somebody_makes_up_do_not_fill_the_log(caplog):
    pay = WechatPay(httpx2.AsyncClient(), an_account(), now=now)
    body = a_notice(a_transaction())
    for number in range(100):
        with pytest.raises(Forbidden):
            pay.read_notice(signed(body, at=NOW, serial=f"made up {number}"), body, now=NOW)
    assert len(caplog.records) == 20


def test_what_is_meant_for_another_merchant_is_of_no_interest_and_logged(caplog):
    assert read(a_notice(a_transaction(mchid="1900000001"))) is None
    assert "4200002026111100001" in caplog.text
    assert "order_1" in caplog.text


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"appid": "wx1"}, StrayKind.OTHER_APP),
        ({"amount": {"total": 100, "currency": "USD"}}, StrayKind.OTHER_CURRENCY),
    ],
)
def test_a_payment_to_another_app_or_in_another_currency_is_no_payment_of_ours(changes, kind):
    stray = read(a_notice(a_transaction(**changes)))
    assert (stray.kind, stray.id, stray.order_id) == (kind, "4200002026111100001", "order_1")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": None},
        {"amount": {"total": "5"}},
        {"amount": {"total": 2**70}},
        {"transaction_id": None},
        {"out_trade_no": 5},
        {"success_time": "soon"},
    ],
)
def test_a_signed_notification_of_another_shape_is_not_believed_and_breaks_nothing(changes):
    with pytest.raises(Forbidden):
        read(a_notice(a_transaction(**changes)))


def test_a_payment_of_which_the_payer_is_not_told_is_a_payment():
    assert read(a_notice(a_transaction(payer=None))).payer is None


def test_a_signed_notification_that_lacks_what_it_must_say_is_not_believed():
    news = a_transaction()
    del news["transaction_id"]
    with pytest.raises(Forbidden):
        read(a_notice(news))


def test_a_notification_sealed_with_another_key_is_not_believed():
    notice = json.loads(a_notice(a_transaction()))
    notice["resource"]["nonce"] = "0123456789ab"
    with pytest.raises(Forbidden, match="decrypted"):
        read(json.dumps(notice).encode())


def test_news_of_no_interest_is_taken_and_left():
    assert read(a_notice({"mchid": "1900000109"}, "MCHTRANSFER.BILL.FINISHED")) is None
