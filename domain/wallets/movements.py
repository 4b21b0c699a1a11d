"""Movements: the entries of wallets. Each is one rule on one wallet, and knows what it did."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.kernel.days import month_of
from domain.kernel.moments import NEVER
from domain.wallets.lots import (
    GRACE,
    Portion,
    Portions,
    lapsed,
    negative,
    soonest_first,
    summed,
    taken,
    total,
)
from domain.wallets.wallets import (
    NO_EFFECT,
    Effect,
    HeldUnits,
    Lead,
    Pending,
    Wallet,
    WalletId,
    difference,
)


class MovementKind(StrEnum):
    """What a movement is."""

    EARN = "EARN"
    RIPEN = "RIPEN"
    MATURE = "MATURE"
    CLAW_BACK = "CLAW_BACK"
    GRANT = "GRANT"
    HOLD = "HOLD"
    USE = "USE"
    RELEASE = "RELEASE"
    SPEND = "SPEND"
    GIVE_BACK = "GIVE_BACK"
    EXPIRE = "EXPIRE"
    LEAD = "LEAD"
    CARRY = "CARRY"
    MERGE = "MERGE"
    UNMERGE = "UNMERGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletMovement:
    """One change of one wallet, written down before it is done and never altered after.

    `about` is what it concerns: what earned pending units, what holds some. `month` is that of the
    lot that earned units come to lie in, `shares` the lots to which units come back, `rule` the
    version of the rule that made `units`. Between the wallets of members who were merged, `about`
    is the merge, `into` the other wallet, `shares` may be below 0, and `units` are owed, or below 0
    are owed no more. Once done it has its `effect`.
    """

    id: str
    target: WalletId
    kind: MovementKind
    at: datetime
    units: int = 0
    about: str = ""
    month: str = ""
    shares: Portions = ()
    ripe_at: datetime = NEVER
    rule: int = 0
    reason: str = ""
    by: str = ""
    into: WalletId | None = None
    effect: Effect = NO_EFFECT

    def same_as(self, other: "WalletMovement") -> bool:
        """Whether both ask for the same, whenever they did."""
        return replace(self, at=other.at, effect=other.effect) == other


def applied(wallet: Wallet, movement: WalletMovement) -> tuple[Wallet, WalletMovement] | None:
    """The wallet after a movement, and the movement with what it did; None where it can't be."""
    after = _RULES[movement.kind](wallet, movement)
    if after is None:
        return None
    return after, replace(movement, effect=difference(wallet, after))


def _earn(wallet: Wallet, one: WalletMovement) -> Wallet:
    earned = Pending(id=one.about, units=one.units, month=one.month, ripe_at=one.ripe_at)
    return replace(wallet, pending=(*wallet.pending, earned)) if one.units else wallet


def _ripen(wallet: Wallet, one: WalletMovement) -> Wallet:
    """Say when units ripen; of several such words the latest moment holds."""
    found = wallet.pending_of(one.about)
    if found is None or NEVER > found.ripe_at >= one.ripe_at:
        return wallet
    return _with_pending(wallet, replace(found, ripe_at=one.ripe_at))


def _mature(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    found = wallet.pending_of(one.about)
    if found is None or found.ripe_at > one.at:
        return None
    lots = (Portion(key=found.month, units=found.units),)
    return _credited(_with_pending(wallet, replace(found, units=0)), lots, one.at)


def _claw_back(wallet: Wallet, one: WalletMovement) -> Wallet:
    """Take back what was earned: what is pending of it, its own lot, other lots, then as a debt."""
    units = one.units
    if found := wallet.pending_of(one.about):
        part = min(found.units, units)
        wallet = _with_pending(wallet, replace(found, units=found.units - part))
        units -= part
    return _owing(wallet, units, {one.month})


def _grant(wallet: Wallet, one: WalletMovement) -> Wallet:
    return _credited(wallet, (Portion(key=one.month, units=one.units),), one.at)


def _spend(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    shares = None if wallet.debt else soonest_first(wallet.lots, one.units, one.at)
    return None if shares is None else _less(wallet, shares)


def _hold(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    shares = None if wallet.debt else soonest_first(wallet.lots, one.units, one.at)
    if shares is None or wallet.hold_of(one.about):
        return None
    held = HeldUnits(id=one.about, shares=shares, since=one.at)
    return replace(_less(wallet, shares), holds=(*wallet.holds, held))


def _use(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    return _without_hold(wallet, one.about) if wallet.hold_of(one.about) else None


def _release(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    held = wallet.hold_of(one.about)
    if held is None:
        return None
    return _credited(_without_hold(wallet, one.about), held.shares, one.at)


def _give_back(wallet: Wallet, one: WalletMovement) -> Wallet:
    return _credited(wallet, one.shares, one.at)


def _expire(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    over = tuple(lot for lot in wallet.lots if lapsed(lot.key, one.at))
    return _less(wallet, over) if over else None


def _lead(wallet: Wallet, one: WalletMovement) -> Wallet:
    """Have the wallet lead to another, or stand for itself again if this merge made it lead."""
    if one.into:
        return replace(wallet, lead=Lead(merge_id=one.about, into=one.into, since=one.at))
    led_by_this = wallet.lead is not None and wallet.lead.merge_id == one.about
    return replace(wallet, lead=None) if led_by_this else wallet


def _carry(wallet: Wallet, one: WalletMovement) -> Wallet | None:
    """Take out all that can be spent and is owed, for the wallet that this one leads to."""
    lead = wallet.lead
    lots = tuple(lot for lot in wallet.lots if not lapsed(lot.key, one.at))
    if lead is None or lead.merge_id != one.about or not (lots or wallet.debt):
        return None
    return replace(_less(wallet, lots), debt=0)


def _merged(wallet: Wallet, one: WalletMovement) -> Wallet:
    """Put in what another wallet had, or undo that: what is not there any more is owed."""
    given = (*(share for share in one.shares if share.units > 0),)
    taken_back = [share for share in one.shares if share.units < 0]
    if one.units < 0:
        given = (*given, Portion(key=one.month, units=-one.units))
    units = -total(taken_back) + max(0, one.units)
    return _owing(_credited(wallet, given, one.at), units, {share.key for share in taken_back})


_RULES: Mapping[MovementKind, Callable[[Wallet, WalletMovement], Wallet | None]] = {
    MovementKind.EARN: _earn,
    MovementKind.RIPEN: _ripen,
    MovementKind.MATURE: _mature,
    MovementKind.CLAW_BACK: _claw_back,
    MovementKind.GRANT: _grant,
    MovementKind.HOLD: _hold,
    MovementKind.USE: _use,
    MovementKind.RELEASE: _release,
    MovementKind.SPEND: _spend,
    MovementKind.GIVE_BACK: _give_back,
    MovementKind.EXPIRE: _expire,
    MovementKind.LEAD: _lead,
    MovementKind.CARRY: _carry,
    MovementKind.MERGE: _merged,
    MovementKind.UNMERGE: _merged,
}


def _credited(wallet: Wallet, shares: Portions, at: datetime) -> Wallet:
    """Put units into lots, after what is owed; a lot that has lapsed is one of grace instead."""
    grace = month_of(at + GRACE)
    lots = summed(
        Portion(key=grace if lapsed(one.key, at) else one.key, units=one.units) for one in shares
    )
    repaid = min(wallet.debt, total(lots))
    lots = summed(lots, negative(taken(lots, repaid) or ()))
    return replace(wallet, lots=summed(wallet.lots, lots), debt=wallet.debt - repaid)


def _owing(wallet: Wallet, units: int, months: Collection[str]) -> Wallet:
    """Take units out of the lots of some months, then of others, and owe what is not there."""
    own_first = sorted(wallet.lots, key=lambda lot: lot.key not in months)
    part = min(units, total(own_first))
    shares = taken(own_first, part) or ()
    return replace(_less(wallet, shares), debt=wallet.debt + units - part)


def _less(wallet: Wallet, shares: Portions) -> Wallet:
    return replace(wallet, lots=summed(wallet.lots, negative(shares)))


def _with_pending(wallet: Wallet, changed: Pending) -> Wallet:
    """The wallet with other pending units of one source; none are left out."""
    pending = (changed if one.id == changed.id else one for one in wallet.pending)
    return replace(wallet, pending=tuple(one for one in pending if one.units))


def _without_hold(wallet: Wallet, id: str) -> Wallet:
    return replace(wallet, holds=tuple(one for one in wallet.holds if one.id != id))
