"""Searching posts: words in the database, everything else among what lists know in memory."""

import asyncio
from typing import Any

from domain.content import searchable
from domain.content.listing import ListPlace, next_places, places
from domain.content.posts import Post
from domain.content.revisions import Revision, RevisionId
from domain.content.searches import ELSEWHERE, IN_TAGS, IN_TITLE, SEARCHES, PostOrder, Search
from domain.kernel.paging import Page, PageRequest
from storage.mongo.content.post_list import MongoPostList
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.kernel.database import Database, Document

# So many come in one answer.
MOST_MATCHES = 100_000


class MongoPostSearch:
    """Looks for words among revisions, for all else in a list that is held in memory."""

    def __init__(self, database: Database, posts: MongoPosts, listed: MongoPostList) -> None:
        self._words = database["post_revisions"]
        self._listed = listed
        self._posts = posts
        self._revisions = MongoRevisions(database)

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        """A page of what is found, each with the revision that was found.

        Two round trips, which go on at once; words are one more before them.
        """
        after: Any = SEARCHES[order].read(page.after)
        scores = await self._scores(search.terms) if search.terms else None
        found = places(await self._listed.all(), search, order, scores)
        coming, total = next_places(found, after, page.first + 1)
        posts, revisions = await asyncio.gather(
            self._posts.by_ids([one.id for one in coming]),
            self._revisions.by_ids([one.revision_id for one in coming]),
        )

        def still(place: ListPlace) -> bool:
            """Whether it is found by what the database says of it, which may be newer."""
            post = posts.get(place.id)
            now = next(places([post], search, order, scores), None) if post else None
            return now is not None and now.revision_id == place.revision_id in revisions

        shown = [one for one in coming[: page.first] if still(one)]
        return Page(
            items=[(posts[one.id], revisions[one.revision_id]) for one in shown],
            cursors=[SEARCHES[order].write(one.rank, one.at, one.id) for one in shown],
            has_next=len(coming) > page.first,
            total=total - len(coming[: page.first]) + len(shown),
        )

    async def _scores(self, terms: tuple[str, ...]) -> dict[RevisionId, int]:
        """The revisions that have all the words, and how much each has of them."""
        stages: list[Document] = [
            {
                "$match": {
                    "words.grams": searchable.seed(terms),
                    "words.text": {"$regex": searchable.containing(terms)},
                }
            },
            {"$project": {"score": _score(terms)}},
        ]
        found = await self._words.aggregate(stages, batchSize=MOST_MATCHES).to_list(None)
        return {one["_id"]: one["score"] for one in found}


def _score(terms: tuple[str, ...]) -> Document:
    def found(place: str, term: str) -> Document:
        return {"$gte": [{"$indexOfCP": [f"$words.{place}", term]}, 0]}

    return {
        "$add": [
            {
                "$cond": [
                    found("title", term),
                    IN_TITLE,
                    {"$cond": [found("tags", term), IN_TAGS, ELSEWHERE]},
                ]
            }
            for term in terms
        ]
    }
