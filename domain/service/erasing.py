"""All that we keep of a member: showing it, and erasing it.

Orders and books stay, with their amounts and without who it was. What is under way is finished
first: until then it keeps where it goes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from domain.content.bank import ContentPorts
from domain.content.withdrawing import withdraw
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import NotFound, WrongState
from domain.mall.fulfilment.fulfilments import DONE, REPLACED, Fulfilment, PartState
from domain.mall.fulfilment.payments import RefundState
from domain.mall.fulfilment.returns import RETURN
from domain.members.telling import TellingPorts, known
from domain.people.act import SERVICE, Act
from domain.people.tokens import ACCESS_LIFETIME

# By then no token that was given before is good any more.
LOOK_AGAIN = ACCESS_LIFETIME + timedelta(minutes=5)
WHILE_UNDER_WAY = timedelta(days=1)
# How long whoever erases keeps it to itself.
LEASE = timedelta(minutes=10)
MOST_AT_ONCE = 20
_ENDED = DONE | REPLACED | {PartState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDocument:
    """One document that tells of somebody, as JSON has it."""

    collection: str
    id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody who is to be erased, by the ids that led to them; `due_at` is when to go on."""

    id: PersonId
    ids: tuple[PersonId, ...]
    begun_at: datetime
    due_at: datetime
    done: bool = False


class PersonalData(Protocol):
    """What all collections keep of a person, whom some ids name."""

    async def page(self, ids: Sequence[PersonId], request: PageRequest) -> Page[PersonalDocument]:
        """All of it, collection by collection."""

    async def erase(self, ids: Sequence[PersonId]) -> bool:
        """Take out what may go; whether nothing is left to take out later. Again, it is the same.

        Orders that are under way keep where they go.
        """

    async def notes_of(self, ids: Sequence[PersonId]) -> Sequence[str]:
        """The ids of what they have posted."""


class Erasures(Protocol):
    """Who is being erased, or was."""

    async def begin(self, erasure: Erasure) -> Erasure:
        """Keep one; the one that is there stays and is answered."""

    async def by_id(self, id: PersonId) -> Erasure | None:
        """That of a person."""

    async def claim_due(self, now: datetime, *, until: datetime, most: int) -> Sequence[Erasure]:
        """Those to go on with by now, which nobody else gets before `until`."""

    async def note(self, id: PersonId, *, due_at: datetime) -> None:
        """Note when to go on; NEVER where all is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasingPorts(Ports):
    """What is kept of members, and what they have posted."""

    members: TellingPorts
    kept: PersonalData
    erasures: Erasures
    content: ContentPorts
    records: Records


def is_over(fulfilment: Fulfilment) -> bool:
    """Whether nothing of an order has still to be sent, taken back, paid back or told."""
    refunds = fulfilment.payment.refunds
    return (
        all(part.state in _ENDED for part in fulfilment.parts)
        and all(not RETURN.next[one.state] for one in fulfilment.returns)
        and all(one.state is RefundState.DONE for one in refunds)
        and not fulfilment.effects
        and fulfilment.reports.due is None
    )


async def data_of(
    ports: ErasingPorts, act: Act, member_id: str, request: PageRequest
) -> Page[PersonalDocument]:
    """All that we keep of a member, for themselves and head office; it is recorded who looked."""
    act.viewer.require("member.see_all")
    if not act.viewer.may("member.see_all", person=PersonId(member_id)):
        raise _nobody(member_id)
    found = await known(ports.members, act, PersonId(member_id))
    if act.viewer.id != found.member.id:
        subject = Subject(kind="member", id=found.member.id)
        await ports.records.append(act.record("memberData", subject, before={}, after={}))
    return await ports.kept.page(found.ids, request)


async def erase_member(ports: ErasingPorts, act: Act, member_id: str) -> Erasure:
    """Erase a member, as they or head office ask; again, it is the same erasure.

    What is under way is finished before it loses them; the clock sees to that.
    """
    act.viewer.require("member.erase")
    person = PersonId(member_id)
    if not act.viewer.may("member.erase", person=person):
        raise _nobody(member_id)
    erasure = await ports.erasures.by_id(person)
    if erasure is None:
        found = await known(ports.members, act, person)
        wanted = Erasure(
            id=found.member.id, ids=found.ids, begun_at=act.at, due_at=act.at + LOOK_AGAIN
        )
        erasure = await ports.erasures.begin(wanted)
        subject = Subject(kind="member", id=erasure.id)
        await ports.records.append(act.record("memberErase", subject, before={}, after={}))
    await _erase(ports, act, erasure)
    return erasure


async def finish_erasures(ports: ErasingPorts, act: Act) -> int:
    """Go on with those that are due: what tokens wrote since, and what was under way."""
    due = await ports.erasures.claim_due(act.at, until=act.at + LEASE, most=MOST_AT_ONCE)
    for erasure in due:
        whole = await _erase(ports, act, erasure)
        due_at = NEVER if whole else act.at + WHILE_UNDER_WAY
        await ports.erasures.note(erasure.id, due_at=due_at)
    return len(due)


async def _erase(ports: ErasingPorts, act: Act, erasure: Erasure) -> bool:
    served = Act(viewer=SERVICE, at=act.at, new_id=act.new_id)
    for note in await ports.kept.notes_of(erasure.ids):
        with suppress(WrongState):  # it is withdrawn already
            await withdraw(ports.content, served, note)
    return await ports.kept.erase(erasure.ids)


def _nobody(member_id: str) -> NotFound:
    return NotFound(f"There is no member {member_id}.", field=["memberId"])
