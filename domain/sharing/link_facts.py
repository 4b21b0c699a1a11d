"""What share links say of themselves for others to react to."""

from datetime import datetime

from domain.kernel.facts import Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.sharing.share_links import ShareLink
from domain.sharing.touches import Touch

LINK_MADE = FactKind("link.made")
"""A link was given out that was not there before."""
LINK_TOUCHED = FactKind("link.touched")
"""Somebody came by a link who had not within half an hour."""

TOUCHES_TAKEN = FactKind("touches.taken")
"""A visitor who had come by links is known as a member, whose visits these are now."""


def link_made(link: ShareLink) -> Fact:
    """Whose new link leads to what; a link is made once."""
    return Fact(
        id=FactId(f"link:{link.code}:made"),
        subject=f"link:{link.code}",
        kind=LINK_MADE,
        at=link.created_at,
        data={
            "kind": link.target.kind.value,
            "target": link.target.id,
            "revision": link.revision,
            "scene": link.scene.value,
            "campaign": link.campaign,
            "guide": link.guide_id,
            "store": link.store_id,
        },
    )


def link_touched(link: ShareLink, touch: Touch, *, consumer: bool) -> Fact:
    """Who came by whose link to what; people of the stores and head office are no consumers."""
    return Fact(
        id=FactId(f"touch:{touch.id}"),
        subject=f"touch:{touch.id}",
        kind=LINK_TOUCHED,
        at=touch.touched_at,
        data={
            "code": link.code,
            "kind": link.target.kind.value,
            "target": link.target.id,
            "scene": link.scene.value,
            "campaign": link.campaign,
            "guide": touch.guide_id,
            "store": link.store_id,
            "person": touch.person_id,
            "consumer": consumer,
        },
    )


def touches_taken(visitor_id: PersonId, member_id: PersonId, at: datetime) -> Fact:
    """Whose the visits of a visitor are; they become one member's once."""
    return Fact(
        id=FactId(f"touches:{visitor_id}:{member_id}"),
        subject=f"touches:{visitor_id}",
        kind=TOUCHES_TAKEN,
        at=at,
        data={"visitor": visitor_id, "member": member_id},
    )
