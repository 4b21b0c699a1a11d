"""Reference data that another process changes just before this one writes."""

from collections.abc import Awaitable, Callable
from typing import Any

from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference

Edit = Callable[[MongoReference], Awaitable[Any]]


class Raced(MongoReference):
    """One process; `edit` is what another one does before this one's next writing, once."""

    edit: Edit | None = None

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._elsewhere = MongoReference(database)

    async def _save_documents(self, *args: Any, **named: Any) -> None:
        edit, self.edit = self.edit, None
        if edit is not None:
            await self._elsewhere.opened()
            await edit(self._elsewhere)
        await super()._save_documents(*args, **named)
