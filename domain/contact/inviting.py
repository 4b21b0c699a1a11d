"""Inviting: who looks at a guide's page is given the guide's code, and a link to a chat of theirs.

A link is told apart by its name, which WeCom tells when somebody comes by it. So of a friend whom
nobody knows as a member it can be known that they came by a share link of the guide's before.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType, Protocol
from urllib.parse import urlencode

from domain.contact.ports import ContactPorts
from domain.contact.ways import Way, guide_state
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.sharing.attribution import Touches

InvitationId = NewType("InvitationId", str)

# Who came by a link so long ago came by something else since.
VISITED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorInvitation:
    """Somebody who was given a link to a guide's chat.

    `visited` is when they had come by a share link of the guide's, `at` when it was given last.
    """

    id: InvitationId
    person_id: PersonId
    guide_id: GuideId
    at: datetime
    visited: datetime | None = None


class Invitations(Protocol):
    """What was given to whom in the last 90 days."""

    async def put(self, invitation: VisitorInvitation) -> None:
        """Keep one; when they first came by a link stays, and so does whose friend came by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitingPorts(Ports):
    """Customer contact, and by which links visitors came."""

    contact: ContactPorts
    invitations: Invitations
    touches: Touches


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideInvitation:
    """How to become a guide's friend: by their code, and by a link where the company has such."""

    way: Way
    chat_url: str | None


async def invite_friend(ports: InvitingPorts, act: Act, guide_id: str) -> GuideInvitation:
    """Give the viewer a guide's code and a link to a chat of theirs; again, it is the same."""
    act.viewer.require("contact.invite")
    way = await ports.contact.ways.by_id(guide_state(guide_id))
    guide = await ports.contact.guides.by_id(GuideId(guide_id))
    if way is None or guide is None or not guide.active:
        raise NotFound(
            "This guide has no code yet; contactWaysOpen opens the codes of a store.",
            field=["guideId"],
        )
    if way.link_url is None:
        return GuideInvitation(way=way, chat_url=None)
    since = act.at - VISITED_WITHIN
    came = await ports.touches.last_credit(act.viewer.ids, since=since, by_link=True)
    invitation = VisitorInvitation(
        id=_name(act.viewer.id, guide_id),
        person_id=act.viewer.id,
        guide_id=guide.id,
        at=act.at,
        visited=came.touched_at if came and came.guide_id == guide.id else None,
    )
    await ports.invitations.put(invitation)
    query = urlencode({"customer_channel": invitation.id})
    return GuideInvitation(way=way, chat_url=f"{way.link_url}?{query}")


def _name(person_id: str, guide_id: str) -> InvitationId:
    """A name within WeCom's 30 characters, the same for the two, which nobody can tell them by.

    A visitor's id is as hard to guess as a token is.
    """
    digest = hashlib.sha256(f"invitation\0{person_id}\0{guide_id}".encode()).hexdigest()
    return InvitationId(f"v{digest[:24]}")
