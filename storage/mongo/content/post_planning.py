"""What posts are arranged by in MongoDB: categories, review policies, campaigns."""

from collections.abc import Sequence
from datetime import datetime

from domain.content.campaigns import CAMPAIGNS, Campaign
from domain.content.categories import Tree
from domain.content.reviews.policies import ReviewPolicy
from domain.content.showings import CampaignId
from domain.kernel.paging import Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, Database, Document
from storage.mongo.kernel.documents import converter, from_document, save_version, to_document
from storage.mongo.kernel.pages import page


class MongoCategories:
    """The tree of categories in one document, so that each change of it is one write."""

    def __init__(self, database: Database) -> None:
        self._categories = database["categories"]

    async def tree(self) -> Tree:
        """The tree as it is; an empty one of version 0 at first."""
        found = await self._categories.find_one({"_id": "tree"})
        if found is None:
            return Tree()
        del found["_id"]
        return converter.structure(found, Tree)

    async def save(self, tree: Tree, *, expected: int) -> None:
        """Write the tree over the expected version; raises Conflict if it was changed meanwhile."""
        document = {**converter.unstructure(tree), "_id": "tree", "version": expected + 1}
        await save_version(self._categories, document, expected=expected)


class MongoPolicies:
    """Review policies, one document each."""

    def __init__(self, database: Database) -> None:
        self._policies = database["review_policies"]

    async def all(self) -> Sequence[ReviewPolicy]:
        """Every policy that was set."""
        found = await self._policies.find({}).to_list(None)
        return [converter.structure(one, ReviewPolicy) for one in found]

    async def save(self, policy: ReviewPolicy, *, expected: int) -> None:
        """Write a policy over the expected version, 0 for a new one; else raise Conflict."""
        document = {**converter.unstructure(policy), "_id": policy.id()}
        await save_version(self._policies, document, expected=expected)


class MongoCampaigns:
    """Campaigns, one document each."""

    def __init__(self, database: Database) -> None:
        self._campaigns = database["campaigns"]

    async def by_id(self, id: CampaignId) -> Campaign | None:
        """One campaign."""
        found = await self._campaigns.find_one({"_id": id})
        return from_document(Campaign, found) if found else None

    async def save(self, campaign: Campaign, *, expected: int) -> None:
        """Write a campaign over the expected version, 0 for a new one; else raise Conflict."""
        await save_version(self._campaigns, to_document(campaign), expected=expected)

    async def unsettled(self) -> list[CampaignId]:
        """The campaigns with a change that has not reached all of their posts."""
        found = await self._campaigns.find({"settled": False}, {"_id": 1}).to_list(None)
        return [one["_id"] for one in found]

    async def page(self, since: datetime, request: PageRequest) -> Page[Campaign]:
        """The campaigns that start at or after a moment, the earliest first."""
        order = [("starts_at", ASCENDING), ("_id", ASCENDING)]
        wanted = {"starts_at": {"$gte": since}}
        return await page(self._campaigns, wanted, order, request, CAMPAIGNS, _campaign)


def _campaign(document: Document) -> Campaign:
    return from_document(Campaign, document)
