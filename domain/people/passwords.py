"""Passwords, kept as argon2id hashes."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from domain.kernel.refusals import Invalid

SHORTEST = 10

# The library's defaults are RFC 9106's low-memory profile.
_hasher = PasswordHasher()
# Verified against when there is no such login, so that an unknown name takes as long to refuse.
_NOBODY = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """Hash a password of at least 10 characters, with a salt of its own."""
    if len(password) < SHORTEST:
        raise Invalid(f"Choose a password of at least {SHORTEST} characters.", field=["password"])
    return _hasher.hash(password)


def password_matches(password: str, hashed: str | None) -> bool:
    """Compare in constant work, also where there is no hash to compare with."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerifyMismatchError, InvalidHashError):
        return False
