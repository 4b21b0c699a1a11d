"""What the content bank works with."""

from dataclasses import dataclass

from domain.catalogue.catalogue import CatalogueSource
from domain.catalogue.product_search import Ranking
from domain.content.campaigns import Campaigns
from domain.content.categories import Categories
from domain.content.posts import Posts
from domain.content.reviews.claims import ClaimRules
from domain.content.reviews.policies import ReviewPolicies
from domain.content.revisions import Revisions
from domain.content.searches import PostSearch
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.kernel.work import Workers
from domain.media.assets import Assets


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPorts(Ports):
    """The ports that the use cases of posts need."""

    posts: Posts
    revisions: Revisions
    search: PostSearch
    categories: Categories
    policies: ReviewPolicies
    campaigns: Campaigns
    assets: Assets
    uses: Uses
    records: Records
    catalogue: CatalogueSource
    claims: ClaimRules
    sales: Ranking
    workers: Workers
