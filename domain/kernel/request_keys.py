"""Keys of requests: whatever a client sends twice under one key is done once."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from domain.kernel.refusals import Conflict, Invalid

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """A client's own name for a request, and what tells whether another asks for the same."""

    key: str
    fingerprint: str

    def is_among(self, known: Iterable["RequestKey"]) -> bool:
        """Whether the same was asked for under this key; Conflict where something else was."""
        for one in known:
            if one.key == self.key:
                if one.fingerprint == self.fingerprint:
                    return True
                raise Conflict(
                    "This key was sent with another request; make up a new key for each.",
                    field=["idempotencyKey"],
                )
        return False


def request_key(key: str, *asked: object) -> RequestKey:
    """The key of a request that asks for something; `asked` must read the same each time."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid(
            f"Make up a key of 1 to {LONGEST_KEY} characters for each request, such as a UUID.",
            field=["idempotencyKey"],
        )
    digest = hashlib.sha256("".join(map(repr, asked)).encode()).hexdigest()
    return RequestKey(key=key, fingerprint=digest[:32])


class Asked(Protocol):
    """What a request has made, with the key by which it was asked for if there was one."""

    @property
    def asked(self) -> RequestKey | None:
        """The key."""


A = TypeVar("A", bound=Asked)


def made_by(kind: str, who: str, key: str) -> str:
    """The id of what somebody makes by a request of a key, the same each time that it is sent."""
    return f"{kind}_{hashlib.sha256(f'{who}:{key}'.encode()).hexdigest()[:24]}"


async def made_once(
    key: RequestKey, find: Callable[[], Awaitable[A | None]], make: Callable[[], Awaitable[A]]
) -> A:
    """What a request has made before, or makes now; Conflict where its key asked for another."""
    known = await find()
    if known is None:
        try:
            return await make()
        except Conflict:
            known = await find()  # its twin was faster
            if known is None:
                raise
    key.is_among([known.asked] if known.asked else [])
    return known
