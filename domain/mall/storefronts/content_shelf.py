"""What a storefront's shelf of content shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.content.bank import ContentPorts
from domain.content.finding import all_visible, find
from domain.content.revisions import PostId
from domain.content.searches import FoundPost, PostFilter, PostOrder
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import NotFound
from domain.mall.faces.modules import ContentShelf
from domain.people.act import Act
from domain.people.viewer import ANONYMOUS


async def shelf_posts(
    ports: ContentPorts, act: Act, shelf: ContentShelf, *, at: datetime
) -> Sequence[FoundPost]:
    """The posts of a shelf at a moment: what any consumer may see then, no more.

    Those chosen by hand keep the order of the hand; one that is not on show is left out. A
    category that is gone leaves the shelf empty.
    """
    anybody = replace(act, viewer=ANONYMOUS, at=at)
    if shelf.posts:
        chosen = list(map(PostId, shelf.posts))
        return (await all_visible(ports, anybody, chosen))[: shelf.most]
    asked = PostFilter(category="/".join(shelf.category) or None)
    try:
        page = await find(ports, anybody, asked, PostOrder.NEWEST, PageRequest(first=shelf.most))
    except NotFound:
        return []
    return page.items
