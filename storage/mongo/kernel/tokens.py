"""Access tokens of outside platforms, shared by all processes."""

import contextlib
from datetime import datetime

from storage.mongo.kernel.database import Database, DuplicateKeyError
from storage.outside.wechat_token import AccessToken


class MongoTokens:
    """One document an app, and one for what a process has claimed for a while."""

    def __init__(self, database: Database) -> None:
        self._tokens = database["access_tokens"]
        self._claims = database["access_token_claims"]

    async def get(self, app_id: str) -> AccessToken | None:
        """The token of an app, fresh or not."""
        found = await self._tokens.find_one({"_id": app_id})
        return AccessToken(token=found["token"], expires_at=found["expires_at"]) if found else None

    async def put(self, app_id: str, token: AccessToken) -> None:
        """Keep a newer token."""
        fields = {"token": token.token, "expires_at": token.expires_at}
        await self._tokens.update_one({"_id": app_id}, {"$set": fields}, upsert=True)

    async def claim(self, what: str, *, now: datetime, until: datetime) -> bool:
        """Have something to oneself until a moment, unless somebody else has."""
        with contextlib.suppress(DuplicateKeyError):
            await self._claims.insert_one({"_id": what, "until": until})
            return True
        claimed = await self._claims.update_one(
            {"_id": what, "until": {"$lte": now}}, {"$set": {"until": until}}
        )
        return claimed.modified_count == 1

    async def let_go(self, what: str, until: datetime) -> None:
        """Give back what was claimed until then."""
        await self._claims.delete_one({"_id": what, "until": until})
