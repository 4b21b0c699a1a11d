"""The posts of the content bank, as share links and posters need them."""

from datetime import datetime

from domain.content.bank import ContentPorts
from domain.content.revisions import PostId, TextBlock
from domain.content.scenes import Scene
from domain.content.search.finding import usable
from domain.sharing.sharing import ApprovedPost


class BankPosts:
    """Lets out what reviewers have approved, and nothing else."""

    def __init__(self, bank: ContentPorts) -> None:
        self._bank = bank

    async def approved(self, post_id: str, scene: Scene, now: datetime) -> ApprovedPost | None:
        """The revision that may go out for a scene at a moment; None where none may."""
        found = await usable(self._bank, post_id, scene, now=now)
        if found is None:
            return None
        revision = found.revision
        content = revision.content
        texts = (block.text for block in content.body if isinstance(block, TextBlock))
        return ApprovedPost(
            revision=revision.id,
            title=content.title,
            summary=next(texts, ""),
            cover=content.cover,
            store_id=found.post.store_id,
            product_ids=tuple(dict.fromkeys(content.product_fields().values())),
        )

    async def count_uses(self, post_id: str, times: int) -> None:
        """Count that guides have taken a post up, so that lists can be ordered by it."""
        await self._bank.posts.count_uses(PostId(post_id), times)
