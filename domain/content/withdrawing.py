"""Taking posts back, and what was made of them with them."""

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.keeping import keep
from domain.content.loading import latest, load
from domain.content.permissions import require_author
from domain.content.posts import Post, Posts, PostState
from domain.content.searches import FoundPost
from domain.kernel.refusals import WrongState
from domain.people.act import Act


async def withdraw(ports: ContentPorts, act: Act, id: str) -> FoundPost:
    """Take a post back from everybody at once, and with it what was made of it."""
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    withdrawn = posts.withdraw(post, now=act.at)
    return await latest(ports, act, await keep(ports, act, "postWithdraw", post, withdrawn))


async def require_allowed(there: Posts, post: Post) -> None:
    """Refuse to let out what comes from a post that was withdrawn, or may not be reused."""
    if post.parent is not None:
        parent = await load(there, post.parent.post_id)
        if parent.state is PostState.WITHDRAWN:
            raise WrongState("The brand has withdrawn the post that this one adapts.")
    if post.source_id is not None:
        source = await load(there, post.source_id)
        if source.state is PostState.WITHDRAWN or not source.reuse_consent:
            raise WrongState("The consumer no longer lets the brand reuse this buyer show.")
