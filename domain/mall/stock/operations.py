"""Operations on stock that take effect once, however often and by whomever they are tried."""

from collections.abc import Sequence
from typing import Protocol

from domain.kernel.apply_once import Entry, Told, apply_once
from domain.kernel.refusals import Unavailable
from domain.mall.stock.pools import Change, Movement, Pools


class Outcomes(Protocol):
    """Whether promises made outside the placing of an order stand."""

    async def of(self, promise_id: str) -> bool | None:
        """Whether a promise stands; None while nobody has decided."""

    async def decide(self, promise_id: str, stands: bool) -> bool:
        """Decide it for everybody, unless somebody was faster; answer what was decided."""


async def do_once(
    pools: Pools, movements: Sequence[Movement], *, first: Told[Movement] | None = None
) -> list[Entry[Movement]]:
    """Make movements that must be made in any case; again, they change nothing.

    What can't be done as it is told is refused, and is in the ledger as that.
    """
    return await apply_once(pools.ledger, movements, first=first)


async def take_once(pools: Pools, outcomes: Outcomes, changes: Sequence[Change]) -> bool:
    """Take free units, all or none; False where some are gone.

    An operation that is repeated answers as it did. Raises Unavailable while another process is
    at the same operation.
    """
    if not changes:
        return True
    operation, attempt = changes[0].id, changes[0].attempt
    decided = await outcomes.of(operation)
    if decided is not None:
        return decided
    taken = await pools.take(changes)
    mine = [change for change in taken if change.attempt == attempt]
    if len(mine) < len(taken):
        await pools.undo(mine)
        raise Unavailable("Another process is at this just now; try again in a moment.")
    stands = await outcomes.decide(operation, len(mine) == len(changes))
    if stands and len(mine) == len(changes):
        await pools.settle(mine)
    else:
        await pools.undo(mine)
    return stands
