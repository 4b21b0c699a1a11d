"""Searching posts among what lists know of them in memory."""

import asyncio
from typing import Any

from domain.content.listing import ListPlace, next_places, places
from domain.content.posts import Post
from domain.content.revisions import Revision
from domain.content.searches import SEARCHES, PostOrder, Search
from domain.kernel.paging import Page, PageRequest
from storage.mongo.content.post_list import MongoPostList, MongoPostWords
from storage.mongo.content.posts import MongoPosts, MongoRevisions


class MongoPostSearch:
    """Looks among posts and words held in memory; what is shown comes from the database."""

    def __init__(
        self,
        posts: MongoPosts,
        revisions: MongoRevisions,
        listed: MongoPostList,
        words: MongoPostWords,
    ) -> None:
        self._posts = posts
        self._revisions = revisions
        self._listed = listed
        self._words = words

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        """A page of what is found, each with the revision that was found.

        Two round trips, which go on at once.
        """
        after: Any = SEARCHES[order].read(page.after)
        words = await self._words.all() if search.terms else {}
        found = places(await self._listed.all(), search, order, words)
        coming, total = next_places(found, after, page.first + 1)
        posts, revisions = await asyncio.gather(
            self._posts.by_ids([one.id for one in coming]),
            self._revisions.by_ids([one.revision_id for one in coming]),
        )

        def still(place: ListPlace) -> bool:
            """Whether it is found by what the database says of it, which may be newer."""
            post = posts.get(place.id)
            now = next(places([post], search, order, words), None) if post else None
            return now is not None and now.revision_id == place.revision_id in revisions

        shown = [one for one in coming[: page.first] if still(one)]
        return Page(
            items=[(posts[one.id], revisions[one.revision_id]) for one in shown],
            cursors=[SEARCHES[order].write(one.rank, one.at, one.id) for one in shown],
            has_next=len(coming) > page.first,
            total=total - len(coming[: page.first]) + len(shown),
        )
