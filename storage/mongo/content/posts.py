"""Posts and their revisions in MongoDB."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cattrs.strategies import configure_tagged_union

from domain.catalogue.catalogue import ProductId
from domain.content.posts import REVIEW_QUEUE, Post
from domain.content.revisions import BLOCK_TAGS, Block, PostId, Revision, RevisionId
from domain.content.searchable import PostWords
from domain.content.showings import CampaignId
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.media.assets import AssetId
from domain.people.viewer import Role
from storage.mongo.kernel.database import ASCENDING, EARLIEST, Database, Document, UpdateOne
from storage.mongo.kernel.documents import (
    all_of,
    converter,
    find_by_ids,
    from_document,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

configure_tagged_union(Block, converter, tag_name="type", tag_generator=BLOCK_TAGS.__getitem__)


class MongoPosts:
    """Posts, one document each, with the facets that lists filter by but not the content."""

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._hearers: list[Callable[[Post], None]] = []

    def listen(self, hear: Callable[[Post], None]) -> None:
        """Have something told of each post that is written."""
        self._hearers.append(hear)

    async def by_ids(self, ids: Sequence[PostId]) -> dict[PostId, Post]:
        """Those of the ids that exist."""
        found = await find_by_ids(self._posts, ids)
        return {one["_id"]: _post(one) for one in found}

    async def save(self, post: Post, *, expected: int) -> None:
        """Write a post over the expected version, 0 for a new one; else raise Conflict."""
        document = _document(post)
        if expected == 0:
            await save_version(self._posts, document, expected=0)
        else:
            del document["counts"]  # others count meanwhile
            result = await self._posts.update_one(
                {"_id": post.id, "version": expected}, {"$set": document}
            )
            if result.matched_count == 0:
                raise Conflict("Somebody else has changed this post meanwhile; load it and repeat.")
        for hear in self._hearers:
            hear(post)

    async def finished(self, posts: Sequence[Post]) -> None:
        """Note that nothing is unrecorded any more of posts that are still as they were saved."""
        writes = [
            UpdateOne(
                {"_id": post.id, "version": post.version},
                {"$set": {"unrecorded": [], "due_at": replace(post, unrecorded=()).due_at()}},
            )
            for post in posts
        ]
        if writes:
            await self._posts.bulk_write(writes, ordered=False)

    async def waiting(
        self, roles: Sequence[Role], due_before: datetime, request: PageRequest
    ) -> Page[Post]:
        """The posts whose review waits for one of these roles, the first due first."""
        wanted: Document = {
            "waiting.role": {"$in": list(roles)},
            "waiting.order": {"$lte": _order(due_before)},
        }
        order = [("waiting.order", ASCENDING)]
        return await page(self._posts, wanted, order, request, REVIEW_QUEUE, _post)

    async def due(self, now: datetime, most: int) -> list[PostId]:
        """The posts about which the clock has something to do by now."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._posts.find(wanted, {"_id": 1}).limit(most).to_list(None)
        return [one["_id"] for one in found]

    async def count_by(self, author_id: PersonId, since: datetime) -> int:
        """How many posts a person has begun since a moment."""
        wanted = {"author_id": author_id, "created_at": {"$gte": since}}
        return await self._posts.count_documents(wanted)

    async def of_campaign(self, id: CampaignId) -> dict[PostId, Post]:
        """The posts that go with a campaign."""
        found = await self._posts.find({"schedule.campaign_id": id}).to_list(None)
        return {one["_id"]: _post(one) for one in found}

    async def adaptations_of(self, id: PostId) -> list[Post]:
        """What stores have made of a post."""
        found = await self._posts.find({"parent.post_id": id}).to_list(None)
        return [_post(one) for one in found]

    async def made_from(self, id: PostId) -> list[Post]:
        """What the brand has made of a buyer show."""
        found = await self._posts.find({"source_id": id}).to_list(None)
        return [_post(one) for one in found]

    async def linking_to(self, id: ProductId) -> list[Post]:
        """The posts whose latest revision, or one on show, links to a product."""
        latest = await self._posts.find({"latest.products": id}).to_list(None)
        shown = await self._posts.find({"showings.facets.products": id}).to_list(None)
        return [_post(one) for one in {d["_id"]: d for d in latest + shown}.values()]

    async def showing_asset(self, id: AssetId) -> list[Post]:
        """The posts that show an asset, or are to."""
        found = await self._posts.find({"showings.facets.assets": id}).to_list(None)
        return [_post(one) for one in found]


class MongoRevisions:
    """Revisions, one document each, never changed but for the words that they are found by."""

    def __init__(self, database: Database) -> None:
        self._revisions = database["post_revisions"]
        self._hearers: list[Callable[[Sequence[tuple[Revision, PostWords]]], None]] = []

    def listen(self, hear: Callable[[Sequence[tuple[Revision, PostWords]]], None]) -> None:
        """Have something told of the revisions that are added."""
        self._hearers.append(hear)

    async def by_ids(self, ids: Sequence[RevisionId]) -> dict[RevisionId, Revision]:
        """Those of the ids that exist."""
        found = await find_by_ids(self._revisions, ids, {"words": 0})
        return {one.id: one for one in all_of(Revision, found)}

    async def of_post(self, id: PostId) -> list[Revision]:
        """All revisions of a post, in their order."""
        found = await self._revisions.find({"post_id": id}, {"words": 0}).to_list(None)
        revisions = all_of(Revision, found)
        return sorted(revisions, key=lambda one: one.number)

    async def add(self, revisions: Sequence[tuple[Revision, PostWords]]) -> None:
        """Keep new revisions with the words that they are found by."""
        documents = [
            {**to_document(revision), "words": converter.unstructure(words)}
            for revision, words in revisions
        ]
        if documents:
            await self._revisions.insert_many(documents)
        for hear in self._hearers:
            hear(revisions)

    async def reword(self, id: RevisionId, words: PostWords) -> None:
        """Let a revision be found by other words."""
        await self._revisions.update_one(
            {"_id": id}, {"$set": {"words": converter.unstructure(words)}}
        )

    async def forget(self, ids: Sequence[RevisionId]) -> None:
        """Take back revisions that no post has come to refer to."""
        await self._revisions.delete_many({"_id": {"$in": list(ids)}})


def _document(post: Post) -> Document:
    """A post with what its queues are kept by: when the clock is due, whom its review waits for."""
    return {**to_document(post), "due_at": post.due_at(), "waiting": _waiting(post)}


def _waiting(post: Post) -> Document | None:
    role = post.review.waits_for() if post.review else None
    if post.review is None or role is None:
        return None
    return {"role": role, "order": _order(post.review.due_at, post.id)}


def _order(moment: datetime, suffix: str = "") -> str:
    """A moment as text that sorts by time, then by what follows it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f} {suffix}"


def _post(document: Document) -> Post:
    return from_document(Post, document)
