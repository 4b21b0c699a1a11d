"""Posts are found by the names that their products have now, not by those they had once."""

from collections.abc import Mapping

from domain.catalogue.catalogue import Product, ProductId
from domain.content.bank import ContentPorts
from domain.content.keeping import worded


class NameFollower:
    """Renews the words of posts whose products were renamed since it last looked.

    Each process follows the names that it sees; renewing the same words twice changes nothing.
    """

    def __init__(self, bank: ContentPorts) -> None:
        self._bank = bank
        self._seen: Mapping[ProductId, Product] = {}

    async def follow(self) -> int:
        """Renew what was renamed; tell how many products were."""
        products = self._bank.catalogue.catalogue().products
        if products is self._seen:
            return 0
        renamed = [
            one.id
            for one in products.values()
            if one.id in self._seen and self._seen[one.id].name != one.name
        ]
        for product_id in renamed:
            await self._renew(product_id)
        self._seen = products
        return len(renamed)

    async def _renew(self, product_id: ProductId) -> None:
        posts = await self._bank.posts.linking_to(product_id)
        wanted = {post.latest.revision_id for post in posts}
        wanted |= {one.facets.revision_id for post in posts for one in post.showings}
        revisions = await self._bank.revisions.by_ids(sorted(wanted))
        catalogue = self._bank.catalogue.catalogue()
        for revision in revisions.values():
            await self._bank.revisions.reword(revision.id, worded(revision, catalogue))
