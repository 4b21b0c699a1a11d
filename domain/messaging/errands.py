"""Errands: what guides are asked to send by their own hand in WeCom, and what came of it.

WeCom sends nothing by itself. It shows a guide what is to go to friends, to groups or to their
moments, and the guide confirms it or does not; what came of it is read there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.contact.groups import GroupId
from domain.kernel.facts import Fact
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Machine
from domain.kernel.versions import risen
from domain.messaging.sends import BatchId
from domain.messaging.templates import MessageContent
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.sharing.share_links import ShareCode

WecomTaskId = NewType("WecomTaskId", str)
ERRANDS = Cursors("errands", datetime, str)

# WeCom's own bounds; document/path/92135.
MOST_FRIENDS_IN_ONE = 10_000
MOST_GROUPS_IN_ONE = 2_000
# What was asked for is looked up after a while, and again and again for a week.
LOOK_FIRST = timedelta(minutes=10)
LOOK_AGAIN = timedelta(hours=1)
OPEN_FOR = timedelta(days=7)
# Whether a call without an answer has begun anything is seen after a while.
UNKNOWN_FOR = timedelta(minutes=10)
FIRST_RETRY = timedelta(minutes=1)


class ErrandKind(StrEnum):
    """Where a guide is to send something."""

    FRIENDS = "FRIENDS"
    GROUPS = "GROUPS"
    MOMENT = "MOMENT"


class ErrandState(StrEnum):
    """Where an errand stands."""

    PLANNED = "PLANNED"
    CARRYING = "CARRYING"
    ASKED = "ASKED"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


ERRAND: Machine[ErrandState] = Machine(
    "errand",
    begins=frozenset({ErrandState.PLANNED}),
    next={
        ErrandState.PLANNED: frozenset({ErrandState.CARRYING}),
        ErrandState.CARRYING: frozenset(
            {
                ErrandState.PLANNED,
                ErrandState.ASKED,
                ErrandState.FAILED,
                ErrandState.UNKNOWN,
            }
        ),
        ErrandState.ASKED: frozenset({ErrandState.DONE}),
        ErrandState.DONE: frozenset(),
        ErrandState.FAILED: frozenset(),
        ErrandState.UNKNOWN: frozenset(),
    },
)


class HandResult(StrEnum):
    """What came of it for one friend or group, or of a moment: as WeCom tells, or UNSENT so far."""

    UNSENT = "UNSENT"
    SENT = "SENT"
    NO_FRIEND = "NO_FRIEND"
    OTHER_FIRST = "OTHER_FIRST"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One friend or group, or the guide whose moment it is, and what came of it for them."""

    to: str
    result: HandResult = HandResult.UNSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What one guide is asked to send, to whom; `task_id` is what WeCom calls it.

    `asked_by` names what it follows from, the same for all guides of whom the same is asked, and
    `wanted` tells whether a request under it asks for the same. To a
    group goes a link of its guide's and its own, `share_code`, so that it is told what it sold.
    """

    id: BatchId
    kind: ErrandKind
    user_id: str
    guide_id: GuideId | None
    store_id: StoreId | None
    content: MessageContent
    handed: tuple[Handed, ...]
    asked_by: str
    at: datetime
    state: ErrandState = ErrandState.PLANNED
    due_at: datetime | None = None
    asked_at: datetime | None = None
    task_id: WecomTaskId | None = None
    group_id: GroupId | None = None
    share_code: ShareCode | None = None
    code: int | None = None
    wanted: str | None = None
    version: int = 1

    @property
    def sent(self) -> int:
        """To how many it has gone."""
        return sum(one.result is HandResult.SENT for one in self.handed)

    @property
    def unsent(self) -> int:
        """To how many it may go yet."""
        return sum(one.result is HandResult.UNSENT for one in self.handed)

    def to(self, state: ErrandState, due_at: datetime | None = None) -> "Errand":
        """The errand in its next state; WrongState where the table has no such step."""
        ERRAND.require(self.state, state)
        return risen(replace(self, state=state, due_at=due_at))

    def with_results(self, found: Mapping[str, HandResult]) -> "Errand":
        """The errand with what is known by now; what has gone stays gone."""
        return replace(
            self,
            handed=tuple(
                one
                if one.result is not HandResult.UNSENT
                else replace(one, result=found.get(one.to, one.result))
                for one in self.handed
            ),
        )


class Errands(Protocol):
    """All errands."""

    async def by_ids(self, ids: Collection[BatchId]) -> Mapping[BatchId, Errand]:
        """Those of the ids that there are."""

    async def add(self, errands: Sequence[Errand]) -> None:
        """Keep new ones; those that are there stay."""

    async def save(self, errand: Errand, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over the expected version; else Conflict, also where another has its task."""

    async def asked_by(self, name: str) -> Sequence[Errand]:
        """All that follow from one thing."""

    async def due(self, now: datetime, most: int) -> Sequence[Errand]:
        """Those about which something is to be done, the longest overdue first."""

    async def of_tasks(self, ids: Collection[WecomTaskId]) -> Collection[WecomTaskId]:
        """Those of WeCom's tasks that are somebody's errand here."""

    async def of_group(self, group_id: GroupId) -> Sequence[Errand]:
        """What was ever to go to a group."""

    async def by_code(self, code: ShareCode) -> Errand | None:
        """The one that a link went with."""

    async def page(self, store_id: StoreId, request: PageRequest) -> Page[Errand]:
        """A page of what guides of a store were asked, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfWecom:
    """What WeCom answered to an errand: its own id of it, and who could not be in it."""

    task_id: WecomTaskId | None
    code: int = 0
    left_out: tuple[str, ...] = ()
    busy: bool = False


class WecomErrands(Protocol):
    """WeCom's tasks; a call raises Unavailable where nobody knows what became of it."""

    async def ask(
        self, kind: ErrandKind, user_id: str, to: Sequence[str], content: MessageContent
    ) -> AskedOfWecom:
        """Have a guide asked to send something."""

    async def results(
        self, kind: ErrandKind, task_id: WecomTaskId, user_id: str
    ) -> Mapping[str, HandResult]:
        """What came of it by now, by friend or group; of a moment, by the guide."""

    async def asked_since(
        self, kind: ErrandKind, user_id: str, content: MessageContent, since: datetime
    ) -> Sequence[WecomTaskId]:
        """The tasks of a guide's with this text since a moment."""
