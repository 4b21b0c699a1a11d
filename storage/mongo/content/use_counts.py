"""The use counts of posts, in the posts themselves."""

from storage.mongo.kernel.database import Database
from storage.mongo.kernel.folds import MongoFolds


class MongoUseCounts(MongoFolds[int]):
    """A number in `counts.uses` of each post; posts that do not exist count nothing.

    Whoever saves a post leaves `counts` alone.
    """

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        super().__init__(
            self._posts,
            lambda post: post["counts"]["uses"],
            lambda _, uses: {"counts.uses": uses},
            only_known=True,
        )

    async def forget(self) -> None:
        """Set every count that facts have made to 0."""
        counted = {"counts.uses": {"$gt": 0}}
        await self._posts.update_many(counted, {"$set": {"counts.uses": 0}})
