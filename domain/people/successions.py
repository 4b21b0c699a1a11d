"""Guides who leave: to whom their customers and their links pass, and from when on.

Nothing passes until the hand-over is done, that of their customers in WeCom included. From then on
whatever would be theirs is their successor's, and that one's own successor's in turn; what they
were credited before stays theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.kernel.facts import Fact
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.versions import risen
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.people.succession_facts import handed_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Who comes after the guide of this id; `done_at` is when the hand-over was done."""

    id: GuideId
    successor_id: GuideId
    begun_at: datetime
    begun_by: str
    done_at: datetime | None = None
    version: int = 0


class Successions(Protocol):
    """The hand-overs, by who leaves; few, and in memory."""

    async def known(self) -> Mapping[GuideId, Succession]:
        """All of them."""

    async def save(
        self, succession: Succession, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""


class CustomersUnderWay(Protocol):
    """The customers whom guides hand over in WeCom, each of whom passes when that is done."""

    async def under_way(self, wecom_user_id: str) -> int:
        """How many of somebody's are asked for or planned, and neither passed nor stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionPorts(Ports):
    """What handing over needs."""

    successions: Successions
    guides: Guides
    customers: CustomersUnderWay


def heir_at(
    successions: Mapping[GuideId, Succession], guide_id: GuideId, at: datetime | None = None
) -> GuideId:
    """Whose is at a moment what would be a guide's; by now, where none is told.

    Of guides who were said to come after each other at the same time, the one who handed over last
    has handed over to nobody.
    """
    way = _way(successions, guide_id, at)
    if not _is_circle(way):
        return way[-1]
    circle = [successions[one] for one in way[way.index(way[-1]) : -1]]
    return max(circle, key=lambda one: (one.done_at or one.begun_at, one.id)).id


def _way(
    successions: Mapping[GuideId, Succession], guide_id: GuideId, at: datetime | None = None
) -> Sequence[GuideId]:
    """Who comes after whom from a guide on, up to somebody who stays or was there before."""
    way = [guide_id]
    while not _is_circle(way):
        found = successions.get(way[-1])
        if found is None or found.done_at is None or (at is not None and at < found.done_at):
            break
        way.append(found.successor_id)
    return way


def _is_circle(way: Sequence[GuideId]) -> bool:
    return way[-1] in way[:-1]


async def begin_succession(
    ports: SuccessionPorts, act: Act, guide_id: str, successor_id: str
) -> Succession:
    """Say who comes after a guide who leaves, or another than was said; nothing passes yet."""
    guide = await _guide(ports, guide_id, "guideId")
    act.viewer.require("guide.hand_over", store=guide.store_id)
    successor = await _guide(ports, successor_id, "successorId")
    known = dict(await ports.successions.known())
    before = known.get(guide.id)
    if before and before.done_at:
        raise WrongState(f"{guide.name} has handed over to {before.successor_id} already.")
    if before and before.successor_id == successor.id:
        return before
    # As if all that was begun were done: nobody may come after themselves.
    known[guide.id] = Succession(
        id=guide.id, successor_id=successor.id, begun_at=act.at, begun_by=act.viewer.id
    )
    after = {key: replace(one, done_at=one.done_at or act.at) for key, one in known.items()}
    if not successor.active or _is_circle(_way(after, guide.id)):
        raise Invalid(
            f"{successor.name} can't come after {guide.name}: name a guide who stays.",
            field=["successorId"],
        )
    begun = replace(known[guide.id], version=before.version if before else 0)
    await ports.successions.save(risen(begun), expected=begun.version)
    return risen(begun)


async def finish_succession(ports: SuccessionPorts, act: Act, guide_id: str) -> Succession:
    """Let what would be a guide's be their successor's from now on; done again, it is the same."""
    guide = await _guide(ports, guide_id, "guideId")
    act.viewer.require("guide.hand_over", store=guide.store_id)
    found = (await ports.successions.known()).get(guide.id)
    if found is None:
        raise WrongState(f"Nobody comes after {guide.name} yet; say who with guideHandOver.")
    if found.done_at:
        return found
    if waiting := await ports.customers.under_way(guide.wecom_user_id):
        raise WrongState(
            f"{waiting} customers of {guide.name} are still being handed over in WeCom; finish "
            "when handOver shows none as PLANNED or ASKED.",
            field=["guideId"],
        )
    done = risen(replace(found, done_at=act.at))
    facts = [handed_over(guide.id, done.successor_id, act.at)]
    await ports.successions.save(done, expected=found.version, facts=facts)
    return done


async def succession_of(ports: SuccessionPorts, act: Act, guide_id: str) -> Succession | None:
    """Who comes after a guide, if anybody does."""
    guide = await _guide(ports, guide_id, "guideId")
    act.viewer.require("guide.hand_over", store=guide.store_id)
    return (await ports.successions.known()).get(guide.id)


async def _guide(ports: SuccessionPorts, id: str, field: str) -> Guide:
    found = await ports.guides.by_id(GuideId(id))
    if found is None:
        raise NotFound(f"There is no guide {id}; look the id up.", field=[field])
    return found
