"""A visitor turns out to be a member: all that they did before they signed in stays theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.mall.consumers.profiles import Consumers, change, merged
from domain.people.viewer import Role, Viewer


class Belongings(Protocol):
    """Things that are kept by the id of a visitor or member: a cart, touches, orders."""

    async def hand_over(self, visitor_id: PersonId, member_id: PersonId) -> None:
        """Make the visitor's things the member's; done again, it changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerPorts(Ports):
    """What remembering consumers needs; `belongings` are kept elsewhere but move along."""

    consumers: Consumers
    belongings: Sequence[Belongings]


async def recognise(desk: ConsumerPorts, before: Viewer, member: Viewer) -> None:
    """Give a member who has just signed in everything that they did as a visitor.

    Somebody who was no known visitor before brings nothing along. Done again, it changes nothing,
    and what is given away is forgotten last, so that a crash in between loses nothing.
    """
    if before.role is not Role.VISITOR or not before.id:
        return
    for belongings in desk.belongings:
        await belongings.hand_over(before.id, member.id)
    visitor = await desk.consumers.by_id(before.id)
    if visitor is not None:
        await change(desk.consumers, member, lambda known: merged(known, visitor))
        await desk.consumers.forget(before.id)
