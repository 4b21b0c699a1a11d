"""The where-used index in MongoDB: one document for each user, found by what it refers to."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.kernel.paging import Page, PageRequest, write_cursor
from domain.kernel.refusals import Invalid, refuse_all
from domain.kernel.uses import FoundUse, Target, TargetKind, Use, User, UserKind
from storage.mongo.kernel.database import Database, DeleteOne, Document, ReplaceOne

BATCH = 200


class MongoUses:
    """Users in `uses`, keyed by kind and id; `targets` is what the index is on."""

    def __init__(self, database: Database) -> None:
        self._uses = database["uses"]
        self._assets = database["assets"]

    async def replace(self, users: Iterable[User]) -> None:
        """Set what each of these refers to, over what the index had of it; no uses, no entry.

        The assets are looked for after the write as well as before it: an asset's deletion marks
        it first and looks for uses then, so that one of the two always sees the other.
        """
        users = tuple(users)
        await self._require_assets(users)
        writes: list[Any] = [
            ReplaceOne({"_id": _key(user)}, _document(user), upsert=True)
            if user.uses
            else DeleteOne({"_id": _key(user)})
            for user in users
        ]
        for start in range(0, len(writes), BATCH):
            await self._uses.bulk_write(writes[start : start + BATCH], ordered=False)
        await self._require_assets(users)

    async def of(self, target: Target, page: PageRequest) -> Page[FoundUse]:
        """A page of those who use something, in the order of their kinds and ids."""
        everywhere = {"targets": _target(target)}
        position = page.position()
        query = everywhere if position is None else {**everywhere, "key": {"$gt": str(position[0])}}
        found = await self._uses.find(query).sort([("key", 1)]).limit(page.first + 1).to_list(None)
        shown = found[: page.first]
        return Page(
            items=[_found(document, target) for document in shown],
            cursors=[write_cursor(document["key"]) for document in shown],
            has_next=len(found) > page.first,
            total=await self._uses.count_documents(everywhere),
        )

    async def any(self, target: Target) -> bool:
        """Whether something is used anywhere."""
        return await self._uses.find_one({"targets": _target(target)}, {"_id": 1}) is not None

    async def _require_assets(self, users: Iterable[User]) -> None:
        uses = [use for user in users for use in user.uses]
        wanted = list(dict.fromkeys(u.target.id for u in uses if u.target.kind is TargetKind.ASSET))
        there: set[str] = set()
        for start in range(0, len(wanted), BATCH):
            batch = {"_id": {"$in": wanted[start : start + BATCH]}, "state": {"$ne": "DELETED"}}
            there.update(d["_id"] for d in await self._assets.find(batch, {"_id": 1}).to_list(None))
        refuse_all(_missing(use) for use in uses if use.target.id in set(wanted) - there)


def _missing(use: Use) -> Invalid:
    message = f"There is no asset {use.target.id}; upload it, or choose another."
    return Invalid(message, field=use.field.split("."))


def _key(user: User) -> str:
    return f"{user.kind.value}:{user.id}"


def _target(target: Target) -> str:
    return f"{target.kind.value}:{target.id}"


def _document(user: User) -> Document:
    return {
        "_id": _key(user),
        "key": _key(user),
        "kind": user.kind.value,
        "id": user.id,
        "label": user.label,
        "fields": [[_target(use.target), use.field] for use in user.uses],
        "targets": sorted({_target(use.target) for use in user.uses}),
    }


def _found(document: Mapping[str, Any], target: Target) -> FoundUse:
    wanted = _target(target)
    return FoundUse(
        kind=UserKind(document["kind"]),
        id=document["id"],
        label=document["label"],
        fields=tuple(field for used, field in document["fields"] if used == wanted),
    )
