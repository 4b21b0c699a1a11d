"""The keys by which tests seal what is kept of people."""

from domain.kernel.sealing import KeyRing, Seal
from domain.members.phones import PhoneKey

PERSONAL = {"tests": "a key of the tests that is long enough to be one"}
LOOKUP = b"l" * 32
RING = KeyRing(PERSONAL, "personal data")


def a_phone_key(lookup: bytes = LOOKUP) -> PhoneKey:
    """What numbers are known by."""
    return PhoneKey(ring=RING, older=Seal("s" * 32, "sealed phones"), lookup=lookup)
