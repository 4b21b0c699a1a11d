"""What a storefront's shelf of content shows."""

from datetime import datetime

from domain.content.bank import ContentPorts
from domain.content.categories import Tree
from domain.content.revisions import PostId
from domain.content.search.finding import all_visible, find
from domain.content.search.searches import Found, PostFilter, PostOrder
from domain.kernel.paging import PageRequest
from domain.mall.faces.modules import ContentShelf
from domain.people.viewer import ANONYMOUS


async def shelf_posts(
    bank: ContentPorts, shelf: ContentShelf, *, now: datetime
) -> tuple[list[Found], Tree]:
    """The posts of a shelf, and the tree that they are in: what any consumer may see, no more.

    Those chosen by hand keep the order of the hand; one that is not on show is left out. A
    category that is gone leaves the shelf empty.
    """
    tree = await bank.categories.tree()
    if shelf.posts:
        chosen = list(map(PostId, shelf.posts))
        return (await all_visible(bank, ANONYMOUS, chosen, now=now))[: shelf.most], tree
    path = "/".join(shelf.category)
    if path and tree.find(path) is None:
        return [], tree
    page, _ = await find(
        bank,
        ANONYMOUS,
        PostFilter(category=path or None),
        PostOrder.NEWEST,
        PageRequest(first=shelf.most),
        now=now,
    )
    return list(page.items), tree
