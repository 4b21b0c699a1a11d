"""The ports of the content bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.catalogue.product_search import Ranking
from domain.content.categories import Categories
from domain.content.planning.campaigns import Campaigns
from domain.content.posts import Post
from domain.content.reviews.claims import ForbiddenClaim
from domain.content.reviews.policies import Policies
from domain.content.revisions import PostId, Revision, RevisionId
from domain.content.search.searchable import Words
from domain.content.search.searches import PostOrder, Search
from domain.content.showings import CampaignId
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.mall.reference import ReferenceSource
from domain.media.assets import AssetId, Assets
from domain.people.viewer import Role


class Posts(Protocol):
    """Posts without their content; a post is written only over the version that was loaded."""

    async def by_ids(self, ids: Sequence[PostId]) -> dict[PostId, Post]:
        """Those of the ids that exist."""

    async def save(self, post: Post, *, expected: int) -> None:
        """Write a post over the expected version, 0 for a new one; else raise Conflict."""

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        """A page of what is found, each with the revision that was found; in one round trip."""

    async def waiting(
        self, roles: Sequence[Role], due_before: datetime, page: PageRequest
    ) -> Page[Post]:
        """The posts whose review waits for one of these roles, the first due first."""

    async def due(self, now: datetime, most: int) -> list[Post]:
        """Posts to which time has brought something that is not recorded yet."""

    async def count_by(self, author_id: PersonId, since: datetime) -> int:
        """How many posts a person has begun since a moment."""

    async def of_campaign(self, id: CampaignId) -> dict[PostId, Post]:
        """The posts that go with a campaign."""

    async def adaptations_of(self, id: PostId) -> list[Post]:
        """What stores have made of a post."""

    async def made_from(self, id: PostId) -> list[Post]:
        """What the brand has made of a buyer show."""

    async def count_uses(self, id: PostId, times: int) -> None:
        """Count that so many guides have made a share link of a post."""

    async def linking_to(self, id: ProductId) -> list[Post]:
        """The posts whose latest revision, or one on show, links to a product."""

    async def showing_asset(self, id: AssetId) -> list[Post]:
        """The posts that show an asset, or are to."""


class Revisions(Protocol):
    """Immutable revisions."""

    async def by_ids(self, ids: Sequence[RevisionId]) -> dict[RevisionId, Revision]:
        """Those of the ids that exist."""

    async def add(self, revisions: Sequence[tuple[Revision, Words]]) -> None:
        """Keep new revisions with the words that they are found by."""

    async def reword(self, id: RevisionId, words: Words) -> None:
        """Let a revision be found by other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPorts(Ports):
    """What the use cases of posts work with."""

    posts: Posts
    revisions: Revisions
    categories: Categories
    policies: Policies
    campaigns: Campaigns
    assets: Assets
    uses: Uses
    records: Records
    reference: ReferenceSource
    claims: Sequence[ForbiddenClaim]
    sales: Ranking
