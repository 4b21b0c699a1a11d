"""What share links say of themselves for others to react to."""

from domain.kernel.facts import Fact, FactId, FactKind
from domain.sharing.share_links import ShareLink

LINK_MADE = FactKind("link.made")
"""A link was given out that was not there before."""


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
