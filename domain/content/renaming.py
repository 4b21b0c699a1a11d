"""Posts are found by the names that their products have now, not by those they had once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from domain.catalogue.catalogue import Product, ProductId
from domain.catalogue.product_facts import PRODUCT_RENAMED
from domain.content.bank import ContentPorts
from domain.content.keeping import worded
from domain.kernel.facts import Batch
from domain.kernel.ports import Ports
from domain.people.act import Act

NAME_FACTS = frozenset({PRODUCT_RENAMED})


class WrittenProducts(Protocol):
    """The products as they are written down, which the view of a process may be behind."""

    async def products_by_ids(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Those of the ids that exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenamingPorts(Ports):
    """What renewing the words of posts needs."""

    content: ContentPorts
    written: WrittenProducts


async def follow_names(ports: RenamingPorts, act: Act, batch: Batch) -> None:
    """Renew the words of posts whose products were renamed; done twice, it changes nothing."""
    renamed = sorted({ProductId(fact.data["productId"]) for fact in batch.facts})
    if not renamed:
        return
    posts, revisions = ports.content.posts, ports.content.revisions
    linking = [post for product_id in renamed for post in await posts.linking_to(product_id)]
    wanted = {post.latest.revision_id for post in linking}
    wanted |= {one.facets.revision_id for post in linking for one in post.showings}
    view = ports.content.catalogue.catalogue()
    newest = await ports.written.products_by_ids(renamed)
    catalogue = replace(view, products={**view.products, **newest})
    for revision in (await revisions.by_ids(sorted(wanted))).values():
        await revisions.reword(revision.id, worded(revision, catalogue))
