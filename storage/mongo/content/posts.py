"""Posts and their revisions in MongoDB."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cattrs.strategies import configure_tagged_union

from domain.catalogue.catalogue import ProductId
from domain.content import showings
from domain.content.posts import Post
from domain.content.reviews.review import Outcome
from domain.content.revisions import Block, PostId, Revision, RevisionId
from domain.content.search import searchable
from domain.content.search.searchable import Words
from domain.content.search.searches import PostOrder, Search
from domain.content.showings import CampaignId
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest, write_cursor
from domain.kernel.refusals import Conflict
from domain.media.assets import AssetId
from domain.people.viewer import Role
from storage.mongo.content.post_search import cursor_of, pipeline, starts_from_words
from storage.mongo.kernel.database import EARLIEST, Database, Document
from storage.mongo.kernel.documents import (
    converter,
    find_by_ids,
    from_document,
    save_version,
    to_document,
)

configure_tagged_union(Block, converter, tag_name="type")


class MongoPosts:
    """Posts, one document each, with the facets that lists filter by but not the content."""

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._revisions = database["post_revisions"]

    async def by_ids(self, ids: Sequence[PostId]) -> dict[PostId, Post]:
        """Those of the ids that exist."""
        found = await find_by_ids(self._posts, ids)
        return {one["_id"]: from_document(Post, one) for one in found}

    async def save(self, post: Post, *, expected: int) -> None:
        """Write a post over the expected version, 0 for a new one; else raise Conflict."""
        document = _document(post)
        if expected == 0:
            await save_version(self._posts, document, expected=0)
            return
        del document["counts"]  # others count meanwhile
        result = await self._posts.update_one(
            {"_id": post.id, "version": expected}, {"$set": document}
        )
        if result.matched_count == 0:
            raise Conflict("Somebody else has changed this post meanwhile; load it and repeat.")

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

    async def waiting(
        self, roles: Sequence[Role], due_before: datetime, page: PageRequest
    ) -> Page[Post]:
        """The posts whose review waits for one of these roles, the first due first."""
        wanted: Document = {
            "waiting.role": {"$in": list(roles)},
            "waiting.order": {"$lte": _order(due_before)},
        }
        position = page.position()
        after = {"$gt": str(position[0])} if position else {}
        here = {**wanted, "waiting.order": {**wanted["waiting.order"], **after}}
        cursor = self._posts.find(here).sort([("waiting.order", 1)]).limit(page.first + 1)
        found = await cursor.to_list(None)
        shown = found[: page.first]
        return Page(
            items=[from_document(Post, one) for one in shown],
            cursors=[write_cursor(one["waiting"]["order"]) for one in shown],
            has_next=len(found) > page.first,
            total=await self._posts.count_documents(wanted),
        )

    async def due(self, now: datetime, most: int) -> list[Post]:
        """Posts to which time has brought something that is not recorded yet."""
        found = (
            await self._posts.find({"due_at": {"$gt": EARLIEST, "$lte": now}})
            .limit(most)
            .to_list(None)
        )
        return [from_document(Post, one) for one in found]

    async def count_by(self, author_id: PersonId, since: datetime) -> int:
        """How many posts a person has begun since a moment."""
        wanted = {"author_id": author_id, "created_at": {"$gte": since}}
        return await self._posts.count_documents(wanted)

    async def of_campaign(self, id: CampaignId) -> dict[PostId, Post]:
        """The posts that go with a campaign."""
        found = await self._posts.find({"schedule.campaign_id": id}).to_list(None)
        return {one["_id"]: from_document(Post, one) for one in found}

    async def adaptations_of(self, id: PostId) -> list[Post]:
        """What stores have made of a post."""
        found = await self._posts.find({"parent.post_id": id}).to_list(None)
        return [from_document(Post, one) for one in found]

    async def made_from(self, id: PostId) -> list[Post]:
        """What the brand has made of a buyer show."""
        found = await self._posts.find({"source_id": id}).to_list(None)
        return [from_document(Post, one) for one in found]

    async def count_uses(self, id: PostId, times: int) -> None:
        """Count that so many guides have made a share link of a post."""
        await self._posts.update_one({"_id": id}, {"$inc": {"counts.uses": times}})

    async def linking_to(self, id: ProductId) -> list[Post]:
        """The posts whose latest revision, or one on show, links to a product."""
        latest = await self._posts.find({"latest.products": id}).to_list(None)
        shown = await self._posts.find({"showings.facets.products": id}).to_list(None)
        return [from_document(Post, one) for one in {d["_id"]: d for d in latest + shown}.values()]

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
        found = await find_by_ids(self._revisions, ids, {"words": 0})
        return {one["_id"]: from_document(Revision, one) for one in found}

    async def add(self, revisions: Sequence[tuple[Revision, Words]]) -> None:
        """Keep new revisions with the words that they are found by."""
        documents = [
            {**to_document(revision), "words": _words(words)} for revision, words in revisions
        ]
        if documents:
            await self._revisions.insert_many(documents)

    async def reword(self, id: RevisionId, words: Words) -> None:
        """Let a revision be found by other words."""
        await self._revisions.update_one({"_id": id}, {"$set": {"words": _words(words)}})


def _document(post: Post) -> Document:
    """A post with what its queues are kept by: when time brings something, whom it waits for."""
    upcoming = showings.events(post.showings, after=post.recorded_until)
    due_at = upcoming[0][0] if upcoming else NEVER
    return {**to_document(post), "due_at": due_at, "waiting": _waiting(post)}


def _waiting(post: Post) -> Document | None:
    review = post.review
    if review is None or review.outcome is not Outcome.OPEN:
        return None
    return {"role": review.steps[review.step()].role, "order": _order(review.due_at, post.id)}


def _order(moment: datetime, suffix: str = "") -> str:
    """A moment as text that sorts by time, then by what follows it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f} {suffix}"


def _post(found: Document) -> Post:
    """The post of a search's result, whose one showing was taken out of its list."""
    showings = found["showings"]
    listed = showings if isinstance(showings, list) else [showings]
    return from_document(Post, {**found, "showings": listed})


def _words(words: Words) -> Document:
    return {**converter.unstructure(words), "grams": sorted(searchable.grams(words.text))}
