"""What wallets need of storage, and of those who know members."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.kernel.apply_once import Ledger
from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.rule_versions import RuleVersions
from domain.members.merges import Merges
from domain.people.accounts import Members
from domain.people.limits import Tallies
from domain.wallets.movements import WalletMovement
from domain.wallets.points_rules import PointsRule
from domain.wallets.wallets import Effect, Unit, Wallet, WalletId, wallet_id

ENTRIES = Cursors("entries of a wallet", datetime, str)


class Wallets(Protocol):
    """The wallets as they stand; only the ledger changes them."""

    async def by_ids(self, ids: Collection[WalletId]) -> Mapping[WalletId, Wallet]:
        """The wallets of these ids; one into which nothing ever came is empty."""

    async def due(self, now: datetime, most: int) -> Sequence[Wallet]:
        """Wallets in which something has ripened or lapsed."""

    async def holding_since(self, before: datetime, most: int) -> Sequence[Wallet]:
        """Wallets that have held something since before a moment."""

    async def entries_of(self, id: WalletId, request: PageRequest) -> Page[WalletMovement]:
        """The movements that changed what a holder sees, the newest first."""

    async def carried(self, id: WalletId, merge_id: str) -> Sequence[str]:
        """The movements that carried something out of a wallet because of a merge."""

    async def after(self, id: WalletId | None, most: int) -> Sequence[Wallet]:
        """The wallets that follow one by id, from the first one on for None."""

    async def sum_of_effects(self, id: WalletId) -> Effect:
        """All effects of a wallet's movements together, those that wait to be concluded too."""

    async def mend(self, wallet: Wallet, *, expected: int) -> bool:
        """Write a wallet over an expected version; False where it has another, or a mark."""


class PointRates(Protocol):
    """How much more than usual members earn."""

    async def percents(self, member_ids: Collection[PersonId]) -> Mapping[PersonId, int]:
        """The percent of the usual rate of those for whom it is not 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillCode:
    """What a member shows at a till to pay with points; good for a minute, and once."""

    code: str
    member_id: PersonId
    expires_at: datetime


class TillCodes(Protocol):
    """The codes that were given out."""

    async def put(self, code: TillCode) -> None:
        """Keep one; Conflict where there is one of the same digits."""

    async def find(self, code: str) -> TillCode | None:
        """The one of these digits, good or over."""

    def new(self) -> str:
        """Digits that nobody guesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPorts(Ports):
    """The ports that wallets need."""

    ledger: Ledger[WalletMovement]
    wallets: Wallets
    rules: RuleVersions[PointsRule]
    rates: PointRates
    codes: TillCodes
    merges: Merges
    members: Members
    tallies: Tallies

    async def points_of(self, member_id: PersonId) -> Wallet:
        """A member's wallet of points; one into which nothing ever came is empty."""
        return await self.wallet_of(Unit.POINTS, member_id)

    async def wallet_of(self, unit: Unit, holder_id: str) -> Wallet:
        """A holder's wallet of a unit; one into which nothing ever came is empty."""
        [wallet] = (await self.wallets.by_ids([wallet_id(unit, holder_id)])).values()
        return wallet
