"""The signatures and the encryption of WeChat Pay's API v3.

Merchants sign with RSA over SHA-256, PKCS #1 v1.5; the platform does so too, with the key of one of
its certificates or with the key whose id begins with PUB_KEY_ID_. What it tells by itself is
encrypted with AES-256-GCM.
pay.weixin.qq.com/doc/v3/merchant/4012365336, 4012365341, 4012365334 and 4012071382.
"""

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

logger = logging.getLogger(__name__)

SCHEME = "WECHATPAY2-SHA256-RSA2048"
# The platform's own bound on how far the clocks may differ; it keeps old messages from replay.
REPLAY_WINDOW = timedelta(minutes=5)
LONGEST_TIMESTAMP = 12
LONGEST_SERIAL = 64
MOST_UNKNOWN = 20
# So begin the wrong signatures by which the platform tries whether a merchant checks any.
PROBE = "WECHATPAY/SIGNTEST/"


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
    """One of the platform's keys for a merchant.

    `id` is the serial number of its certificate, or, of the platform's public key, what begins with
    PUB_KEY_ID_.
    """

    id: str
    public: RSAPublicKey

    @classmethod
    def from_pem(cls, id: str, pem: bytes) -> "PlatformKey":
        """Read the platform's public key from PEM; ValueError if it is no RSA public key."""
        return cls(id, _rsa(load_pem_public_key(pem)))

    @classmethod
    def from_certificate(cls, pem: bytes) -> "PlatformKey":
        """Read a platform certificate, which tells its serial number; ValueError if it is none."""
        certificate = load_pem_x509_certificate(pem)
        return cls(f"{certificate.serial_number:X}", _rsa(certificate.public_key()))


class PlatformKeys:
    """The keys that the platform signs with: notices and answers may carry any of them.

    While a merchant goes over from certificates to the public key, notices come with either.
    pay.weixin.qq.com/docs/partner/products/platform-certificate/update-pub-key.html
    """

    def __init__(self, keys: Sequence[PlatformKey]) -> None:
        # Hexadecimal numbers are told in capitals and in small letters, and with zeros before.
        self._keys = {_plain(key.id): key.public for key in keys}
        self.ids = tuple(key.id for key in keys)
        self._unknown: set[str] = set()

    @property
    def asked_for(self) -> str:
        """The key that answers are to be signed with: the first one."""
        return self.ids[0]

    def encrypt(self, text: str) -> str:
        """A text that only the platform can read, with the key that answers are asked for with.

        RSAES-OAEP with SHA-1: pay.weixin.qq.com/doc/v3/merchant/4013053264.
        """
        padding = OAEP(MGF1(SHA1()), SHA1(), None)  # noqa: S303 - the platform's own choice
        public = self._keys[_plain(self.asked_for)]
        return base64.b64encode(public.encrypt(text.encode(), padding)).decode()

    def check(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Raise NotFromWechat unless the body, byte for byte, was signed just now by one of these.

        `headers` are those of the message, looked up in lower case.
        """
        timestamp, nonce, signature = (
            headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature")
        )
        if signature.startswith(PROBE):
            raise NotFromWechat("it only tries whether wrong signatures are refused")
        if not _is_fresh(timestamp, now):
            raise NotFromWechat("it is too old, or the clocks differ")
        public = self._key(headers.get("wechatpay-serial", ""))
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        try:
            public.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature):
            raise NotFromWechat("its signature is wrong") from None

    def _key(self, serial: str) -> RSAPublicKey:
        found = self._keys.get(_plain(serial))
        if found is None:
            self._tell_of(serial[:LONGEST_SERIAL])
            raise NotFromWechat("it is signed with a key that is not held here")
        return found

    def _tell_of(self, serial: str) -> None:
        """Log an unknown serial once; whoever makes up serials fills neither log nor memory."""
        if not serial or serial in self._unknown or len(self._unknown) >= MOST_UNKNOWN:
            return
        self._unknown.add(serial)
        logger.error(
            "WeChat Pay, or somebody in its name, signs with the key %r, and these are held: %s. "
            "If the merchant's console shows that serial, download its key or certificate and add "
            "it by WECHAT_PAY_PUBLIC_KEY_FILE or WECHAT_PAY_PLATFORM_CERTIFICATE_FILES: until "
            "then payments are only found by asking for them.",
            serial,
            ", ".join(self.ids),
        )


def _plain(serial: str) -> str:
    return serial.upper().lstrip("0")


def _rsa(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= LONGEST_TIMESTAMP):
        return False
    return abs(now.timestamp() - int(timestamp)) < REPLAY_WINDOW.total_seconds()


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
