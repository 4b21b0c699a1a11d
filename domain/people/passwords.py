"""Passwords, kept as argon2id hashes."""

import unicodedata
from collections.abc import Callable
from typing import Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from domain.kernel.refusals import Invalid

T = TypeVar("T")

SHORTEST = 10
LONGEST = 128
FEWEST_DIFFERENT = 5

# The library's defaults are RFC 9106's low-memory profile.
_hasher = PasswordHasher()
# Verified against when there is no such login, so that an unknown name takes as long to refuse:
# the hash of "nobody's password", written down because making it takes each process 0.2 s.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$/ra10zlUYElNDIX/I+7S8A"
    "$VacJ4iLTtX5Wl6fKEtfdxEI1NX+ZQapON3JSw/eepqM"
)


class Hashing(Protocol):
    """Where passwords are hashed, aside from everything else and few at a time."""

    async def run(self, function: Callable[[], T]) -> T:
        """What the function answers; Unavailable where it would have to wait too long."""


def require_good_password(password: str, login: str) -> None:
    """Refuse a password that is too short, too much alike, or made of the login; Invalid.

    Only characters that can be seen count. It is looked at as it is kept, folded by NFKC.
    """
    if len(password) > LONGEST:
        raise _refused(f"Choose a password of at most {LONGEST} characters.")
    folded = _folded(password)
    kinds = [unicodedata.category(one) for one in folded]
    if {"Cc", "Cs"}.intersection(kinds):
        raise _refused("A password may not have control characters in it.")
    seen = "".join(
        one for one, kind in zip(folded, kinds, strict=True) if kind[0] in "LNPS"
    ).casefold()
    if len(seen) < SHORTEST:
        raise _refused(f"Choose a password of at least {SHORTEST} characters that can be seen.")
    if len(set(seen)) < FEWEST_DIFFERENT:
        raise _refused(f"Choose a password of at least {FEWEST_DIFFERENT} different characters.")
    if len(set(seen.replace(login.casefold(), ""))) < FEWEST_DIFFERENT:
        raise _refused("The password is little more than the login; choose another.")


def hash_password(password: str) -> str:
    """Hash a password, with a salt of its own."""
    return _hasher.hash(_folded(password))


def password_matches(password: str, hashed: str | None) -> bool:
    """Compare in constant work, also where there is no hash to compare with."""
    # Nobody's is that long, and folding a megabyte would hold everybody up.
    tried = _folded(password) if len(password) <= LONGEST else ""
    try:
        return _hasher.verify(hashed or _NOBODY, tried) and hashed is not None
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False


def _folded(password: str) -> str:
    """One form of what keyboards write in several ways."""
    return unicodedata.normalize("NFKC", password)


def _refused(message: str) -> Invalid:
    return Invalid(message, field=["password"])
