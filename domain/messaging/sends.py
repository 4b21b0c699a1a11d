"""Sends: each message to a member is a row, written before anybody is asked to carry it.

So nothing goes twice: of a row that is being carried, nobody but whoever wrote that may carry it,
and what became of one that was cut short is looked up or said to be unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Machine
from domain.kernel.versions import risen
from domain.members.consent import Purpose
from domain.messaging.channels import AllowanceId, MessageChannel, NotReachable
from domain.messaging.templates import MessageContent, MessageTemplateId
from domain.people.accounts import GuideId

SendId = NewType("SendId", str)
BatchId = NewType("BatchId", str)
SENDS = Cursors("messages", datetime, str)

# Whoever carries a message has so long; no call of a platform lasts longer.
CARRYING = timedelta(minutes=2)
# A guide gets one task for all that is planned meanwhile, not one for each customer.
GATHERED_FOR = timedelta(minutes=2)
# A platform that is too busy is asked again so often, later and later.
FIRST_RETRY = timedelta(minutes=1)
MOST_TRIES = 6


class SendState(StrEnum):
    """Where a message stands."""

    PLANNED = "PLANNED"
    CARRYING = "CARRYING"
    BUSY = "BUSY"
    ASKED = "ASKED"
    SENT = "SENT"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    REFUSED = "REFUSED"


MESSAGE: Machine[SendState] = Machine(
    "message",
    begins=frozenset({SendState.BUSY}),
    next={
        # Waits for its guide's next task.
        SendState.PLANNED: frozenset({SendState.ASKED, SendState.REFUSED}),
        SendState.CARRYING: frozenset(
            {
                SendState.BUSY,
                SendState.SENT,
                SendState.FAILED,
                SendState.UNKNOWN,
            }
        ),
        # A platform did not take it: it is tried again, perhaps on another channel.
        SendState.BUSY: frozenset({SendState.CARRYING, SendState.PLANNED, SendState.REFUSED}),
        # Its guide's task is asked for, and waits for the guide.
        SendState.ASKED: frozenset(
            {
                SendState.PLANNED,
                SendState.SENT,
                SendState.FAILED,
                SendState.UNKNOWN,
                SendState.REFUSED,
            }
        ),
        SendState.SENT: frozenset(),
        SendState.FAILED: frozenset(),
        SendState.UNKNOWN: frozenset(),
        SendState.REFUSED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSend:
    """One message to one member, under the id of what it follows from.

    `reasons` say of each channel why it did not reach them; `code` is what a platform answered.
    `due_at` is when something is to be done about it, None at its end. `batch_id` is the guide's
    task in which it is.
    """

    id: SendId
    member_id: PersonId
    template_id: MessageTemplateId
    purpose: Purpose
    content: MessageContent
    channels: tuple[MessageChannel, ...]
    at: datetime
    state: SendState
    channel: MessageChannel | None = None
    reasons: Mapping[str, NotReachable] = field(default_factory=dict)
    allowance_id: AllowanceId | None = None
    guide_id: GuideId | None = None
    user_id: str | None = None
    external_id: str | None = None
    batch_id: BatchId | None = None
    code: int | None = None
    tries: int = 0
    due_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    def to(self, state: SendState, at: datetime, due_at: datetime | None = None) -> "MessageSend":
        """The message in its next state; WrongState where the table has no such step."""
        MESSAGE.require(self.state, state)
        ended_at = None if MESSAGE.next[state] else at
        return risen(replace(self, state=state, due_at=due_at, ended_at=ended_at))


class MessageSends(Protocol):
    """All messages that were ever to be sent to members."""

    async def begin(self, send: MessageSend, facts: Sequence[Fact]) -> MessageSend | None:
        """Write a new one down; answers the one that is there already, None if none was."""

    async def by_ids(self, ids: Sequence[SendId]) -> Mapping[SendId, MessageSend]:
        """Those of the ids that there are."""

    async def save(self, send: MessageSend, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version; else Conflict."""

    async def due(self, state: SendState, now: datetime, most: int) -> Sequence[MessageSend]:
        """Those in a state about which something is to be done, the longest overdue first."""

    async def planned_of(self, user_id: str) -> Sequence[MessageSend]:
        """All that wait for the next task of somebody in WeCom."""

    async def of_batch(self, batch_id: BatchId) -> Sequence[MessageSend]:
        """Those in a guide's task."""

    async def page_of(
        self, member_ids: Sequence[PersonId], request: PageRequest
    ) -> Page[MessageSend]:
        """A page of what was to be sent to a member, the newest first."""


def retry_after(tries: int) -> timedelta:
    """How long to wait after so many tries."""
    return FIRST_RETRY * (1 << tries)
