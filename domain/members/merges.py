"""Two members found to be one person, and numbers that went to somebody else; each can be undone.

A merge rewrites nothing: what named the one that goes on naming it, and it leads to the other. So
nothing is lost, and undoing it gives back exactly what was there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.kernel.states import Cause, Machine
from domain.members.identities import IdentityId

MergeId = NewType("MergeId", str)
MERGES = Cursors("member_merges", datetime, str)
# More members than anybody was, one after the other.
MOST_HOPS = 100


class MergeKind(StrEnum):
    """Whether two became one, or a number left one for another."""

    MERGE = "MERGE"
    RELEASE = "RELEASE"


class Evidence(StrEnum):
    """Why it was done; machines take WeChat's word alone."""

    WECHAT_PHONE = "WECHAT_PHONE"
    UNIONID = "UNIONID"
    SILENCE = "SILENCE"
    STAFF = "STAFF"


class MergeState(StrEnum):
    """How far it has got; an OPEN or UNDOING one is finished by whoever comes next."""

    OPEN = "OPEN"
    DONE = "DONE"
    VOID = "VOID"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


MERGE: Machine[MergeState] = Machine(
    "merge",
    begins=frozenset({MergeState.OPEN}),
    next={
        MergeState.OPEN: frozenset({MergeState.DONE, MergeState.VOID}),
        MergeState.DONE: frozenset({MergeState.UNDOING}),
        MergeState.UNDOING: frozenset({MergeState.UNDONE}),
        MergeState.VOID: frozenset(),
        MergeState.UNDONE: frozenset(),
    },
)
WAITING = frozenset({MergeState.OPEN, MergeState.UNDOING})
STANDING = frozenset({MergeState.OPEN, MergeState.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What left one member, and for whom: all of it, or the identities of a release.

    `winners` name, field by field, whose value of the profile counts where both have one; of those
    not named the survivor's does.
    """

    id: MergeId
    kind: MergeKind
    loser: PersonId
    survivor: PersonId
    evidence: Evidence
    identities: tuple[IdentityId, ...]
    began: Cause
    at: datetime
    winners: Mapping[str, PersonId] = field(default_factory=dict)
    state: MergeState = MergeState.OPEN
    undone: Cause | None = None
    version: int = 1

    def moved(self, after: MergeState, cause: Cause | None = None) -> "Merge":
        """In another state; WrongState where it can't get there."""
        MERGE.require(self.state, after)
        return replace(self, state=after, undone=cause or self.undone, version=self.version + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A member who leads to another: by which merge, at which member that merge ended."""

    id: PersonId
    merge_id: MergeId
    into: PersonId


class Merges(Protocol):
    """Merges, and what they did to members; each write is one atomic change of one document."""

    async def by_id(self, id: MergeId) -> Merge | None:
        """One merge."""

    async def begin(self, merge: Merge) -> None:
        """Write down a new one; one of its id that is there stays."""

    async def save(self, merge: Merge, *, expected: int) -> None:
        """Write one over its expected version; Conflict if it has another."""

    async def hold(self, merge: Merge) -> bool:
        """Keep the survivor from being merged away meanwhile; False if it was already."""

    async def bind(self, merge: Merge, facts: Sequence[Fact]) -> bool:
        """Make the loser lead to the survivor; False if it leads elsewhere, or is held itself."""

    async def let_go(self, merge: Merge, brought: Collection[PersonId]) -> None:
        """Let the survivor be merged again, who is also whom the merge brought."""

    async def unbind(self, merge: Merge, facts: Sequence[Fact]) -> None:
        """Make the loser stand for itself again, if this merge made it lead elsewhere."""

    async def part(self, ids: Collection[PersonId], others: Collection[PersonId]) -> None:
        """Note that some members are not also these others any more."""

    async def aliases(self, ids: Collection[PersonId]) -> Sequence[Alias]:
        """All who lead to one of these members."""

    async def lead(self, ids: Collection[PersonId], before: PersonId, after: PersonId) -> None:
        """Have those of some members who lead to one lead to another instead."""

    async def of_member(self, id: PersonId, request: PageRequest) -> Page[Merge]:
        """What left a member or came to it, the newest first."""

    async def waiting(self, before: datetime, most: int) -> Sequence[Merge]:
        """Those that were begun before a moment and wait to be finished."""


async def stands(merges: Merges, id: MergeId) -> bool:
    """Whether two are one by a merge now.

    What is said of different members is heard in any order: that two were merged may be heard after
    that was undone and they were merged the other way round.
    """
    found = await merges.by_id(id)
    return found is not None and found.state in STANDING


def circle() -> Conflict:
    """What to say where members lead in a circle, as merges are heard of, until the next is."""
    return Conflict("These members are being merged and parted just now; try again in a moment.")


def led_through(aliases: Sequence[Alias], member_id: PersonId) -> set[PersonId]:
    """Those of the aliases that came to where they lead through a member."""
    found: set[PersonId] = set()
    more = {member_id}
    while more:
        more = {one.id for one in aliases if one.into in more} - found
        found |= more
    return found
