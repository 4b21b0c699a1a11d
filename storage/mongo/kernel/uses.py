"""The where-used index in MongoDB: one document for each user, found by what it refers to."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid, refuse_all
from domain.kernel.uses import CURSORS, ClaimedUses, FoundUse, Use, Used, UsedKind, User, UserKind
from storage.mongo.kernel.database import ASCENDING, Database, DeleteOne, Document, UpdateOne
from storage.mongo.kernel.documents import find_by_ids
from storage.mongo.kernel.pages import page

BATCH = 200


class MongoUses:
    """Users in `uses`, keyed by kind and id, each with the claims of its versions.

    `settled` is the newest version that is known to be saved; where the one claim is of it, that
    is all that the user refers to.
    """

    def __init__(self, database: Database) -> None:
        self._uses = database["uses"]
        self._assets = database["assets"]

    async def claim(self, users: Iterable[User]) -> ClaimedUses:
        """Hold what each of these is to refer to, beside all that the index has of it.

        The assets are looked for after the write as well as before it: an asset's deletion marks
        it first and looks for uses then, so that one of the two always sees the other.
        """
        users = tuple(users)
        await self._require_assets(users)
        found = await find_by_ids(self._uses, [_key(user) for user in users])
        known = {one["_id"]: one for one in found}
        news = tuple(user for user in users if not _says(known.get(_key(user)), user))
        claim = ClaimedUses(token=secrets.token_hex(8), users=news)
        await self._write([_claiming(user, claim.token) for user in news])
        try:
            await self._require_assets(news)
        except Invalid:
            await self.withdraw(claim)
            raise
        return claim

    async def settle(self, claim: ClaimedUses) -> None:
        """Forget what others have claimed for these versions, and all that was before."""
        await self._write([_settling(user, claim.token) for user in claim.users])
        await self._write(
            DeleteOne({"_id": _key(user), "claims": {"$size": 1}, "claims.0.token": claim.token})
            for user in claim.users
            if not user.uses
        )

    async def withdraw(self, claim: ClaimedUses) -> None:
        """Forget the claim and nothing else."""
        keys = [_key(user) for user in claim.users]
        forget = {"$pull": {"claims": {"token": claim.token}}}
        await self._write(UpdateOne({"_id": key}, forget) for key in keys)
        await self._write(DeleteOne({"_id": key, "claims": []}) for key in keys)

    async def of(self, target: Used, request: PageRequest) -> Page[FoundUse]:
        """A page of those who use something, in the order of their kinds and ids."""
        wanted, order = {"claims.targets": _target(target)}, [("key", ASCENDING)]
        return await page(
            self._uses, wanted, order, request, CURSORS, lambda one: _found(one, target)
        )

    async def any(self, target: Used) -> bool:
        """Whether something is used anywhere."""
        wanted = {"claims.targets": _target(target)}
        return await self._uses.find_one(wanted, {"_id": 1}) is not None

    async def _write(self, writes: Iterable[Any]) -> None:
        writes = list(writes)
        for start in range(0, len(writes), BATCH):
            await self._uses.bulk_write(writes[start : start + BATCH], ordered=False)

    async def _require_assets(self, users: Iterable[User]) -> None:
        uses = [
            (user, use) for user in users for use in user.uses if use.target.kind is UsedKind.ASSET
        ]
        wanted = list(dict.fromkeys(use.target.id for _, use in uses))
        of_consumers: dict[str, bool] = {}
        for start in range(0, len(wanted), BATCH):
            batch = {"_id": {"$in": wanted[start : start + BATCH]}, "state": {"$ne": "DELETED"}}
            for one in await self._assets.find(batch, {"by_consumer": 1}).to_list(None):
                of_consumers[one["_id"]] = one.get("by_consumer", False)
        refuse_all(
            refusal
            for user, use in uses
            if (refusal := _refusal(user, use, of_consumers.get(use.target.id)))
        )


def _says(entry: Document | None, user: User) -> bool:
    """Whether the index knows just this of a user, and of no other version than a saved one."""
    if entry is None:
        return not user.uses
    if len(entry["claims"]) != 1 or entry["claims"][0]["version"] != entry.get("settled"):
        return False
    [claim] = entry["claims"]
    return bool(claim["fields"] == _fields(user) and claim["label"] == user.label)


def _claiming(user: User, token: str) -> UpdateOne:
    made = {
        "version": user.version,
        "token": token,
        "label": user.label,
        "fields": _fields(user),
        "targets": sorted({_target(use.target) for use in user.uses}),
    }
    named = {"key": _key(user), "kind": user.kind.value, "id": user.id}
    change = {"$push": {"claims": made}, "$setOnInsert": named}
    return UpdateOne({"_id": _key(user)}, change, upsert=True)


def _settling(user: User, token: str) -> UpdateOne:
    others = {"version": {"$lte": user.version}, "token": {"$ne": token}}
    change = {"$pull": {"claims": others}, "$max": {"settled": user.version}}
    return UpdateOne({"_id": _key(user)}, change)


def _refusal(user: User, use: Use, of_consumer: bool | None) -> Invalid | None:
    """Why a user may not refer to an asset, which is a consumer's or not, or none that there is."""
    if of_consumer is None:
        message = f"There is no asset {use.target.id}; upload it, or choose another."
    elif of_consumer and not user.of_consumers:
        message = (
            f"Asset {use.target.id} is a consumer's picture: it is shown in their buyer show, and "
            "with their consent in what buyerShowReuse makes of it. Choose one of the brand's."
        )
    else:
        return None
    return Invalid(message, field=use.field.split("."))


def _key(user: User) -> str:
    return f"{user.kind.value}:{user.id}"


def _target(target: Used) -> str:
    return f"{target.kind.value}:{target.id}"


def _fields(user: User) -> list[list[str]]:
    return [[_target(use.target), use.field] for use in user.uses]


def _found(document: Mapping[str, Any], target: Used) -> FoundUse:
    wanted = _target(target)
    claims: Sequence[Any] = [one for one in document["claims"] if wanted in one["targets"]]
    fields = (field for one in claims for used, field in one["fields"] if used == wanted)
    return FoundUse(
        kind=UserKind(document["kind"]),
        id=document["id"],
        label=claims[-1]["label"],
        fields=tuple(dict.fromkeys(fields)),
    )
