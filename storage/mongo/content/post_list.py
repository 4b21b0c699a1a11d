"""What lists know of every post, in memory, and what every revision is found by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace

from domain.content.posts import Listed, Post
from domain.content.revisions import Revision, RevisionId
from domain.content.searchable import PostWords
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import converter, from_document
from storage.mongo.kernel.held import Held


class MongoPostList(Held[Listed]):
    """Every post as lists have it; 20,000 take some 90 MB.

    It hears of what this process itself writes at once.
    """

    def __init__(self, database: Database) -> None:
        names = {one.name: 1 for one in fields(Listed)}
        super().__init__(database["posts"], names, _listed)

    async def all(self) -> Collection[Listed]:
        """All posts; without a round trip once they have been read."""
        return (await self.known()).values()

    def heard(self, post: Post) -> None:
        """Take a post that this process has just written; others count it meanwhile."""
        known = self._known.get(post.id)
        self._put(post.id, replace(post, counts=known.counts) if known else post)

    def _put(self, id: str, value: Listed) -> None:
        known = self._known.get(id)
        if known is None or known.version <= value.version:
            self._known[id] = value


class MongoPostWords(Held[PostWords]):
    """The words of every revision; those of 30,000 with 300 characters each take some 45 MB.

    It hears of the revisions that this process itself adds at once.
    """

    def __init__(self, database: Database) -> None:
        names = {f"words.{one.name}": 1 for one in fields(PostWords)}
        super().__init__(database["post_revisions"], names, _words)

    async def all(self) -> Mapping[RevisionId, PostWords]:
        """All words by their revisions; without a round trip once they have been read."""
        return await self.known()

    def heard(self, revisions: Sequence[tuple[Revision, PostWords]]) -> None:
        """Take revisions that this process has just added; what the stream told is newer."""
        for revision, words in revisions:
            self._known.setdefault(revision.id, words)


def _listed(document: Document) -> Listed:
    return from_document(Listed, document)


def _words(document: Document) -> PostWords:
    return converter.structure(document["words"], PostWords)
