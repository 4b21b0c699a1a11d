"""Access tokens of outside platforms, shared by all processes."""

from storage.mongo.kernel.database import Database
from storage.outside.mini_program_codes import AccessToken


class MongoTokens:
    """One document an app."""

    def __init__(self, database: Database) -> None:
        self._tokens = database["access_tokens"]

    async def get(self, app_id: str) -> AccessToken | None:
        """The token of an app, fresh or not."""
        found = await self._tokens.find_one({"_id": app_id})
        return AccessToken(token=found["token"], expires_at=found["expires_at"]) if found else None

    async def put(self, app_id: str, token: AccessToken) -> None:
        """Keep a newer token."""
        fields = {"token": token.token, "expires_at": token.expires_at}
        await self._tokens.update_one({"_id": app_id}, {"$set": fields}, upsert=True)
