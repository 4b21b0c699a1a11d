"""Head office's policy for returns in MongoDB, one document."""

from domain.mall.fulfilment.return_policy import POLICY_ID, ReturnPolicy
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.documents import from_document, save_version, to_document


class MongoReturnPolicies:
    """See `domain.mall.fulfilment.return_policy.ReturnPolicies`."""

    def __init__(self, database: Database) -> None:
        self._policies = database["return_policies"]

    async def now(self) -> ReturnPolicy:
        """The policy that was set last; the default one where none was."""
        found = await self._policies.find_one({"_id": POLICY_ID})
        return from_document(ReturnPolicy, found) if found else ReturnPolicy()

    async def save(self, policy: ReturnPolicy, *, expected: int) -> None:
        """Write it over its expected version, 0 for none; Conflict if it has another."""
        await save_version(self._policies, to_document(policy), expected=expected)
