"""Keeping texts from whoever sees the database alone, by secrets that all processes share."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.ciphers.aead import AESSIV


def key_of(secret: str, purpose: str, digest: str = "sha256") -> bytes:
    """A key of its own for each purpose, so that nothing made for one passes for another."""
    return hmac.digest(secret.encode(), purpose.encode(), digest)


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits.

    Nobody tries all of them, so a plain digest is enough.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Seal:
    """Closes texts so that only we can read them again; the same text to the same one.

    What is closed is bound to `about`, such as whose it is: moved to another, it does not open.
    """

    secret: str = field(repr=False)
    purpose: str

    def close(self, text: str, *about: str) -> str:
        """A text that nobody else can read."""
        return urlsafe_b64encode(self._cipher.encrypt(text.encode(), _bound(about))).decode()

    def open(self, closed: str, *about: str) -> str:
        """The text that was closed."""
        return self._cipher.decrypt(urlsafe_b64decode(closed), _bound(about)).decode()

    @cached_property
    def _cipher(self) -> AESSIV:
        return AESSIV(key_of(self.secret, self.purpose, "sha512"))


class KeyMissing(Exception):
    """Something was closed by a key that is not there any more; the message names it."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by their ids: the first closes, and each opens what it has closed.

    What is closed says by which key, so that keys can be replaced while the service goes on.
    """

    secrets: Mapping[str, str] = field(repr=False)
    purpose: str

    def close(self, text: str, *about: str) -> str:
        """A text that nobody else can read, bound to `about` as a seal does."""
        return f"{self.newest}.{self._seals[self.newest].close(text, *about)}"

    def open(self, closed: str, *about: str) -> str:
        """The text that was closed."""
        key_id, _, text = closed.partition(".")
        if key_id not in self._seals:
            raise KeyMissing(
                f"what is kept of people was sealed by the key {key_id!r}, which is not here."
            )
        return self._seals[key_id].open(text, *about)

    @cached_property
    def newest(self) -> str:
        """The id of the key that closes."""
        return next(iter(self.secrets))

    def is_newest(self, closed: str) -> bool:
        """Whether a text was closed by the key that closes now."""
        return closed.startswith(f"{self.newest}.")

    @cached_property
    def _seals(self) -> Mapping[str, Seal]:
        return {name: Seal(secret, self.purpose) for name, secret in self.secrets.items()}


def _bound(about: tuple[str, ...]) -> list[bytes] | None:
    return [one.encode() for one in about] or None
