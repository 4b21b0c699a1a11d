"""The signatures and the encryption of WeChat Pay's API v3.

Merchants sign with RSA over SHA-256, PKCS #1 v1.5; the platform does so too, with the key whose
id begins with PUB_KEY_ID_. What it tells of its own accord is encrypted with AES-256-GCM.
pay.weixin.qq.com/doc/v3/merchant/4012365336, 4012365341, 4012365334 and 4012071382.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SCHEME = "WECHATPAY2-SHA256-RSA2048"
# The platform's own bound on how far the clocks may differ; it keeps old messages from replay.
REPLAY_WINDOW = timedelta(minutes=5)


class NotFromWechat(Exception):
    """A message is not signed by the platform, or is too old, or was not meant for us."""


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """The merchant's private key, and the serial number of its certificate."""

    merchant_id: str
    serial: str
    private: RSAPrivateKey

    @classmethod
    def from_pem(cls, merchant_id: str, serial: str, pem: bytes) -> "MerchantKey":
        """Read the key from PEM; ValueError if it is no RSA private key."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA private key")
        return cls(merchant_id, serial, key)

    def authorization(
        self, method: str, target: str, body: bytes, *, timestamp: int, nonce: str
    ) -> str:
        """The Authorization header of a request; `target` is its path with the query."""
        signature = self._sign(
            f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        )
        return (
            f'{SCHEME} mchid="{self.merchant_id}",nonce_str="{nonce}",'
            f'signature="{signature}",timestamp="{timestamp}",'
            f'serial_no="{self.serial}"'
        )

    def pay_sign(self, app_id: str, prepay_id: str, *, timestamp: int, nonce: str) -> str:
        """The signature that wx.requestPayment wants."""
        return self._sign(f"{app_id}\n{timestamp}\n{nonce}\nprepay_id={prepay_id}\n".encode())

    def _sign(self, message: bytes) -> str:
        return base64.b64encode(self.private.sign(message, PKCS1v15(), SHA256())).decode()


@dataclass(frozen=True, slots=True)
class PlatformKey:
    """The platform's public key for one merchant, and its id."""

    id: str
    public: RSAPublicKey

    @classmethod
    def from_pem(cls, id: str, pem: bytes) -> "PlatformKey":
        """Read the key from PEM; ValueError if it is no RSA public key."""
        key = load_pem_public_key(pem)
        if not isinstance(key, RSAPublicKey):
            raise ValueError("not an RSA public key")
        return cls(id, key)

    def check(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Raise NotFromWechat unless the body, byte for byte, was signed just now by this key.

        `headers` are those of the message, looked up in lower case.
        """
        if headers.get("wechatpay-serial") != self.id:
            raise NotFromWechat("it is signed with another key")
        timestamp, nonce = (
            headers.get("wechatpay-timestamp", ""),
            headers.get("wechatpay-nonce", ""),
        )
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) >= (
            REPLAY_WINDOW.total_seconds()
        ):
            raise NotFromWechat("it is too old, or the clocks differ")
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        try:
            signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
            self.public.verify(signature, message, PKCS1v15(), SHA256())
        except (binascii.Error, InvalidSignature):
            raise NotFromWechat("its signature is wrong") from None


def decrypt(resource: Mapping[str, Any], key: bytes) -> bytes:
    """Open the encrypted part of a notification with the merchant's API v3 key."""
    try:
        return AESGCM(key).decrypt(
            str(resource["nonce"]).encode(),
            base64.b64decode(resource["ciphertext"], validate=True),
            str(resource.get("associated_data") or "").encode(),
        )
    except (KeyError, ValueError, InvalidTag):
        raise NotFromWechat("it can't be decrypted with our key") from None
