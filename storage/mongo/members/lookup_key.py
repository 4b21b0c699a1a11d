"""The key by which numbers of members are looked up, sealed in the database that it is good for."""

import contextlib
import secrets

from domain.kernel.sealing import KeyRing
from storage.mongo.kernel.database import Database, DuplicateKeyError

LOOKUP = {"_id": "phone numbers"}


async def lookup_key(database: Database, ring: KeyRing, older: bytes) -> bytes:
    """The key, made at random the first time; where members have numbers already, the `older`.

    It stays as it is when the keys of the ring are replaced: it is sealed anew by them, and so all
    that is found by it goes on being found. Raises KeyMissing where the ring can't open it.
    """
    found = await database["personal_keys"].find_one(LOOKUP)
    if found is None:
        known = await database["member_identities"].find_one({}, {"_id": 1})
        key = older if known else secrets.token_bytes(32)
        with contextlib.suppress(DuplicateKeyError):
            await database["personal_keys"].insert_one(
                {**LOOKUP, "sealed": ring.close(key.hex(), "lookup")}
            )
        found = await database["personal_keys"].find_one(LOOKUP)
    assert found is not None
    return bytes.fromhex(ring.open(found["sealed"], "lookup"))
