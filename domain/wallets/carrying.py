"""Points follow members who are made one, and come back where that is undone.

The wallet of the one leads to the other's: what can be spent or is owed in it is carried on, now
and whenever more comes into it, such as points that ripen or an old order's refund. What is pending
or held stays where it is until then. Undone, each has again what it would have: what was carried
goes back, what it repaid is owed again, and what the other has spent of it meanwhile the other
owes. What has lapsed by then would have lapsed anyway.
"""

from functools import partial

from domain.kernel.apply_once import State, apply_once, take
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED
from domain.members.merges import stands
from domain.people.act import Act
from domain.wallets.keeping import carried_on, taken_over, tend_wallet
from domain.wallets.lots import Portions, lapsed, negative
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import NO_EFFECT, Effect, Unit, WalletId, wallet_id

MERGE_FACTS = frozenset({MEMBER_MERGED, MEMBER_UNMERGED})


async def follow_merges(ports: WalletPorts, act: Act, batch: Batch) -> None:
    """Let points follow merges and what undoes them."""
    for fact in batch.facts:
        loser = wallet_id(Unit.POINTS, fact.data["loser"])
        survivor = wallet_id(Unit.POINTS, fact.data["survivor"])
        merged = fact.kind == MEMBER_MERGED
        if merged and not await stands(ports.merges, fact.data["merge"]):
            # Whatever it has done already is undone by the fact that says so.
            continue
        await apply_once(ports.ledger, [_leading(fact, loser, survivor if merged else None)])
        if not merged:
            await _carry_back(ports, act, fact, loser, survivor)
        wallets = await ports.wallets.by_ids([loser, survivor])
        for one in wallets.values():
            await tend_wallet(ports, act, one)


def _leading(fact: Fact, wallet: WalletId, into: WalletId | None) -> WalletMovement:
    merge = fact.data["merge"]
    return WalletMovement(
        id=f"{'lead' if into else 'part'}:{merge}",
        target=wallet,
        kind=MovementKind.LEAD,
        at=fact.at,
        about=merge,
        into=into,
    )


async def _carry_back(
    ports: WalletPorts, act: Act, fact: Fact, loser: WalletId, survivor: WalletId
) -> None:
    """Undo what was carried because of a merge; from here on nothing more is."""
    ids = await ports.wallets.carried(loser, fact.data["merge"])
    carried = await take(ports.ledger, ids, first=partial(carried_on, ports.ledger))
    out = [one.movement for one in carried.values() if one.state is State.APPLIED]
    into = await ports.ledger.entries([taken_over(one).id for one in out])
    month = month_of(fact.at, ports.rules.now().terms.months - 1)
    effects = {
        loser: _sum(out),
        survivor: _sum([entry.movement for entry in into.values()]),
    }
    back = [_undoing(fact, wallet, effect, month) for wallet, effect in effects.items()]
    await apply_once(ports.ledger, [one for one in back if one.shares or one.units])


def _undoing(fact: Fact, wallet: WalletId, effect: Effect, month: str) -> WalletMovement:
    return WalletMovement(
        id=f"unmerge:{fact.data['merge']}:{wallet}",
        target=wallet,
        kind=MovementKind.UNMERGE,
        at=fact.at,
        units=-effect.debt,
        about=fact.data["merge"],
        month=month,
        shares=_alive(negative(effect.lots), fact),
    )


def _alive(shares: Portions, fact: Fact) -> Portions:
    return tuple(one for one in shares if not lapsed(one.key, fact.at))


def _sum(movements: list[WalletMovement]) -> Effect:
    result = NO_EFFECT
    for one in movements:
        result = result.plus(one.effect)
    return result
