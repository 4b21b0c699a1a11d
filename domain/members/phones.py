"""Phone numbers of members: one spelling, what they are known by, and how others see them."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import phonenumbers

from domain.kernel.refusals import Invalid
from domain.kernel.sealing import KeyRing, Seal, key_of

_SEPARATORS = re.compile(r"[\s\-()/]+")
_PLAIN = re.compile(r"\+?[0-9]{5,20}")
# The plan of China's mobile numbers; the library's may lag behind a new block of it.
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_MOBILE = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


def spelled(text: str, *, field: Sequence[str] = ("phone",)) -> str:
    """A mobile number in the one spelling that we keep, E.164, such as +8613800138000.

    One without a country's code is China's. Invalid for what is no mobile number, and for what a
    spreadsheet has made of one (1.3800138E+10): digits of it are lost.
    """
    folded = unicodedata.normalize("NFKC", text)
    seen = "".join(one for one in folded if unicodedata.category(one) != "Cf")
    plain = _SEPARATORS.sub("", seen)
    if not _PLAIN.fullmatch(plain):
        raise _no_number(field)
    if chinese := _CHINESE_MOBILE.fullmatch(plain):
        return f"+86{chinese[1]}"
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        raise _no_number(field) from None
    valid = phonenumbers.is_valid_number(number)
    if not valid or phonenumbers.number_type(number) not in _MOBILE:
        raise _no_number(field)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def masked(phone: str) -> str:
    """A number as those see it who need not know it: 138****8000, 0512****34."""
    own = phone.removeprefix("+86")
    return f"{own[:3]}****{own[-4:]}" if own.isdigit() else f"{phone[:4]}****{phone[-2:]}"


@dataclass
class PhoneKey:
    """What keeps numbers from whoever sees the database alone; the same for all processes.

    `lookup` stays the same as long as the database: a process is told it when it starts. `older`
    opens what was sealed before there was a ring of keys.
    """

    ring: KeyRing
    older: Seal
    lookup: bytes = field(default=b"", repr=False)

    def digest(self, phone: str) -> str:
        """What a number is known by; who does not have the key can't try all numbers."""
        if not self.lookup:
            raise RuntimeError("the key by which numbers are looked up was not read yet")
        return hmac.digest(self.lookup, phone.encode(), hashlib.sha256).hex()

    def seal(self, phone: str) -> str:
        """A number that only we can read again."""
        return self.ring.close(phone)

    def open(self, sealed: str) -> str:
        """The number that was sealed."""
        return self.ring.open(sealed) if "." in sealed else self.older.open(sealed)


def phone_key(secret: str, ring: KeyRing) -> PhoneKey:
    """The key of a service with this secret, which sealed numbers before there was a ring."""
    return PhoneKey(ring=ring, older=Seal(secret, "sealed phones"))


def first_lookup(secret: str) -> bytes:
    """By what numbers were looked up before that had a key of its own."""
    return key_of(secret, "phones")


def _no_number(field: Sequence[str]) -> Invalid:
    return Invalid(
        "write a mobile number, such as 13800138000 or +852 5123 4567, as text (请填写手机号码).",
        field=field,
    )
