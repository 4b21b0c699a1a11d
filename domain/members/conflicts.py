"""Two members who claim the same and whom no machine may judge: a queue for people."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Cause, Machine
from domain.members.identities import IdentityId

ConflictId = NewType("ConflictId", str)
CONFLICTS = Cursors("member_conflicts", datetime, str)


class ConflictKind(StrEnum):
    """A number that two prove, or signs that two are one person."""

    NUMBER = "NUMBER"
    SAME_PERSON = "SAME_PERSON"


class Settlement(StrEnum):
    """What became of it: the number to the newcomer, the two made one, or all left as it is."""

    RELEASE = "RELEASE"
    MERGE = "MERGE"
    KEEP = "KEEP"


class ConflictState(StrEnum):
    """Whether somebody still has to look at it."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"


CONFLICT: Machine[ConflictState] = Machine(
    "conflict",
    begins=frozenset({ConflictState.OPEN}),
    next={
        ConflictState.OPEN: frozenset({ConflictState.SETTLED}),
        ConflictState.SETTLED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberConflict:
    """Who holds something now and who else claims it; the same two and thing are one conflict.

    `claimant` is None for somebody who is not a member yet and proved a number; `namings` are the
    ids by which they may be found once they are.
    """

    id: ConflictId
    kind: ConflictKind
    identity_id: IdentityId
    holder: PersonId
    claimant: PersonId | None
    namings: tuple[IdentityId, ...] = ()
    opened_at: datetime
    state: ConflictState = ConflictState.OPEN
    decision: Settlement | None = None
    settled: Cause | None = None
    version: int = 1

    def decided(self, decision: Settlement, cause: Cause) -> "MemberConflict":
        """Settled by somebody; WrongState where it is already."""
        CONFLICT.require(self.state, ConflictState.SETTLED)
        return replace(
            self,
            state=ConflictState.SETTLED,
            decision=decision,
            settled=cause,
            version=self.version + 1,
        )


class MemberConflicts(Protocol):
    """The queue."""

    async def by_id(self, id: ConflictId) -> MemberConflict | None:
        """One of them."""

    async def open(self, conflict: MemberConflict) -> None:
        """Put one in the queue; one of its id that is there, settled or not, stays."""

    async def save(self, conflict: MemberConflict, *, expected: int) -> None:
        """Write one over its expected version; Conflict if it has another."""

    async def in_state(self, state: ConflictState, request: PageRequest) -> Page[MemberConflict]:
        """Those in a state, the oldest first."""

    async def with_holder(self, id: PersonId) -> Mapping[ConflictId, MemberConflict]:
        """The open ones in which somebody claims what a member has."""


def conflict_id(kind: ConflictKind, identity_id: IdentityId, *sides: str) -> ConflictId:
    """The same for the same two and thing."""
    said = ":".join((kind, identity_id, *sorted(sides)))
    return ConflictId(f"conflict_{hashlib.sha256(said.encode()).hexdigest()[:24]}")
