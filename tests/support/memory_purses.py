"""Wallets in memory whose writer may be cut short at any write, and comes again."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from domain.wallets.movements import MovementKind, WalletMovement, applied
from domain.wallets.points_rules import PointsRule
from domain.wallets.wallets import Wallet, WalletId
from tests.support.members import StandingMerges
from tests.support.memory_ports import Disk, MemoryLedger


class CutShort(Exception):
    """What a crash looks like from within."""


class MemoryPurses(MemoryLedger):
    """Both the ledger and the wallets; `crash_in` so many writes it raises CutShort, once."""

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__()
        self.disk = disk
        self.wallets: dict[str, Wallet] = {}
        self.crash_in: int | None = None

    def _write(self) -> None:
        if self.disk:
            self.disk.moment()
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise CutShort

    def applied(self, movement: WalletMovement) -> WalletMovement | None:
        wallet = self.wallets.get(movement.target) or Wallet(id=movement.target)
        if (result := applied(wallet, movement)) is None:
            return None
        after, done = result
        self.wallets[movement.target] = replace(after, version=wallet.version + 1)
        return done

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
