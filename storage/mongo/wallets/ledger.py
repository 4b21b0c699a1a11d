"""The entries of wallets in MongoDB: written down first, then done to their wallet once.

A movement's document has its fields, its `state` and, until it is concluded, the moment `open_at`
since which it waits; `seen` says that it changed what its holder sees. Its mark, with what it did,
is in `ops` of the wallet. A wallet is written over the version that it was read in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.kernel.apply_once import Entry, State
from domain.kernel.refusals import Unavailable
from domain.wallets.movements import WalletMovement, applied
from domain.wallets.wallets import Effect, Wallet, WalletId
from storage.mongo.kernel.apply_once import MongoMovements, when_written
from storage.mongo.kernel.database import (
    BulkWriteError,
    Database,
    Document,
    UpdateOne,
    only_duplicates,
)
from storage.mongo.kernel.documents import (
    converter,
    find_by_ids,
    from_document,
    to_document,
)

MOST_TRIES = 20
Entries = Mapping[str, Entry[WalletMovement]]


@dataclass(slots=True)
class _Round:
    """What one look at the wallets comes to: what is done, what can't be, and what to write."""

    done: dict[str, Entry[WalletMovement]] = field(default_factory=dict)
    impossible: set[str] = field(default_factory=set)
    writing: dict[str, Entry[WalletMovement]] = field(default_factory=dict)
    writes: list[UpdateOne] = field(default_factory=list)


class MongoWalletLedger(MongoMovements[WalletMovement]):
    """The ledger of wallets; see `domain.kernel.apply_once.Ledger`."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = when_written) -> None:
        super().__init__(database["wallet_entries"], database["wallets"], clock)

    def _written(self, movement: WalletMovement) -> Document:
        return {**to_document(movement), "seen": False}

    def _read(self, document: Document) -> WalletMovement:
        return as_movement(document)

    def _target_of(self, movement: WalletMovement) -> str:
        return movement.target

    async def change(self, movements: Sequence[WalletMovement]) -> Entries:
        """Change each wallet that holds no mark of the movement, and mark it in the same write."""
        done: dict[str, Entry[WalletMovement]] = {}
        impossible: set[str] = set()
        for _ in range(MOST_TRIES):
            left = [one for one in movements if one.id not in done and one.id not in impossible]
            if not left:
                return done
            looked = await self._look(left)
            done |= looked.done
            if await self._write(looked.writes):
                done |= looked.writing
                impossible |= looked.impossible
        raise Unavailable("This wallet is changing too fast just now; try again in a moment.")

    async def refuse(self, movements: Sequence[WalletMovement]) -> Entries:
        """Mark each wallet that holds no mark of the movement: refused. Answers all marks."""
        for _ in range(MOST_TRIES):
            marks = [self._mark(one, State.REFUSED) for one in movements]
            await self._write(
                [
                    UpdateOne(
                        {"_id": one.target, "ops.id": {"$ne": one.id}},
                        {"$push": {"ops": mark}},
                        upsert=True,
                    )
                    for one, mark in zip(movements, marks, strict=True)
                ]
            )
            found = await self._documents(movements)
            told = [_marked(one, found.get(one.target, {})) for one in movements]
            if all(told):
                return {entry.movement.id: entry for entry in told if entry}
        raise Unavailable("This wallet is changing too fast just now; try again in a moment.")

    async def conclude(
        self, entries: Collection[Entry[WalletMovement]], before: State
    ) -> Collection[str]:
        """Set movements from a state to what was decided; answer those certainly set by this."""
        writes = [
            UpdateOne({"_id": entry.movement.id, "state": before}, _concluding(entry))
            for entry in entries
        ]
        result = await self._movements.bulk_write(writes, ordered=False)
        # Of several it is not told which; a mark too many is only kept for its day.
        certain = result.modified_count == len(writes)
        return {entry.movement.id for entry in entries} if certain else ()

    async def _look(self, movements: Sequence[WalletMovement]) -> _Round:
        """What movements make of their wallets, several of one wallet one after the other."""
        looked = _Round()
        found = await self._documents(movements)
        by_wallet: dict[WalletId, list[WalletMovement]] = {}
        for one in movements:
            by_wallet.setdefault(one.target, []).append(one)
        for wallet, some in by_wallet.items():
            self._look_at(wallet, found.get(wallet, {}), some, looked)
        return looked

    def _look_at(
        self,
        wallet_id: WalletId,
        document: Document,
        movements: Sequence[WalletMovement],
        looked: _Round,
    ) -> None:
        before = wallet = as_wallet({**document, "_id": wallet_id})
        made: list[Entry[WalletMovement]] = []
        for one in movements:
            if entry := _marked(one, document):
                looked.done[one.id] = entry
            elif (result := applied(wallet, one)) is None:
                looked.impossible.add(one.id)
            else:
                wallet, done = result
                made.append(Entry(movement=done, state=State.APPLIED))
        if made:
            looked.writing |= {entry.movement.id: entry for entry in made}
            marks = [self._mark(entry.movement, State.APPLIED) for entry in made]
            looked.writes.append(_writing(before, wallet, marks))

    async def _write(self, writes: Sequence[UpdateOne]) -> bool:
        """Write to wallets; True if it is certain of all."""
        if not writes:
            return True
        try:
            result = await self._targets.bulk_write(list(writes), ordered=False)
        except BulkWriteError as fault:
            only_duplicates(fault)  # somebody else has made the wallet meanwhile
            return False
        return result.matched_count + result.upserted_count == len(writes)

    async def _documents(self, movements: Sequence[WalletMovement]) -> Mapping[str, Document]:
        targets = sorted({one.target for one in movements})
        return {one["_id"]: one for one in await find_by_ids(self._targets, targets)}

    def _mark(self, one: WalletMovement, state: State) -> Document:
        effect = converter.unstructure(one.effect)
        return {"id": one.id, "state": state, "at": self._clock(), "effect": effect}


def as_wallet(document: Document) -> Wallet:
    """A wallet; of one into which nothing ever came there may be marks alone."""
    return from_document(Wallet, document)


def as_movement(document: Document) -> WalletMovement:
    """A movement, with what it did once it is concluded."""
    return from_document(WalletMovement, document)


def wallet_fields(wallet: Wallet) -> Document:
    """What is written of a wallet, with the moment at which the clock has to do with it."""
    fields = {**to_document(wallet), "due_at": wallet.due_at}
    del fields["_id"]
    return fields


def effect_of_mark(mark: Document) -> Effect:
    """What a marked movement did."""
    return converter.structure(mark["effect"], Effect)


def _writing(before: Wallet, after: Wallet, marks: Sequence[Document]) -> UpdateOne:
    ids = [mark["id"] for mark in marks]
    fields = wallet_fields(replace(after, version=before.version + 1))
    return UpdateOne(
        {"_id": before.id, "version": before.version or None, "ops.id": {"$nin": ids}},
        {"$set": fields, "$push": {"ops": {"$each": list(marks)}}},
        upsert=before.version == 0,
    )


def _marked(one: WalletMovement, document: Document) -> Entry[WalletMovement] | None:
    for mark in document.get("ops", ()):
        if mark["id"] == one.id:
            done = replace(one, effect=effect_of_mark(mark))
            return Entry(movement=done, state=State(mark["state"]))
    return None


def _concluding(entry: Entry[WalletMovement]) -> Document:
    effect = entry.movement.effect
    seen = bool(effect.active or effect.pending)
    fields = {"state": entry.state, "effect": converter.unstructure(effect), "seen": seen}
    return {"$set": fields, "$unset": {"open_at": ""}}
