"""Wallets and their entries as they are read, in MongoDB, and the codes for tills."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from domain.kernel.apply_once import State
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.ports import ENTRIES, TillCode
from domain.wallets.wallets import NO_EFFECT, Effect, Wallet, WalletId
from storage.mongo.kernel.database import EARLIEST, Database, DuplicateKeyError
from storage.mongo.kernel.documents import converter, find_by_ids, from_document, to_document
from storage.mongo.kernel.pages import NEWEST_FIRST, page
from storage.mongo.wallets.ledger import (
    as_movement,
    as_wallet,
    effect_of_mark,
    wallet_fields,
)

CODE_DIGITS = 16


class MongoWallets:
    """The wallets; see `domain.wallets.ports.Wallets`."""

    def __init__(self, database: Database) -> None:
        self._wallets = database["wallets"]
        self._movements = database["wallet_entries"]

    async def by_ids(self, ids: Collection[WalletId]) -> Mapping[WalletId, Wallet]:
        """The wallets of these ids; one into which nothing ever came is empty."""
        found = {one["_id"]: as_wallet(one) for one in await find_by_ids(self._wallets, list(ids))}
        return {one: found.get(one) or Wallet(id=one) for one in ids}

    async def due(self, now: datetime, most: int) -> Sequence[Wallet]:
        """Wallets in which something has ripened or lapsed."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._wallets.find(wanted).sort("due_at").limit(most).to_list(None)
        return [as_wallet(one) for one in found]

    async def holding_since(self, before: datetime, most: int) -> Sequence[Wallet]:
        """Wallets that have held something since before a moment."""
        wanted = {"holds.since": {"$gt": EARLIEST, "$lt": before}}
        found = await self._wallets.find(wanted).limit(most).to_list(None)
        return [as_wallet(one) for one in found]

    async def entries_of(self, id: WalletId, request: PageRequest) -> Page[WalletMovement]:
        """The movements that changed what a holder sees, the newest first."""
        wanted = {"target": id, "seen": True}
        return await page(self._movements, wanted, NEWEST_FIRST, request, ENTRIES, as_movement)

    async def carried(self, id: WalletId, merge_id: str) -> Sequence[str]:
        """The movements that carried something out of a wallet because of a merge."""
        wanted = {"target": id, "about": merge_id, "kind": MovementKind.CARRY}
        found = await self._movements.find(wanted, {"_id": 1}).to_list(None)
        return [one["_id"] for one in found]

    async def after(self, id: WalletId | None, most: int) -> Sequence[Wallet]:
        """The wallets that follow one by id, from the first one on for None."""
        wanted = {"_id": {"$gt": id or ""}}
        found = await self._wallets.find(wanted).sort("_id").limit(most).to_list(None)
        return [as_wallet(one) for one in found]

    async def sum_of_effects(self, id: WalletId) -> Effect:
        """All effects of a wallet's movements together, those that wait to be concluded too."""
        wallet = await self._wallets.find_one({"_id": id}, {"ops": 1}) or {}
        marks = {one["id"]: effect_of_mark(one) for one in wallet.get("ops", ())}
        result = NO_EFFECT
        async for one in self._movements.find({"target": id}, {"effect": 1, "state": 1}):
            if one["state"] == State.APPLIED:
                result = result.plus(converter.structure(one["effect"], Effect))
            elif one["state"] != State.REFUSED:
                result = result.plus(marks.get(one["_id"], NO_EFFECT))
        return result

    async def mend(self, wallet: Wallet, *, expected: int) -> bool:
        """Write a wallet over an expected version; False where it has another, or a mark."""
        fields = {**wallet_fields(wallet), "version": expected + 1}
        result = await self._wallets.update_one(
            {"_id": wallet.id, "version": expected, "ops": []}, {"$set": fields}
        )
        return result.matched_count == 1


class MongoTillCodes:
    """The codes that members show at tills; see `domain.wallets.ports.TillCodes`."""

    def __init__(self, database: Database) -> None:
        self._codes = database["till_codes"]

    async def put(self, code: TillCode) -> None:
        """Keep one; Conflict where there is one of the same digits."""
        try:
            await self._codes.insert_one(to_document(code, key="code"))
        except DuplicateKeyError:
            raise Conflict("Ask for another code.") from None

    async def find(self, code: str) -> TillCode | None:
        """The one of these digits, good or over."""
        found = await self._codes.find_one({"_id": code})
        return from_document(TillCode, found, key="code") if found else None

    def new(self) -> str:
        """Digits that nobody guesses."""
        return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
