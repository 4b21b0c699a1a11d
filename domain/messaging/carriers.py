"""Carriers: the platforms that take a message to a member at once."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.messaging.sends import SendId
from domain.messaging.templates import MessageContent


class Carried(StrEnum):
    """What a platform says of a message that it was handed.

    BUSY: it did not take it and may later. USED_UP: it did not, and allows no more.
    """

    SENT = "SENT"
    REFUSED = "REFUSED"
    BUSY = "BUSY"
    USED_UP = "USED_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryAnswer:
    """What became of a message, with the platform's own code where it has one."""

    carried: Carried
    code: int | None = None


class MessageCarrier(Protocol):
    """One platform, such as WeChat's subscribe messages or a gateway of SMS."""

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        """Send a message; Unavailable where nobody knows what became of it."""

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        """What became of a message that it was handed; None where it can't tell."""
