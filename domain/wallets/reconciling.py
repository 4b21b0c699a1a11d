"""Reconciling: a wallet is the sum of its entries; where it is not, it is mended and told of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from domain.kernel.days import month_of
from domain.kernel.moments import NEVER
from domain.people.act import Act
from domain.wallets.lots import Portion, Portions, total
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import Effect, HeldUnits, Pending, Wallet, WalletId, contents

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A wallet that was not the sum of its entries, and whether it is now."""

    wallet_id: WalletId
    found: Effect
    entries: Effect
    mended: bool


async def reconcile_wallets(ports: WalletPorts, act: Act, *, mend: bool) -> AsyncIterator[Misfit]:
    """Recount all wallets from their entries, one after the other, and mend those that differ.

    One that changes meanwhile is left to the next time.
    """
    act.viewer.require("points.grant")
    last: WalletId | None = None
    while wallets := await ports.wallets.after(last, MOST_AT_ONCE):
        for wallet in wallets:
            entries = await ports.wallets.sum_of_effects(wallet.id)
            if entries == contents(wallet):
                continue
            [now] = (await ports.wallets.by_ids([wallet.id])).values()
            if now.version != wallet.version:
                continue
            mended = mend and await ports.wallets.mend(
                as_entries_say(wallet, entries, act), expected=wallet.version
            )
            yield Misfit(
                wallet_id=wallet.id, found=contents(wallet), entries=entries, mended=mended
            )
        last = wallets[-1].id


def as_entries_say(wallet: Wallet, entries: Effect, act: Act) -> Wallet:
    """The wallet with what its entries come to; dates that it knows stay."""
    return replace(
        wallet,
        lots=entries.lots,
        debt=entries.debt,
        pending=tuple(_pending(wallet, one, act) for one in entries.pending),
        holds=tuple(_hold(wallet, one, act) for one in entries.holds),
    )


def _pending(wallet: Wallet, share: Portion, act: Act) -> Pending:
    known = wallet.pending_of(share.key)
    if known:
        return replace(known, units=share.units)
    return Pending(id=share.key, units=share.units, month=month_of(act.at, 11), ripe_at=NEVER)


def _hold(wallet: Wallet, share: Portion, act: Act) -> HeldUnits:
    known = wallet.hold_of(share.key)
    if known and total(known.shares) == share.units:
        return known
    lots: Portions = (Portion(key=month_of(act.at, 11), units=share.units),)
    return HeldUnits(id=share.key, shares=lots, since=act.at)
