"""Posts, their revisions, the tree of categories and the review policies in MongoDB."""

from collections.abc import Sequence

from cattrs.strategies import configure_tagged_union

from domain.content import searchable
from domain.content.categories import Tree
from domain.content.policies import Policy
from domain.content.posts import Post
from domain.content.revisions import Block, PostId, Revision, RevisionId
from domain.content.searchable import Words
from domain.content.searches import PostOrder, Search
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
        await save_version(self._posts, to_document(post), expected=expected)

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

    async def all(self) -> Sequence[Policy]:
        """Every policy that was set."""
        found = await self._policies.find({}).to_list(None)
        return [converter.structure(one, Policy) for one in found]

    async def save(self, policy: Policy) -> None:
        """Write a policy over whatever its kind and category had."""
        document = {**converter.unstructure(policy), "_id": policy.id()}
        await self._policies.replace_one({"_id": policy.id()}, document, upsert=True)


def _post(found: Document) -> Post:
    """The post of a search's result, whose one showing was taken out of its list."""
    showings = found["showings"]
    listed = showings if isinstance(showings, list) else [showings]
    return from_document(Post, {**found, "showings": listed})


def _words(words: Words) -> Document:
    return {**converter.unstructure(words), "grams": sorted(searchable.grams(words.text))}
