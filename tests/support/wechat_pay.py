"""WeChat Pay's gateway as its documents describe it, played by a server of our own."""

import asyncio
import base64
import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storage.outside.wechat_pay_gateway import WechatPayAccount
from storage.outside.wechat_pay_signing import MerchantKey, PlatformKey, PlatformKeys

MERCHANT_KEY = generate_private_key(65537, 2048)
PLATFORM_KEY = generate_private_key(65537, 2048)
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092024"
CERTIFIED_KEY = generate_private_key(65537, 2048)
CERTIFICATE_SERIAL = "3775B6A45ACD588826D15E583A95F5DD00A1B2C3"
API_KEY = b"an api v3 key of 32 bytes, ok?!!"
AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>\d+)",nonce_str="(?P<nonce>\w+)",'
    r'signature="(?P<signature>[\w+/=]+)",timestamp="(?P<timestamp>\d+)",serial_no="(?P<serial>\w+)"'
)


def _certificate() -> bytes:
    """A platform certificate, as a merchant downloads it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com sign")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(CERTIFIED_KEY.public_key())
        .serial_number(int(CERTIFICATE_SERIAL, 16))
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2029, 1, 1, tzinfo=UTC))
        .sign(CERTIFIED_KEY, SHA256())
        .public_bytes(Encoding.PEM)
    )


CERTIFICATE = _certificate()


def an_account(**changes):
    fields = {
        "gateway": "http://127.0.0.1:9",
        "app_id": "wx8888888888888888",
        "merchant": MerchantKey("1900000109", "5157F09EFDC096DE15EBE81A47057A72", MERCHANT_KEY),
        "platform": PlatformKeys(
            [
                PlatformKey(PUBLIC_KEY_ID, PLATFORM_KEY.public_key()),
                PlatformKey.from_certificate(CERTIFICATE),
            ]
        ),
        "api_key": API_KEY,
        "notify_url": "https://mall.example/pay/wechat/notice",
    }
    return WechatPayAccount(**{**fields, **changes})


def signed(
    body: bytes, *, at: datetime | None = None, serial: str = PUBLIC_KEY_ID
) -> dict[str, str]:
    """The headers by which the platform vouches for a body, with its key of some serial."""
    timestamp = str(int((at or datetime.now(UTC)).timestamp()))
    nonce = secrets.token_hex(16)
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    key = CERTIFIED_KEY if serial == CERTIFICATE_SERIAL else PLATFORM_KEY
    signature = key.sign(message, PKCS1v15(), SHA256())
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-signature": base64.b64encode(signature).decode(),
        "wechatpay-serial": serial,
    }


def a_transaction(**changes: Any) -> dict[str, Any]:
    """A payment as the platform tells of it."""
    transaction = {
        "appid": "wx8888888888888888",
        "mchid": "1900000109",
        "out_trade_no": "order_1",
        "transaction_id": "4200002026111100001",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-11T10:00:05+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 69800, "payer_total": 69800, "currency": "CNY"},
    }
    return {**transaction, **changes}


def a_notice(news: dict[str, Any], event_type: str = "TRANSACTION.SUCCESS") -> bytes:
    """A notification, its news encrypted."""
    nonce, kind = secrets.token_hex(6), event_type.partition(".")[0].lower()
    sealed = AESGCM(API_KEY).encrypt(nonce.encode(), json.dumps(news).encode(), kind.encode())
    resource = {
        "original_type": kind,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": kind,
        "nonce": nonce,
    }
    notice = {
        "id": secrets.token_hex(18),
        "create_time": "2026-11-11T10:00:06+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": "支付成功",
        "resource": resource,
    }
    return json.dumps(notice, ensure_ascii=False).encode()


class Gateway:
    """Remembers orders and refunds, and refuses what is not signed as the documents say."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.paid: dict[str, dict[str, Any]] = {}
        self.closed: set[str] = set()
        self.refunds: dict[str, dict[str, Any]] = {}
        self.fails: tuple[int, str] | None = None
        self.signs_with = PUBLIC_KEY_ID
        self.forge = False
        self.loses_answers = False
        self.too_soon = 0
        self.now = datetime.now(UTC)
        self.refunded_at: dict[str, datetime] = {}
        self.waiting = 0
        self._awake = asyncio.Event()
        self.wake()

    def sleep(self) -> None:
        """Answer nobody from now on; `waiting` counts who asks."""
        self._awake.clear()

    def wake(self) -> None:
        """Answer everybody again."""
        self._awake.set()

    def later(self, passed: timedelta) -> None:
        """Let time pass, as far as the gateway minds it."""
        self.now += passed

    def app(self) -> Starlette:
        """The gateway as a server."""
        trade = "/v3/pay/transactions/out-trade-no/{id}"
        refunds = "/v3/refund/domestic/refunds"
        return Starlette(
            routes=[
                Route("/v3/pay/transactions/jsapi", self.create, methods=["POST"]),
                Route(trade, self.query),
                Route(f"{trade}/close", self.close, methods=["POST"]),
                Route(refunds, self.refund, methods=["POST"]),
                Route(refunds + "/{id}", self.query_refund),
            ]
        )

    def pay(self, payment_id: str) -> dict[str, Any]:
        """Pay as a buyer does, and answer the transaction."""
        order = self.orders[payment_id]
        total = order["amount"]["total"]
        self.paid[payment_id] = a_transaction(
            out_trade_no=payment_id,
            amount={"total": total, "payer_total": total, "currency": "CNY"},
        )
        return self.paid[payment_id]

    async def create(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        trade = asked["out_trade_no"]
        if not re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", trade) or len(asked["description"]) > 127:
            return refusal(400, "PARAM_ERROR")
        if trade in self.paid:
            return refusal(400, "ORDERPAID")
        known = self.orders.setdefault(trade, asked)
        if known["amount"] != asked["amount"]:
            return refusal(400, "INVALID_REQUEST")
        return self._answer({"prepay_id": f"wx2026{trade}"})

    async def query(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        assert request.query_params["mchid"] == "1900000109"
        trade = request.path_params["id"]
        if trade in self.paid:
            return self._answer(self.paid[trade])
        if trade not in self.orders:
            return refusal(404, "ORDER_NOT_EXIST")
        state = "CLOSED" if trade in self.closed else "NOTPAY"
        news = a_transaction(out_trade_no=trade, trade_state=state)
        return self._answer(
            {key: news[key] for key in ("appid", "mchid", "out_trade_no", "trade_state")}
        )

    async def close(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        assert asked == {"mchid": "1900000109"}
        trade = request.path_params["id"]
        if trade in self.paid:
            return refusal(400, "ORDERPAID")
        self.closed.add(trade)
        return Response(status_code=204, headers=signed(b""))

    async def refund(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        if len(asked.get("reason", "").encode()) > 80:
            return refusal(400, "PARAM_ERROR")
        trade, number = asked["out_trade_no"], asked["out_refund_no"]
        if number not in self.refunds:
            before = self.refunded_at.get(trade)
            if before is not None and self.now - before < timedelta(minutes=1):
                self.too_soon += 1
                return refusal(429, "FREQUENCY_LIMITED")
            self.refunded_at[trade] = self.now
        same = self.refunds.setdefault(number, {**asked, "status": "PROCESSING"})
        given = sum(
            one["amount"]["refund"]
            for one in self.refunds.values()
            if one["out_trade_no"] == asked["out_trade_no"]
        )
        if given > asked["amount"]["total"]:
            del self.refunds[number]
            return refusal(400, "INVALID_REQUEST")
        return Response(status_code=504) if self.loses_answers else self._answer(same)

    async def query_refund(self, request: Request) -> Response:
        asked = await self._authentic(request)
        if isinstance(asked, Response):
            return asked
        found = self.refunds.get(request.path_params["id"])
        return self._answer(found) if found else refusal(404, "RESOURCE_NOT_EXISTS")

    async def _authentic(self, request: Request) -> Any:
        """The body of a request that is signed by the merchant, or the refusal."""
        self.waiting += 1
        await self._awake.wait()
        self.waiting -= 1
        if self.fails:
            return refusal(*self.fails)
        body = await request.body()
        match = AUTHORIZATION.fullmatch(request.headers["authorization"])
        if match is None or match["mchid"] != "1900000109":
            return refusal(401, "SIGN_ERROR")
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        message = f"{request.method}\n{target}\n{match['timestamp']}\n{match['nonce']}\n".encode()
        try:
            MERCHANT_KEY.public_key().verify(
                base64.b64decode(match["signature"]), message + body + b"\n", PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return refusal(401, "SIGN_ERROR")
        return json.loads(body) if body else {}

    def _answer(self, answer: dict[str, Any]) -> Response:
        body = json.dumps(answer, ensure_ascii=False).encode()
        headers = signed(b"something else" if self.forge else body, serial=self.signs_with)
        return Response(body, media_type="application/json", headers=headers)


def refusal(status: int, code: str) -> Response:
    body = json.dumps({"code": code, "message": "说明"}, ensure_ascii=False)
    return Response(body, status_code=status, media_type="application/json")


def deciphered(text: str) -> str:
    """What somebody encrypted for the platform."""
    padding = OAEP(MGF1(SHA1()), SHA1(), None)
    return PLATFORM_KEY.decrypt(base64.b64decode(text), padding).decode()
