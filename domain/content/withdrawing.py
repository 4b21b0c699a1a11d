"""Taking posts back, and what was made of them with them."""

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.keeping import keep
from domain.content.loading import latest, load
from domain.content.permissions import require_author
from domain.content.searches import FoundPost
from domain.people.act import Act


async def withdraw(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Take a post back from everybody at once, and with it what was made of it."""
    act.viewer.require("post.change")
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    withdrawn = posts.withdraw(post, now=act.at)
    return await latest(ports, act, await keep(ports, act, "postWithdraw", post, withdrawn))
