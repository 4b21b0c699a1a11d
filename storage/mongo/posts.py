"""Posts and their revisions in MongoDB."""

from collections.abc import Sequence
from datetime import datetime

from cattrs.strategies import configure_tagged_union

from domain.content import searchable, showings
from domain.content.assets import AssetId
from domain.content.posts import Post
from domain.content.revisions import NEVER, Block, PostId, Revision, RevisionId
from domain.content.searchable import Words
from domain.content.searches import PostOrder, Search
from domain.content.showings import CampaignId
from domain.paging import Page, PageRequest
from storage.mongo.database import Database, Document
from storage.mongo.documents import converter, from_document, save_version, to_document
from storage.mongo.post_search import cursor_of, pipeline, starts_from_words

configure_tagged_union(Block, converter, tag_name="type")


class MongoPosts:
    """Posts, one document each, with the facets that lists filter by but not the content."""

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._revisions = database["post_revisions"]

    async def by_ids(self, ids: Sequence[PostId]) -> dict[PostId, Post]:
        """Those of the ids that exist."""
        found = await self._posts.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {one["_id"]: from_document(Post, one) for one in found}

    async def save(self, post: Post, *, expected: int) -> None:
        """Write a post over the expected version, 0 for a new one; else raise Conflict."""
        upcoming = showings.events(post.showings, after=post.recorded_until)
        document = {**to_document(post), "due_at": upcoming[0][0] if upcoming else NEVER}
        await save_version(self._posts, document, expected=expected)

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        """A page of what is found, each with the revision that was found; in one round trip."""
        begin = self._revisions if starts_from_words(search) else self._posts
        [found] = await begin.aggregate(pipeline(search, order, page)).to_list(None)
        shown = found["page"][: page.first]
        return Page(
            items=[(_post(one), from_document(Revision, one["found"])) for one in shown],
            cursors=[cursor_of(one) for one in shown],
            has_next=len(found["page"]) > page.first,
            total=found["total"][0]["count"] if found["total"] else 0,
        )

    async def due(self, now: datetime, most: int) -> list[Post]:
        """Posts to which time has brought something that is not recorded yet."""
        found = await self._posts.find({"due_at": {"$lte": now}}).limit(most).to_list(None)
        return [from_document(Post, one) for one in found]

    async def of_campaign(self, id: CampaignId) -> dict[PostId, Post]:
        """The posts that go with a campaign."""
        found = await self._posts.find({"schedule.campaign_id": id}).to_list(None)
        return {one["_id"]: from_document(Post, one) for one in found}

    async def showing_asset(self, id: AssetId) -> list[Post]:
        """The posts that show an asset, or are to."""
        found = await self._posts.find({"showings.facets.assets": id}).to_list(None)
        return [from_document(Post, one) for one in found]


class MongoRevisions:
    """Revisions, one document each, never changed but for the words that they are found by."""

    def __init__(self, database: Database) -> None:
        self._revisions = database["post_revisions"]

    async def by_ids(self, ids: Sequence[RevisionId]) -> dict[RevisionId, Revision]:
        """Those of the ids that exist."""
        found = await self._revisions.find({"_id": {"$in": list(ids)}}, {"words": 0}).to_list(None)
        return {one["_id"]: from_document(Revision, one) for one in found}

    async def add(self, revisions: Sequence[tuple[Revision, Words]]) -> None:
        """Keep new revisions with the words that they are found by."""
        documents = [
            {**to_document(revision), "words": _words(words)} for revision, words in revisions
        ]
        if documents:
            await self._revisions.insert_many(documents)


def _post(found: Document) -> Post:
    """The post of a search's result, whose one showing was taken out of its list."""
    showings = found["showings"]
    listed = showings if isinstance(showings, list) else [showings]
    return from_document(Post, {**found, "showings": listed})


def _words(words: Words) -> Document:
    return {**converter.unstructure(words), "grams": sorted(searchable.grams(words.text))}
