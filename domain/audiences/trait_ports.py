"""What levels, tags and segments need of storage."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.audiences.levels import LevelRules
from domain.audiences.segments import MemberRules, Segment, Tag
from domain.audiences.traits import MemberTraits
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.members.merges import Merges
from domain.people.accounts import Members

OF_SEGMENT = Cursors("members of a segment", str)
# An audience is kept in parts of so many members.
PART = 4_096


class Traits(Folds[MemberTraits], Protocol):
    """The traits by member; each is one document, whose changes follow one another."""

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberTraits]:
        """The traits of these members; of one of whom nothing is known there are none yet."""

    async def change(
        self, ids: Sequence[PersonId], rule: Callable[[MemberTraits], MemberTraits]
    ) -> Mapping[PersonId, MemberTraits]:
        """Change some members' traits by a rule, each over what it was made from."""

    async def due(self, now: datetime, most: int) -> Sequence[PersonId]:
        """Members of whom time alone changes something by now."""

    async def after(self, id: PersonId | None, most: int) -> Sequence[PersonId]:
        """The members who follow one by id, from the first one on for None."""

    async def of_guide(self, guide_id: str, id: PersonId | None, most: int) -> Sequence[PersonId]:
        """The customers of a guide who follow one by id, from the first one on for None."""

    async def in_segment(self, key: str, request: PageRequest) -> Page[PersonId]:
        """The members in a version of a segment, by id, and how many there are."""

    async def sample(self, most: int) -> tuple[Sequence[MemberTraits], int]:
        """Some members by chance, and how many there are of whom something is known."""


class MemberRuleBook(Protocol):
    """Levels, the dictionary of tags and the segments; each version written once."""

    def rules(self) -> MemberRules:
        """All of them, as known in this process."""

    async def add_levels(self, rules: LevelRules) -> None:
        """Write a version of the levels down; Conflict where it is not the next one."""

    async def save_tags(self, tags: Sequence[Tag]) -> None:
        """Write tags over whatever has their codes."""

    async def tags_built(self, tags: Sequence[Tag]) -> None:
        """Note that these versions of tags have been decided for everybody."""

    async def save_segment(self, segment: Segment, *, expected: int) -> None:
        """Write a segment over the expected version, 0 for none; else Conflict."""

    async def built(self, segment: Segment) -> None:
        """Note that a version of a segment holds for everybody by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAudience:
    """The members who were in a segment at a moment, frozen in parts."""

    id: str
    segment_key: str
    frozen_at: datetime
    frozen_by: str
    members: int
    done: bool = False


class Audiences(Protocol):
    """Frozen audiences; nothing in one is ever changed."""

    async def begin(self, audience: FrozenAudience) -> None:
        """Write one down, without members yet."""

    async def add_part(self, id: str, number: int, members: Sequence[PersonId]) -> None:
        """Write a part; one that is there stays."""

    async def finish(self, audience: FrozenAudience) -> None:
        """Note that all parts are there."""

    async def by_id(self, id: str) -> FrozenAudience | None:
        """The audience of this id."""

    def parts(self, id: str) -> AsyncIterator[Sequence[PersonId]]:
        """Its members, part by part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideOf:
    """The guide whose customer a member is, and the store that it was at."""

    guide_id: str
    store_id: str


class Customers(Protocol):
    """Whose customers members are."""

    async def is_customer(self, guide_id: str, member_id: PersonId) -> bool:
        """Whether a member, by any id that leads to them, is a guide's own customer."""

    async def guide_of(self, member_id: PersonId) -> GuideOf | None:
        """Whose customer a member is, by any id that leads to them; None for nobody's."""

    async def last_guides_of(
        self, groups: Mapping[PersonId, Sequence[PersonId]]
    ) -> Mapping[PersonId, GuideOf]:
        """Through whose links many members came last, each by all the ids given.

        Whoever came by none is left out. Whose they are, if that guide has left, is not asked.
        """

    async def guides_now(
        self, groups: Mapping[PersonId, Sequence[PersonId]]
    ) -> Mapping[PersonId, GuideOf]:
        """Whose customers many members are, as `last_guides_of`; a leaver's are their heir's."""

    async def hear_of(self, guide_id: str) -> None:
        """Know anew who comes after a guide, of which this process may not have heard yet."""

    async def left_to(self, guide_id: str) -> Sequence[str]:
        """Through whose links the customers came who are a guide's now: their own, and leavers'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitPorts(Ports):
    """The ports that levels, tags and segments need."""

    traits: Traits
    book: MemberRuleBook
    audiences: Audiences
    customers: Customers
    merges: Merges
    members: Members
    records: Records
