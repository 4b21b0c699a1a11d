"""Wallets in memory whose writer may be cut short at any write, and comes again."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from domain.kernel.apply_once import Entry, State
from domain.wallets.movements import MovementKind, WalletMovement, applied
from domain.wallets.points_rules import PointsRule
from domain.wallets.wallets import Wallet, WalletId
from tests.support.members import StandingMerges


class CutShort(Exception):
    """What a crash looks like from within."""


class MemoryPurses:
    """Both the ledger and the wallets; `crash_in` so many writes it raises CutShort, once."""

    def __init__(self) -> None:
        self.wallets: dict[str, Wallet] = {}
        self.marks: dict[str, Entry[WalletMovement]] = {}
        self.written: dict[str, Entry[WalletMovement]] = {}
        self.crash_in: int | None = None

    def _write(self) -> None:
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise CutShort

    async def insert(self, movements: Sequence[WalletMovement]):
        self._write()
        fresh = [one for one in movements if one.id not in self.written]
        self.written |= {one.id: Entry(movement=one, state=State.NEW) for one in fresh}
        return [one.id for one in fresh]

    async def change(self, movements: Sequence[WalletMovement]):
        done = {}
        for one in movements:
            if one.id not in self.marks:
                self._write()
                wallet = self.wallets.get(one.target) or Wallet(id=one.target)
                if (result := applied(wallet, one)) is None:
                    continue
                after, movement = result
                self.wallets[one.target] = replace(after, version=wallet.version + 1)
                self.marks[one.id] = Entry(movement=movement, state=State.APPLIED)
            done[one.id] = self.marks[one.id]
        return done

    async def refuse(self, movements: Sequence[WalletMovement]):
        self._write()
        for one in movements:
            self.marks.setdefault(one.id, Entry(movement=one, state=State.REFUSED))
        return {one.id: self.marks[one.id] for one in movements}

    async def conclude(self, entries: Sequence[Entry[WalletMovement]], before: State):
        self._write()
        for one in entries:
            if self.written[one.movement.id].state is before:
                self.written[one.movement.id] = one
        return [one.movement.id for one in entries]

    async def unmark(self, entries: Sequence[Entry[WalletMovement]]) -> None:
        # Marks stay here, as those of a writer who was paused do.
        self._write()

    async def claim(self, ids: Sequence[str]) -> None:
        self._write()
        for one in ids:
            if self.written[one].state is State.NEW:
                self.written[one] = replace(self.written[one], state=State.TAKING)

    async def entries(self, ids: Sequence[str]):
        return {one: self.written[one] for one in ids if one in self.written}

    async def open_since(self, before: object, most: int):
        return [one for one, entry in self.written.items() if not entry.concluded]

    async def forget_marks(self, before: object, most: int) -> None:
        return None

    async def by_ids(self, ids: Sequence[WalletId]):
        return {one: self.wallets.get(one) or Wallet(id=one) for one in ids}

    async def carried(self, id: WalletId, merge_id: str):
        return [
            entry.movement.id
            for entry in self.written.values()
            if entry.movement.kind is MovementKind.CARRY
            and (entry.movement.target, entry.movement.about) == (id, merge_id)
        ]

    def ports(self) -> Any:
        """The ports of wallets, as far as following merges needs them."""
        return SimpleNamespace(
            ledger=self,
            wallets=self,
            rules=SimpleNamespace(now=lambda: PointsRule()),
            merges=StandingMerges(),
        )
