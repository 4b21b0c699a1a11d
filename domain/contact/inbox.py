"""The inbox: what WeCom tells is kept as it came, once, before anybody acts on it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType, Protocol

from domain.contact.wecom import Welcomed
from domain.kernel.facts import Fact
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid

InboxId = NewType("InboxId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of WeCom's, as it came: what is in its address, and the body."""

    signature: str
    timestamp: str
    nonce: str
    echo: str = ""
    body: bytes = b""


class Callbacks(Protocol):
    """Opens what WeCom has closed; raises Forbidden for what it has not."""

    def echo(self, call: Call) -> str:
        """The text that WeCom wants back when the address is set up."""

    def event(self, call: Call) -> Mapping[str, str]:
        """The fields of what it tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WecomTold:
    """Something that WeCom told: all its fields, when it happened, and when we heard."""

    id: InboxId
    event: Mapping[str, str]
    at: datetime
    heard_at: datetime
    welcomed: Welcomed | None = None


class Inbox(Protocol):
    """What WeCom has told in the last 90 days."""

    async def keep(self, told: WecomTold, facts: Sequence[Fact]) -> None:
        """Keep it and what is said of it; what is there already stays."""

    async def welcomed(self, id: InboxId) -> Welcomed | None:
        """What became of the welcome that it asks for; None for nothing yet."""

    async def note_welcome(self, id: InboxId, welcomed: Welcomed) -> None:
        """Note what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPorts(Ports):
    """What hearing WeCom needs."""

    callbacks: Callbacks
    inbox: Inbox


def told(event: Mapping[str, str], heard_at: datetime) -> WecomTold:
    """What was told, under an id that repeats have too.

    WeCom gives its events none, and two may be of one second and one person: so it is all that
    the event says which tells it from others. Invalid where it does not say when.
    """
    text = json.dumps(event, sort_keys=True)
    try:
        at = datetime.fromtimestamp(int(event["CreateTime"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        raise Invalid("An event says when it happened: CreateTime in seconds.") from None
    digest = hashlib.sha256(text.encode()).hexdigest()
    return WecomTold(id=InboxId(digest[:32]), event=event, at=at, heard_at=heard_at)
