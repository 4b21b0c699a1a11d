"""What WeCom tells by itself, signed and encrypted; see document/path/91144 and 90968.

The signature is SHA-1 over the sorted token, timestamp, nonce and ciphertext. The text is encrypted
with AES-256-CBC, padded as by PKCS #7 to 32 bytes, and holds 16 random bytes, the length in four
bytes, the message, and whom it is for.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from domain.contact.inbox import Call
from domain.kernel.refusals import Forbidden

BLOCK = 32
RANDOM = 16
LENGTH = 4
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


class WecomCallbacks:
    """Reads what is meant for one company, by the token and the key of its app's callbacks.

    `key` is the EncodingAESKey, 43 characters of base 64.
    """

    def __init__(self, corp_id: str, token: str, key: str) -> None:
        self._corp_id = corp_id
        self._token = token
        self._key = base64.b64decode(key + "=")

    def echo(self, call: Call) -> str:
        """The text that WeCom wants back when the address is set up."""
        return self._opened(call, call.echo)

    def event(self, call: Call) -> Mapping[str, str]:
        """The fields of what WeCom tells; lists in it are left out."""
        found = _ENCRYPTED.search(call.body)
        text = self._opened(call, found[1].decode() if found else "")
        # By a NUL the parser would take it for letters of two bytes, in which that reads otherwise.
        if "<!DOCTYPE" in text or "\0" in text:
            raise _not_wecoms()
        # WeCom itself has written it, as the signature says.
        try:
            root = ElementTree.fromstring(text)  # noqa: S314
        except ElementTree.ParseError:
            raise _not_wecoms() from None
        return {one.tag: one.text or "" for one in root if not len(one)}

    def _opened(self, call: Call, ciphertext: str) -> str:
        """The message of a ciphertext; Forbidden where it is not WeCom's, or not for us."""
        self._require_signed(call, ciphertext)
        try:
            closed = base64.b64decode(ciphertext, validate=True)
            opener = Cipher(AES256(self._key), CBC(self._key[:RANDOM])).decryptor()
            padded = opener.update(closed) + opener.finalize()
        except (binascii.Error, ValueError):
            raise _not_wecoms() from None
        text = padded[: -padded[-1]] if padded and padded[-1] <= BLOCK else b""
        begin = RANDOM + LENGTH
        end = begin + int.from_bytes(text[RANDOM:begin])
        if text[end:].decode(errors="replace") != self._corp_id:
            raise _not_wecoms()
        try:
            return text[begin:end].decode()
        except UnicodeDecodeError:
            raise _not_wecoms() from None

    def _require_signed(self, call: Call, ciphertext: str) -> None:
        signed = "".join(sorted((self._token, call.timestamp, call.nonce, ciphertext)))
        digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(digest.encode(), call.signature.encode()):
            raise _not_wecoms()


class OfficialCallbacks(WecomCallbacks):
    """What WeChat tells of the official account: the same, but for the check of the address.

    developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview
    """

    def echo(self, call: Call) -> str:
        """The text that WeChat wants back when the address is set up; it comes as it is."""
        self._require_signed(call, "")
        return call.echo


def _not_wecoms() -> Forbidden:
    return Forbidden("This is not signed for this company or app; check the callback's settings.")


class NoCallbacks:
    """Stands where no key of callbacks is set: nothing that comes is WeCom's."""

    def echo(self, call: Call) -> str:
        """Refuse it."""
        raise _not_set_up()

    def event(self, call: Call) -> Mapping[str, str]:
        """Refuse it."""
        raise _not_set_up()


def _not_set_up() -> Forbidden:
    return Forbidden("No callbacks are expected; set their token and key, as README.md tells.")
