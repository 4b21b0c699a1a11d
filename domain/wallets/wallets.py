"""Wallets: what one holder has of one unit, such as a member's points.

Units are pending until what earned them can't be sent back any more; then they lie in lots. What an
order waits to pay with is held. What was to be taken back and was spent already is a debt, which
whatever comes in later repays first; while there is one, nothing can be spent.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.kernel.days import month_ends
from domain.kernel.moments import NEVER
from domain.wallets.lots import Portion, Portions, negative, summed, total, usable

WalletId = NewType("WalletId", str)


class Unit(StrEnum):
    """What a wallet holds."""

    POINTS = "POINTS"
    COINS = "COINS"


def wallet_id(unit: Unit, holder_id: str) -> WalletId:
    """The one wallet of a holder for a unit."""
    return WalletId(f"{unit.lower()}:{holder_id}")


def unit_of(id: WalletId) -> Unit:
    """What a wallet holds."""
    return Unit(id.partition(":")[0].upper())


def holder_of(id: WalletId) -> str:
    """Whose wallet it is."""
    return id.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Units that were earned by something and ripen at a moment, into the lot of a month."""

    id: str
    units: int
    month: str
    ripe_at: datetime = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnits:
    """Units that something waits to be paid with, by the lots they came from."""

    id: str
    shares: Portions
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The wallet to which another leads since a merge of their holders."""

    merge_id: str
    into: WalletId
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What a holder has: pending, in lots by the month they lapse in, held, and owed.

    What can be spent in one that has a `lead` is carried on to the other; what is pending or held
    in it stays until it can be. `version` counts its changes.
    """

    id: WalletId
    pending: tuple[Pending, ...] = ()
    lots: Portions = ()
    holds: tuple[HeldUnits, ...] = ()
    debt: int = 0
    lead: Lead | None = None
    version: int = 0

    def active(self, at: datetime) -> int:
        """What can be spent at a moment; below 0 where more is owed than is there."""
        return usable(self.lots, at) - self.debt

    @property
    def units_pending(self) -> int:
        """What is earned and not ripe."""
        return sum(one.units for one in self.pending)

    @property
    def units_held(self) -> int:
        """What waits to pay for something."""
        return sum(total(one.shares) for one in self.holds)

    @property
    def due_at(self) -> datetime:
        """When the clock has something to do with it: what is carried on, ripens or lapses."""
        if self.lead and (self.lots or self.debt):
            return self.lead.since
        ripens = (one.ripe_at for one in self.pending)
        return min((*ripens, *(month_ends(lot.key) for lot in self.lots)), default=NEVER)

    def pending_of(self, id: str) -> Pending | None:
        """The pending units that something earned."""
        return next((one for one in self.pending if one.id == id), None)

    def hold_of(self, id: str) -> HeldUnits | None:
        """The units that are held for something."""
        return next((one for one in self.holds if one.id == id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one movement did to a wallet: units by what earned them, month, and hold; and debt.

    All effects of a wallet together are what is in it.
    """

    pending: Portions = ()
    lots: Portions = ()
    holds: Portions = ()
    debt: int = 0

    @property
    def net(self) -> int:
        """What the holder has more, or below 0 less, whether it can be spent or not."""
        return total(self.pending) + total(self.lots) + total(self.holds) - self.debt

    @property
    def active(self) -> int:
        """What can be spent more, or below 0 less."""
        return total(self.lots) - self.debt

    def plus(self, other: "Effect") -> "Effect":
        """Both together."""
        return Effect(
            pending=summed(self.pending, other.pending),
            lots=summed(self.lots, other.lots),
            holds=summed(self.holds, other.holds),
            debt=self.debt + other.debt,
        )


NO_EFFECT = Effect()


def contents(wallet: Wallet) -> Effect:
    """All that is in a wallet, as if one movement had put it there."""
    return Effect(
        pending=summed(Portion(key=one.id, units=one.units) for one in wallet.pending),
        lots=summed(wallet.lots),
        holds=summed(Portion(key=one.id, units=total(one.shares)) for one in wallet.holds),
        debt=wallet.debt,
    )


def difference(before: Wallet, after: Wallet) -> Effect:
    """What makes one wallet of another."""
    left, right = contents(before), contents(after)
    return Effect(
        pending=summed(right.pending, negative(left.pending)),
        lots=summed(right.lots, negative(left.lots)),
        holds=summed(right.holds, negative(left.holds)),
        debt=right.debt - left.debt,
    )
